"""What a reader asks of a report: which days, and which values of its columns. Addresses say it, so that pages can be shared."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from common import clock
from common.errors import DomainError
from reconciliation.months import Month
from reconciliation.reports.base import LONG_AGO, Column, Kind, Period, Report

RIGHT = "reconciliation.download_reports"
LONGEST = 200
OFFSET_DIGITS = 7


class BadQuestion(DomainError):  # noqa: N818
    """The address asks for days or values that no report has."""

    code = "bad-report-question"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Days and values. `until` asks for everything up to a day, wherever the books begin."""

    month: dt.date
    day: dt.date | None = None
    until: dt.date | None = None
    where: Mapping[str, str] = dataclasses.field(default_factory=dict)
    start: int = 0

    @property
    def period(self) -> Period:
        if self.until:
            return Period(first=LONG_AGO, last=self.until)
        return Period.of_day(self.day) if self.day else Period.of_month(self.month)

    @property
    def is_of_the_whole_month(self) -> bool:
        """Return whether a file of these days is one that is kept when the month is closed."""
        return not self.until and self.day in (None, Period.of_month(self.month).last)

    def address(self, report: Report, **changes: Any) -> str:
        """Return the page that answers this question, with some of it changed; another value begins at the first row."""
        asked = dataclasses.replace(self, **{"start": 0, **changes})
        return address(report.code, **asked.parameters())

    def parameters(self) -> dict[str, str]:
        days = {"until": f"{self.until}"} if self.until else {"month": f"{self.month:%Y-%m}"}
        if self.day:
            days["day"] = f"{self.day}"
        return {**days, **self.where, **({"start": str(self.start)} if self.start else {})}


def address(code: str, **parameters: str) -> str:
    return f"{reverse('report', args=[code])}?{urlencode(parameters)}"


def file_address(code: str, form: str, parameters: Mapping[str, str]) -> str:
    return f"{reverse('report-file', args=[code, form])}?{urlencode(parameters)}"


def may_read(user: Any, report: Report) -> bool:
    """Return whether a person may see this report: the right to reports, and to see what stands in it."""
    return bool(user.has_perms([RIGHT, *report.rights]))


def question(report: Report, query: QueryDict) -> Question:
    """Return what an address asks for; without a month the current one. Raises BadQuestion with a sentence for people."""
    asked = [(column, str(query.get(column.code, ""))) for column in report.filters]
    where = {column.code: _value(column, text) for column, text in asked if text}
    start = query.get("start", "")
    begin = int(start) if start.isascii() and start.isdigit() and len(start) <= OFFSET_DIGITS else 0
    until = query.get("until")
    if until:
        last = _past_day(until)
        return Question(month=last.replace(day=1), until=last, where=where, start=begin)
    month = month_of(query.get("month", ""))
    return Question(month=month, day=_day(report, query.get("day", ""), month), where=where, start=begin)


def month_of(text: str) -> dt.date:
    """Return the first day of a month written like 2026-10, of the current one for nothing. Raises BadQuestion."""
    this_month = clock.today().replace(day=1)
    if not text:
        return this_month
    try:
        month = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadQuestion(_("Write the month like 2026-10."), field="month") from None
    if month > this_month:
        raise BadQuestion(_("This month has not begun. Choose this month or an earlier one."), field="month")
    if month < LONG_AGO:
        raise BadQuestion(_("The books do not reach so far back."), field="month")
    return month


def _day(report: Report, text: str, month: dt.date) -> dt.date | None:
    """Return the day of a report that tells how things stand; of the running month that is today unless said."""
    if not report.at_day:
        return None
    last = Period.of_month(month).last
    if not text:
        return min(last, clock.today())
    day = _past_day(text)
    if Month.of_day(day).first != month:
        raise BadQuestion(_("The day does not lie in the month. Choose both again."), field="day")
    return day


def _past_day(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise BadQuestion(_("Write the day like 2026-10-31."), field="day") from None
    if not LONG_AGO <= day <= Period.of_month(clock.today()).last:
        raise BadQuestion(_("This day has not come, or the books do not reach so far back."), field="day")
    return day


def _value(column: Column, text: str) -> str:
    """Return a value that the column's values can be compared with."""
    if "\0" in text or len(text) > LONGEST:
        raise BadQuestion(_("This value cannot stand in the column."), field=column.code)
    if column.kind == Kind.DATE:
        return f"{_past_day(text)}"
    if column.kind == Kind.COUNT and not (text.isascii() and text.isdigit() and len(text) < 18):
        raise BadQuestion(_("Write the number with digits only."), field=column.code)
    return text
