"""
The seam between a comparison and whatever tells what the other side knows.

A file is one way (`files.FileSource`); a connector to a CRM or an LMS is another, later, behind the same Protocol. Amounts
cross in our minor units, moments with their zone.
"""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple, Protocol

PAYMENT, REFUND, ACCESS = "payment", "refund", "access"
DONE, NOT_DONE = "done", "not_done"
IGNORE = "ignore"  # a word of theirs for rows that the school does not compare, as the bank's commission


class Record(NamedTuple):
    """One row of another side in our words. What it does not tell is None or empty, never guessed."""

    line: int
    kind: str = PAYMENT  # PAYMENT, REFUND, ACCESS
    status: str = DONE  # DONE: the money moved, the invoice is closed, the course is open; else NOT_DONE
    order_number: int | None = None
    reference: str = ""
    student_ref: str = ""
    course_ref: str = ""
    amount_minor: int | None = None
    fee_minor: int | None = None
    net_minor: int | None = None
    currency: str = ""
    occurred_at: dt.datetime | None = None


class Unreadable(NamedTuple):
    """A row that could not be read: why, which cell, and the row itself (bounded)."""

    line: int
    reason: str
    detail: str
    cells: str


class Ignored(NamedTuple):
    """A row that the mapping says to pass over; it is counted."""

    line: int


class Source(Protocol):
    """What one side tells: of a merchant account (provider) or of the school (CRM, LMS)."""

    form: str  # how it came, for people: "csv, utf-8, ;"

    def read(self) -> Iterator[Record | Unreadable | Ignored]:
        """Yield every row once. Raises FileRefused when what came is not whole: then nothing of it may be kept."""
        ...
