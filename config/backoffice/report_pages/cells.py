"""What stands in the cells of a report's table, and where each leads: to a record, or to the rows that a number is made of."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from common import dates
from common.templatetags import mutq
from config.backoffice.report_pages import asking
from reconciliation.reports import registry
from reconciliation.reports.base import Column, Kind, Period, Report, Source
from students import record_address

# Records that have a better page than the admin's.
PAGES = {
    "students.student": "student-page",
    "refunds.refundrequest": "refund",
    "reconciliation.discrepancy": "reconciliation-break",
    "reconciliation.sourcefile": "reconciliation-file",
}
NUMBERS = {Kind.MONEY, Kind.COUNT}
UNBROKEN = {Kind.CODE, Kind.DATE, Kind.MOMENT}
NOTHING = "–"


@dataclasses.dataclass(frozen=True, slots=True)
class Reader:
    """For whom a table is drawn: what a person may not open is no link."""

    user: Any
    period: Period
    language: str

    def cells(self, report: Report, row: Mapping[str, Any]) -> list[Any]:
        """Return what the row shows in the report's columns."""
        return [self._cell(column, row) for column in report.columns if column.on_screen]

    def total(self, column: Column, sum_minor: int, currency: str, where: Mapping[str, str]) -> Any:
        """Return a sum below its column, leading to all the rows it is made of."""
        shown = self.number(column, sum_minor, currency)
        source = column.source
        if not sum_minor or source is None or source.span == "until_day" or source.words:
            return shown
        here = {**where, **({"currency": currency} if currency else {})}
        same = {there: here[own] for there, own in source.same.items() if here.get(own)}
        return self._led(shown, self.address(source, same, {}))

    def address(self, source: Source, same: Mapping[str, str], row: Mapping[str, Any]) -> str:
        """Return the page of the rows that a number is made of, empty if the reader may not see them."""
        report = registry.get(source.report)
        if report is None or not asking.may_read(self.user, report):
            return ""
        return asking.address(source.report, **self._days(source, row), **source.fixed, **same)

    def _cell(self, column: Column, row: Mapping[str, Any]) -> Any:
        value = row[column.code]
        if value is None or value == "":
            return NOTHING
        shown = self._shown(column, value, row)
        if column.record:
            return self._led(shown, self._record(column, row))
        for source in (column.source, column.other_source):
            if value and source and all(row[code] in values for code, values in source.only.items()):
                return self._led(shown, self.address(source, self._same(source, row), row))
        return shown

    def _shown(self, column: Column, value: Any, row: Mapping[str, Any]) -> Any:
        match column.kind:
            case Kind.MONEY | Kind.COUNT:
                return self.number(column, value, row.get("currency") or "")
            case Kind.CHOICE:
                return (column.words or {}).get(value, value)
            case Kind.DATE:
                return dates.format_day(value, self.language, short=True)
            case Kind.MOMENT:
                return mutq.moment(value, "short")
            case _:
                return value

    def number(self, column: Column, value: int, currency: str) -> Any:
        """Return a number as people read it."""
        shown = mutq.money(value, currency) if column.kind == Kind.MONEY and currency else value
        return shown if value else format_html('<span class="mq-zero">{}</span>', shown)

    def _same(self, source: Source, row: Mapping[str, Any]) -> dict[str, str]:
        """Return the values that the rows behind a number share with its own row."""
        values = {there: str(row[own]) for there, own in source.same.items() if row[own] not in (None, "")}
        return {there: source.words.get(there, {}).get(value, value) for there, value in values.items()}

    def _days(self, source: Source, row: Mapping[str, Any]) -> dict[str, str]:
        match source.span:
            case "before":
                return {"until": f"{self.period.before.last}"}
            case "until":
                return {"until": f"{self.period.last}"}
            case "until_day":
                return {"until": f"{row['day']}"}
            case _:
                return {"month": f"{self.period.last:%Y-%m}"}

    def _record(self, column: Column, row: Mapping[str, Any]) -> str:
        pk = row[column.record_id]
        app, model = column.record.split(".")
        if pk is None or not self.user.has_perm(f"{app}.view_{model}"):
            return ""
        if page := PAGES.get(column.record):
            try:
                return reverse(page, args=[pk])
            except NoReverseMatch:
                return ""
        return record_address.of_record(column.record, pk)

    def _led(self, shown: Any, address: str) -> Any:
        return format_html('<a href="{}">{}</a>', address, shown) if address else shown
