"""A file as a source: a table and a mapping profile in, records out."""

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterator, Mapping

from django.utils.translation import gettext as _

from reconciliation.models import MappingProfile
from reconciliation.sources import base, cells
from reconciliation.sources.base import Ignored, Record, Unreadable
from reconciliation.sources.layout import Layout, find_layout
from reconciliation.sources.refusals import BadCell, FileRefused
from reconciliation.sources.tables import Table

TOTALS = ("total", "итог", "всего", "ընդամեն", "sum total", "grand total", "հանրագումար")
KEPT_OF_A_BAD_ROW = 500
Read = Callable[[int, list[str]], Record]


class FileSource:
    """Rows of a file by its profile. `is_foreign` tells of an order number whether it is another account's."""

    def __init__(
        self, table: Table, profile: MappingProfile, is_foreign: Callable[[int], bool] = lambda _number: False
    ) -> None:
        self.form = table.form
        self._table = table
        self._profile = profile
        self._is_foreign = is_foreign

    def read(self) -> Iterator[Record | Unreadable | Ignored]:
        """
        Yield the rows; blank lines, repeated headings and a totals row are no rows.

        Raises FileRefused, at the line where it shows, when the file is cut short (the last line ends early, or the totals row
        says another sum than the rows), when all rows are another account's, or when nothing could be read.
        """
        lines = self._table.lines()
        layout = find_layout(lines, self._profile.columns)
        read = row_reader(self._profile, layout, self._is_foreign)
        sums, is_ignored = _Sums(self._profile, layout), _ignored_rows(self._profile, layout)
        width, tally = len(layout.heading), _Tally()
        short: Unreadable | None = None
        for line, row in lines:
            if short is not None:  # it was not the last line: a bad row, not a cut file
                yield tally.bad(short)
                short = None
            if len(row) < width:
                if not any(row):
                    continue
                if sums.are_told_by(line, row):
                    continue
                short = _unreadable(line, "short", "", row)
                continue
            # Only a line that begins with no digit can be blank, a heading or totals.
            if not row[0][:1].isdigit() and (
                not any(row) or layout.is_heading(row) or sums.are_told_by(line, row)
            ):
                continue
            if is_ignored(row):
                sums.leave_out(row)
                yield Ignored(line)
                continue
            try:
                record = read(line, row)
            except BadCell as error:
                sums.miss(row)
                yield tally.bad(_unreadable(line, error.reason, error.cell, row))
                continue
            sums.add(record)
            tally.good += 1
            yield record
        if short is not None:
            raise FileRefused("cut", _("the last line ends early: the file is cut short."), line=short.line)
        tally.require_something()


class _Tally:
    """How many rows could be read, and whether those that could not are all another account's."""

    def __init__(self) -> None:
        self.good = 0
        self._bad: dict[str, int] = {}
        self._first: Unreadable | None = None

    def bad(self, row: Unreadable) -> Unreadable:
        self._bad[row.reason] = self._bad.get(row.reason, 0) + 1
        self._first = self._first or row
        return row

    def require_something(self) -> None:
        if self.good or self._first is None:
            return
        if set(self._bad) == {"account"}:
            raise FileRefused(
                "foreign", _("the rows belong to another merchant account."), line=self._first.line
            )
        raise FileRefused(
            "unreadable",
            _("no row could be read with this mapping. Check the mapping."),
            line=self._first.line,
        )


class _Sums:
    """What the rows add up to, to be compared with the totals row, if there is one."""

    def __init__(self, profile: MappingProfile, layout: Layout) -> None:
        self._place = layout.places.get("amount")
        self._amount = cells.amount_reader(unit=profile.amount_unit, decimal_mark=profile.decimal_mark)
        self._currency = profile.currency
        self._by_kind = {base.PAYMENT: 0, base.REFUND: 0}
        self._not_done = self._ignored = 0
        self._is_known = True

    def add(self, record: Record) -> None:
        if record.amount_minor is None:
            return
        if record.status == base.DONE:
            self._by_kind[record.kind] = self._by_kind.get(record.kind, 0) + record.amount_minor
        else:
            self._not_done += record.amount_minor

    def leave_out(self, row: list[str]) -> None:
        """Count the amount of an ignored row, which some banks put into their totals and others do not."""
        self._ignored += self._amount_of(row) or 0

    def miss(self, row: list[str]) -> None:
        """Count the amount of a row that could not be read; if even that cannot be read, totals prove nothing."""
        amount = self._amount_of(row)
        self._is_known = self._is_known and amount is not None
        self._by_kind[base.PAYMENT] += amount or 0

    def are_told_by(self, line: int, row: list[str]) -> bool:
        """Tell whether a line holds totals. Raises FileRefused if they are not what the rows add up to."""
        first = next((cell for cell in row if cell), "").strip().casefold()
        if not first.startswith(TOTALS):
            return False
        told = self._amount_of(row)
        paid, back = self._by_kind[base.PAYMENT], self._by_kind[base.REFUND]
        sums = {paid, paid - back, paid + back}
        sums |= {total + self._not_done for total in sums}
        sums |= {total + aside for total in sums for aside in (self._ignored, -self._ignored)}
        if told is not None and self._is_known and told not in sums:
            raise FileRefused(
                "cut", _("the totals are not what the rows add up to: rows are missing."), line=line
            )
        return True

    def _amount_of(self, row: list[str]) -> int | None:
        if self._place is None or len(row) <= self._place or not row[self._place].strip():
            return None
        try:
            return self._amount(row[self._place].strip(), self._currency)
        except BadCell:
            return None


