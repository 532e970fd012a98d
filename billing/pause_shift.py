"""
How a learning pause moves the days of a schedule. Pure: values in, values out.

A day before the pause stays; every other moves by as many days as the pause takes. So a moved day never lies within the pause,
and what was moved can be moved back exactly.
"""

import dataclasses
import datetime as dt


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PartDays:
    """The days of one part of a schedule, and whether it is overdue."""

    period_from: dt.date
    period_to: dt.date
    due_date: dt.date
    grace_date: dt.date
    is_overdue: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Days from `first` on move by `days`."""

    first: dt.date
    days: int

    def moves(self, day: dt.date) -> bool:
        return day >= self.first

    def later(self, day: dt.date) -> dt.date:
        """Return where a day moves to."""
        return day + dt.timedelta(days=self.days) if self.moves(day) else day

    def earlier(self, day: dt.date) -> dt.date:
        """Return where a moved day came from. A day that somebody set within the pause since stays."""
        length = dt.timedelta(days=self.days)
        return day - length if day >= self.first + length else day


def with_pause(part: PartDays, shift: Shift) -> PartDays:
    """Return a part's days with the pause in it. What was due before it, and what is overdue, stays due."""
    is_moved = shift.moves(part.due_date) and not part.is_overdue
    return dataclasses.replace(
        part,
        period_from=shift.later(part.period_from),
        period_to=shift.later(part.period_to),
        due_date=shift.later(part.due_date) if is_moved else part.due_date,
        grace_date=part.grace_date + dt.timedelta(days=shift.days) if is_moved else part.grace_date,
    )


def without_pause(part: PartDays, shift: Shift) -> PartDays:
    """Return a part's days as they were before the pause. What was overdue then was due before any day that moved."""
    due = shift.earlier(part.due_date)
    return dataclasses.replace(
        part,
        period_from=shift.earlier(part.period_from),
        period_to=shift.earlier(part.period_to),
        due_date=due,
        grace_date=part.grace_date - (part.due_date - due),
    )
