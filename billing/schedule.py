"""
How a price becomes a schedule. Pure: values in, values out.

Parts add up to the price exactly, each is payable (whole drams), the remainder stands on the first (promise 8). Every part
covers its own days; together they cover the period without a gap, so that access can follow what is paid.
"""

import calendar
import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from common import money
from common.errors import DomainError

ONE_OFF, EQUAL_PARTS, MONTHLY = "one_off", "equal_parts", "monthly"


class ImpossibleSchedule(DomainError):  # noqa: N818
    """The plan cannot divide this price over these days."""

    code = "impossible-schedule"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a plan version says about dividing a price."""

    kind: str
    parts: int = 1
    due_day: int | None = None
    grace_days: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One installment to be: the days it covers, how much, and until when."""

    number: int
    period_from: dt.date
    period_to: dt.date
    amount_minor: int
    due_date: dt.date
    grace_date: dt.date


def build_schedule(
    *, terms: Terms, price_minor: int, currency: str, period_from: dt.date, period_to: dt.date, today: dt.date
) -> list[Part]:
    """
    Return the parts of a price in minor units over the days period_from..period_to (both included).

    The first part is due at once (today, or on the first day if that is later); each further one on the plan's due day of its
    month, or on its own first day. Raises ImpossibleSchedule when there are more parts than days or payable units.
    """
    starts = _starts(terms, period_from, period_to)
    if price_minor // money.payable_unit(currency) < len(starts):
        raise ImpossibleSchedule(
            _("The price is too small for this many parts. Choose a plan with fewer parts.")
        )
    amounts = money.split(price_minor, len(starts), currency)
    parts = []
    for index, (start, amount) in enumerate(zip(starts, amounts, strict=True)):
        end = starts[index + 1] - dt.timedelta(days=1) if index + 1 < len(starts) else period_to
        due = max(today, period_from) if index == 0 else _due_date(terms, start, end)
        parts.append(
            Part(
                number=index + 1,
                period_from=start,
                period_to=end,
                amount_minor=amount,
                due_date=due,
                grace_date=due + dt.timedelta(days=terms.grace_days),
            )
        )
    return parts


def _starts(terms: Terms, first: dt.date, last: dt.date) -> Sequence[dt.date]:
    days = (last - first).days + 1
    if terms.kind == ONE_OFF:
        return [first]
    if terms.kind == EQUAL_PARTS:
        if not 1 <= terms.parts <= days:
            raise ImpossibleSchedule(
                _("The period has fewer days than the plan has parts. Choose another plan.")
            )
        return [first + dt.timedelta(days=days * index // terms.parts) for index in range(terms.parts)]
    if terms.kind == MONTHLY:
        starts = [first]
        while (following := add_months(first, len(starts))) <= last:
            starts.append(following)
        return starts
    raise ImpossibleSchedule(_("This kind of plan is not known."))


def _due_date(terms: Terms, start: dt.date, end: dt.date) -> dt.date:
    if terms.due_day is None:
        return start
    in_month = start.replace(day=min(terms.due_day, calendar.monthrange(start.year, start.month)[1]))
    return min(in_month, end) if in_month >= start else start


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day of the month `months` later, or that month's last day if it is shorter."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