def _ignored_rows(profile: MappingProfile, layout: Layout) -> Callable[[list[str]], bool]:
    """Return what tells whether the mapping says to pass over a row, whatever its other cells hold."""
    ignored = [
        (layout.places[field], {word for word, ours in _words(profile, field).items() if ours == base.IGNORE})
        for field in ("kind", "status")
        if field in layout.places
    ]
    return lambda row: any(row[place].strip().casefold() in words for place, words in ignored if words)


def row_reader(profile: MappingProfile, layout: Layout, is_foreign: Callable[[int], bool]) -> Read:
    """Return the function that makes a record of a row's cells, or raises BadCell."""
    return {"provider": _statement_reader, "crm": _crm_reader, "lms": _lms_reader}[profile.side](
        profile, layout, is_foreign
    )


def _statement_reader(profile: MappingProfile, layout: Layout, is_foreign: Callable[[int], bool]) -> Read:
    place = layout.places.get
    order_at, reference_at, account_at = place("order_number"), place("reference"), place("account")
    kind_at, status_at, fee_at, net_at = place("kind"), place("status"), place("fee"), place("net")
    amount_at = layout.places["amount"]
    currency = _currency_reader(profile, layout)
    moment = _moment_reader(profile, layout)
    amount = cells.amount_reader(unit=profile.amount_unit, decimal_mark=profile.decimal_mark)
    kind_words, status_words = _words(profile, "kind"), _words(profile, "status")
    own_names = {name.strip().casefold() for name in profile.own_names}

    def read(line: int, row: list[str]) -> Record:
        if account_at is not None and own_names and row[account_at].strip().casefold() not in own_names:
            raise BadCell("account", row[account_at])
        order_text = row[order_at].strip() if order_at is not None else ""
        order_number = cells.order_number_of(order_text) if order_text else None
        reference = row[reference_at].strip() if reference_at is not None else ""
        if order_number is None and not reference:
            raise BadCell("nameless", order_text)
        if order_number is not None and is_foreign(order_number):
            raise BadCell("account", order_text)
        money_of = currency(row)
        gross = amount(row[amount_at], money_of)
        kind = base.REFUND if gross < 0 else base.PAYMENT
        if kind_at is not None:
            kind = _translate(row[kind_at], kind_words, "kind")
        return Record(
            line,
            kind,
            base.DONE if status_at is None else _translate(row[status_at], status_words, "status"),
            order_number,
            reference,
            "",
            "",
            abs(gross),
            abs(amount(row[fee_at], money_of)) if fee_at is not None and row[fee_at].strip() else None,
            abs(amount(row[net_at], money_of)) if net_at is not None and row[net_at].strip() else None,
            money_of,
            moment(row),
        )

    return read


def _crm_reader(profile: MappingProfile, layout: Layout, _is_foreign: Callable[[int], bool]) -> Read:
    place = layout.places.get
    order_at, reference_at = place("order_number"), place("reference")
    student_at, status_at, amount_at = place("student"), place("status"), place("amount")
    currency = _currency_reader(profile, layout)
    amount = cells.amount_reader(unit=profile.amount_unit, decimal_mark=profile.decimal_mark)
    status_words = _words(profile, "status")

    def read(line: int, row: list[str]) -> Record:
        order_text = row[order_at].strip() if order_at is not None else ""
        reference = row[reference_at].strip() if reference_at is not None else ""
        if not order_text and not reference:
            raise BadCell("nameless", "")
        money_of = currency(row)
        told = row[amount_at].strip() if amount_at is not None else ""
        return Record(
            line=line,
            status=base.DONE if status_at is None else _translate(row[status_at], status_words, "status"),
            order_number=cells.order_number_of(order_text) if order_text else None,
            reference=reference,
            student_ref=row[student_at].strip() if student_at is not None else "",
            amount_minor=amount(told, money_of) if told else None,
            currency=money_of,
        )

    return read


def _lms_reader(profile: MappingProfile, layout: Layout, _is_foreign: Callable[[int], bool]) -> Read:
    student_at, course_at = layout.places["student"], layout.places["course"]
    status_at = layout.places.get("status")
    status_words = _words(profile, "status")

    def read(line: int, row: list[str]) -> Record:
        student, course = row[student_at].strip(), row[course_at].strip()
        if not student or not course:
            raise BadCell("nameless", student or course)
        return Record(
            line=line,
            kind=base.ACCESS,
            status=base.DONE if status_at is None else _translate(row[status_at], status_words, "status"),
            student_ref=student,
            course_ref=course,
        )

    return read


def _currency_reader(profile: MappingProfile, layout: Layout) -> Callable[[list[str]], str]:
    place, usual = layout.places.get("currency"), profile.currency
    if place is None:
        return lambda _row: usual
    return lambda row: cells.currency_of(row[place]) if row[place] else usual


def _moment_reader(profile: MappingProfile, layout: Layout) -> Callable[[list[str]], dt.datetime]:
    zone = zoneinfo.ZoneInfo(profile.zone)
    read = cells.moment_reader(date_format=profile.date_format, zone=zone)
    date_at, time_at = layout.places["date"], layout.places.get("time")
    if time_at is None:
        return lambda row: read(row[date_at].strip())
    return lambda row: read(f"{row[date_at].strip()} {row[time_at].strip()}".strip())


def _words(profile: MappingProfile, field: str) -> Mapping[str, str]:
    return {word.strip().casefold(): ours for word, ours in profile.words.get(field, {}).items()}


def _translate(word: str, words: Mapping[str, str], reason: str) -> str:
    ours = words.get(word) or words.get(word.strip().casefold())
    if ours is None:
        raise BadCell(reason, word)
    return ours


def _unreadable(line: int, reason: str, cell: str, row: list[str]) -> Unreadable:
    shown = " | ".join(row).replace("\x00", "")
    return Unreadable(line, reason, cell[:100], shown[:KEPT_OF_A_BAD_ROW])
