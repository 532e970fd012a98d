"""
A report as CSV: PostgreSQL writes every row, text that a spreadsheet would take for a formula included, and we pass it through.

A cell that begins with = + - @, a tab or a line end gets an apostrophe before it, as has a part of it that some spreadsheet would
take for a cell of its own (they split at semicolons where the comma is the decimal mark). Numbers are never touched.
"""

import csv
import io
from collections.abc import Iterator

from reconciliation.reports import reading
from reconciliation.reports.base import Column, Kind, Period, Report

MARK = b"\xef\xbb\xbf"  # spreadsheets read Armenian letters right only with it
# Signs that begin a formula, also in their wide forms, and what spreadsheets skip before them; then where a cell may begin.
SIGNS = r"=+@\\-\uff1d\uff0b\uff0d\uff20"
ONE_BY_ONE = ("=", "+", "@", "-", *(rf"\uff{sign}" for sign in ("1d", "0b", "0d", "20")))
BLANKS = r"[\\s\u00a0\"'']*"
BEGINS = rf"^(\\s|{BLANKS}[{SIGNS}])"
WITHIN = rf"([;,|\t\r\n]{BLANKS})([{SIGNS}])"


def blocks(report: Report, period: Period, *, language: str = "") -> Iterator[bytes]:
    """Yield the file in blocks; it is whole only when the last one came. Raises what the database raises."""
    with reading.speaking(language):
        first = MARK + headings(report)
        facts = reading.facts_of(report, period)
    with reading.snapshot():
        rows = reading.copied(f"COPY ({select(report)}) TO STDOUT (FORMAT csv)", facts)
        yield first + next(rows, b"")
        yield from rows


def headings(report: Report) -> bytes:
    """Return the line of words and the line of codes, in the active language."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(str(cell.title) for cell in reading.cells(report))
    writer.writerow(cell.code for cell in reading.cells(report))
    return text.getvalue().encode()


def select(report: Report) -> str:
    """Return the statement whose output are the file's rows."""
    return reading.select(report, ", ".join(expression(cell) for cell in reading.cells(report)))


def expression(cell: Column) -> str:
    """Return SQL for one cell."""
    match cell.kind:
        case Kind.TEXT | Kind.LINK:
            value = f"r.{cell.code}"
            within = f"regexp_replace({value}, E'{WITHIN}', E'\\\\1''\\\\2', 'g')"
            escaped = f"CASE WHEN {value} ~ E'{BEGINS}' THEN '''' ELSE '' END || {within}"
            return f"CASE WHEN {_may_need_care(value)} THEN {escaped} ELSE nullif({value}, '') END"
        case Kind.MONEY:
            return reading.major_units(cell)
        case Kind.MOMENT:
            return reading.local_moment(cell)
        case Kind.CODE | Kind.CHOICE:
            return reading.code_or_words(cell)
        case Kind.COUNT | Kind.DATE:
            return f"r.{cell.code}"


def _may_need_care(value: str) -> str:
    """Return a condition that holds for all text with a sign or with white space before it; much cheaper than a pattern."""
    signs = "".join(f" OR {value} LIKE E'%%{sign}%%'" for sign in ONE_BY_ONE)
    return f"ascii({value}) < 33 OR ascii({value}) = 160{signs}"
