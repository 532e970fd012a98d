"""The list of months: each with its state, and what keeps the next one from being closed."""

import dataclasses
import datetime as dt
from typing import Any

from billing import closed_months
from common import clock, state_look
from reconciliation import blockers
from reconciliation.models import MonthClose
from reconciliation.months import Month


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One month as the list shows it."""

    month: Month
    close: MonthClose | None
    word: Any
    look: state_look.Look
    is_next: bool  # the first open one, which can be worked on now
    runs: bool  # it is not over
    blockers: int | None  # of the next one


def read() -> list[Row]:
    """Return the months that have postings or were closed, the newest first, with what keeps the first open one open."""
    closes = {close.month: close for close in MonthClose.objects.select_related("closed_by", "reopened_by")}
    this_month = Month.of_day(clock.today()).first
    first_open = closed_months.first_open_day()
    booked = {*closed_months.booked_months(), this_month}
    months = sorted(booked | {month for month, close in closes.items() if close.closed_at}, reverse=True)
    still_open = [
        month for month in months if month < this_month and (first_open is None or month >= first_open)
    ]
    following = min(still_open, default=None)
    return [_row(month, closes.get(month), following, this_month) for month in months]


def _row(first: dt.date, close: MonthClose | None, following: dt.date | None, this_month: dt.date) -> Row:
    state = close.state if close else MonthClose.State.OPEN
    is_next = first == following
    return Row(
        month=Month(first),
        close=close,
        word=MonthClose.State(state).label,
        look=state_look.look_of(model="monthclose", value=str(state)),
        is_next=is_next,
        runs=first >= this_month,
        blockers=len(blockers.blockers(first, prove=False)) if is_next else None,
    )
