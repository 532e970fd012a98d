"""
What a report is, and how it becomes a file. A report is a value: its columns, and one SELECT that yields its rows for some days.

The same facts give the same bytes: rows are ordered by the report's key, no file names the moment it was made, and words are
the school's language unless the reader's is asked for (docs/reports.md).
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from common import clock
from reconciliation.months import Month

LONG_AGO = dt.date(2000, 1, 1)  # before the first school that keeps its books here


class Kind(enum.StrEnum):
    """How a column's values are read, summed and written."""

    CODE = "code"  # our own word or number, never typed by a person: a currency, an invoice number; it may have a page too
    CHOICE = "choice"  # one of our codes that has words in each language
    TEXT = "text"  # typed by somebody: escaped in every file
    LINK = "link"  # typed like text, and names a record with a page of its own
    MONEY = "money"  # minor units
    COUNT = "count"  # a whole number
    DATE = "date"  # a day at the school
    MOMENT = "moment"  # a moment, written in the school's zone


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the rows stand that a number is made of: another report, with some columns fixed and some taken from the row."""

    report: str
    fixed: Mapping[str, str] = dataclasses.field(default_factory=dict)
    same: Mapping[str, str] = dataclasses.field(default_factory=dict)  # column there: column here
    span: str = ""  # "before" the month, "until" its end, "until_day": the row's day; else within the month
    only: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)  # rows of which it tells
    words: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)  # code here → code there


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    One column. `code` is its name in the SELECT and its stable name in every file; `title` is what a person reads.

    A money column's currency stands in `currency` of the same row. A link names the `record` it leads to and the column of
    the SELECT that holds its id.
    """

    code: str
    title: Any
    kind: Kind
    words: Mapping[str, Any] | None = None  # of choices: code → words
    record: str = ""
    record_id: str = ""
    source: Source | None = None
    other_source: Source | None = None  # of rows that the first one does not tell of
    total: bool = False  # its sum means something
    filter: bool = False  # readers and other reports may ask for one value of it
    on_screen: bool = True  # else in files alone


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days a report speaks of, first and last included."""

    first: dt.date
    last: dt.date

    @classmethod
    def of_month(cls, month: dt.date) -> "Period":
        """Return the days of the month that a day lies in."""
        whole = Month.of_day(month)
        return cls(first=whole.first, last=whole.next.first - dt.timedelta(days=1))

    @classmethod
    def of_day(cls, day: dt.date) -> "Period":
        return cls(first=day.replace(day=1), last=day)

    @property
    def before(self) -> "Period":
        """Return everything earlier."""
        return Period(first=LONG_AGO, last=self.first - dt.timedelta(days=1))

    @property
    def until(self) -> "Period":
        """Return everything to its end."""
        return Period(first=LONG_AGO, last=self.last)

    @property
    def facts(self) -> dict[str, Any]:
        """Return what a report's SELECT may name: days, and moments at the school, half open."""
        return {
            "first": self.first,
            "last": self.last,
            "start": clock.start_of(self.first),
            "stop": clock.end_of(self.last),
            "zone": clock.SCHOOL_ZONE.key,
        }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A line that proves the report against another record of the same facts: a SELECT of (currency, ours, theirs)."""

    title: Any
    ours: Any
    theirs: Any
    sql: str  # {rows} stands for the report's own SELECT
    source: Source | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    One report. `sql` yields every column's code; it names %(first)s and %(last)s (days), %(start)s and %(stop)s (moments, half
    open) and %(zone)s.

    `key` orders the rows and is unique among them. `monthly` reports are kept when a month is closed. `at_day` reports tell how
    things stood at the end of a day (a month's last one, unless a day is asked for).
    """

    code: str
    title: Any
    lead: Any
    columns: Sequence[Column]
    sql: str
    key: Sequence[str]
    rights: Sequence[str]  # what else a reader must be allowed to see
    nothing: Any  # what an empty one means and what to do
    monthly: bool = True
    at_day: bool = False
    checks: Sequence[Check] = ()
    group: str = ""  # the column whose values readers choose among first

    def column(self, code: str) -> Column:
        return next(column for column in self.columns if column.code == code)

    @property
    def filters(self) -> list[Column]:
        return [column for column in self.columns if column.filter]


class Output(Protocol):
    """What a file is written to: it need not be seekable."""

    def write(self, data: bytes, /) -> object: ...


def write_csv(
    report: Report, month: dt.date, out: Output, *, day: dt.date | None = None, language: str = ""
) -> None:
    """
    Write a month of a report as CSV (UTF-8 with a mark, commas, a line of words and a line of codes above the rows).

    Reads with one statement on Django's connection, in the transaction that is open or in one of its own; memory stays flat.
    Raises what the database raises: what was written until then is no file. Safe to repeat: the same facts, the same bytes.
    """
    from reconciliation.reports import csv_form

    _write(csv_form.blocks(report, period(report, month, day), language=language), out)


def write_xlsx(
    report: Report, month: dt.date, out: Output, *, day: dt.date | None = None, language: str = ""
) -> None:
    """Write a month of a report as XLSX, like `write_csv`; rows beyond a sheet's limit go on in the next sheet."""
    from reconciliation.reports import xlsx_form

    _write(xlsx_form.blocks(report, period(report, month, day), language=language), out)


def period(report: Report, month: dt.date, day: dt.date | None = None) -> Period:
    """Return the days that a month of this report speaks of."""
    return Period.of_day(day) if day and report.at_day else Period.of_month(month)


def _write(blocks: Iterator[bytes], out: Output) -> None:
    for block in blocks:
        out.write(block)
