"""
How a price becomes a schedule. Pure: values in, values out.

Parts add up to the price exactly, each is payable (whole drams), the remainder stands on the first (promise 8). Every part
covers its own days; together they cover the period without a gap, so that access can follow what is paid. How much each part
is, where a plan says more than "equal", is worked out in `shares`.
"""

import calendar
import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from billing import shares
from billing.shares import (
    BY_MODULE,
    EQUAL_PARTS,
    FREE_DATES,
    MONTHLY,
    ONE_OFF,
    PREPAYMENT,
    ImpossibleSchedule,
    Terms,
)

__all__ = [
    "BY_MODULE",
    "EQUAL_PARTS",
    "FREE_DATES",
    "MONTHLY",
    "ONE_OFF",
    "PREPAYMENT",
    "ImpossibleSchedule",
    "Part",
    "Terms",
    "add_months",
    "build_schedule",
]
# Kinds whose parts are never due before today: who comes late pays what is past at once, in order.
NEVER_BEFORE_TODAY = (PREPAYMENT, BY_MODULE, FREE_DATES)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One installment to be: the days it covers, how much, and until when."""

    number: int
    period_from: dt.date
    period_to: dt.date
    amount_minor: int
    due_date: dt.date
    grace_date: dt.date
    module_id: int | None = None


def build_schedule(
    *, terms: Terms, price_minor: int, currency: str, period_from: dt.date, period_to: dt.date, today: dt.date
) -> list[Part]:
    """
    Return the parts of a price in minor units over the days period_from..period_to (both included).

    The first part is due at once (today, or on the first day if that is later) or on the plan's first date; each further one
    on the plan's date, on its due day of the month, or on its own first day. Raises ImpossibleSchedule when there are more parts
    than days or payable units.
    """
    starts = _starts(terms, period_from, period_to)
    amounts = shares.amounts(terms=terms, price_minor=price_minor, currency=currency, parts=len(starts))
    parts = []
    for index, (start, amount) in enumerate(zip(starts, amounts, strict=True)):
        end = starts[index + 1] - dt.timedelta(days=1) if index + 1 < len(starts) else period_to
        due = _due_date(terms, index, start, end, today)
        parts.append(
            Part(
                number=index + 1,
                period_from=start,
                period_to=end,
                amount_minor=amount,
                due_date=due,
                grace_date=due + dt.timedelta(days=terms.grace_days),
                module_id=terms.modules[index].module_id if terms.kind == BY_MODULE else None,
            )
        )
    return parts


def _starts(terms: Terms, first: dt.date, last: dt.date) -> Sequence[dt.date]:
    if terms.kind == MONTHLY:
        starts = [first]
        while (following := add_months(first, len(starts))) <= last:
            starts.append(following)
        return starts
    days, parts = (last - first).days + 1, shares.count(terms)
    if not 1 <= parts <= days:
        raise ImpossibleSchedule(_("The period has fewer days than the plan has parts. Choose another plan."))
    if terms.kind == FREE_DATES:
        return _starts_by_date(terms, first, last)
    return [first + dt.timedelta(days=days * index // parts) for index in range(parts)]


def _starts_by_date(terms: Terms, first: dt.date, last: dt.date) -> Sequence[dt.date]:
    """Return a start for each date: the date itself, moved as little as needed for every part to cover a day of the period."""
    starts = [first]
    for index, dated in enumerate(terms.dates[1:], start=1):
        latest = last - dt.timedelta(days=len(terms.dates) - 1 - index)
        starts.append(min(max(dated.on, starts[-1] + dt.timedelta(days=1)), latest))
    return starts


def _due_date(terms: Terms, index: int, start: dt.date, end: dt.date, today: dt.date) -> dt.date:
    if terms.kind == FREE_DATES:
        return max(today, terms.dates[index].on)
    if index == 0:
        return max(today, start)
    due = _day_of_month(terms, start, end)
    return max(today, due) if terms.kind in NEVER_BEFORE_TODAY else due


def _day_of_month(terms: Terms, start: dt.date, end: dt.date) -> dt.date:
    if terms.due_day is None:
        return start
    in_month = start.replace(day=min(terms.due_day, calendar.monthrange(start.year, start.month)[1]))
    return min(in_month, end) if in_month >= start else start


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day of the month `months` later, or that month's last day if it is shorter."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
