"""
Which step of the ladder an installment has come to on a day. Pure: values in, values out.

A step's day lies some days before or after the due date, or the last day of grace. A day has at most one step: where two
meet, the one of the grace wins.
"""

import dataclasses
import datetime as dt
from collections.abc import Collection

DUE, GRACE = "due", "grace"
CATCH_UP_DAYS = 1  # so long a step waits for a free day, a bank's answer or a mail server


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: so many days after (or, below zero, before) the due date or the last day of grace."""

    id: int
    anchor: str
    offset_days: int

    def day(self, *, due_date: dt.date, grace_date: dt.date) -> dt.date:
        """Return the day of the step for these dates."""
        return (grace_date if self.anchor == GRACE else due_date) + dt.timedelta(days=self.offset_days)


def step_on(
    steps: Collection[Step],
    *,
    issued_date: dt.date,
    due_date: dt.date,
    grace_date: dt.date,
    remaining_minor: int,
    day: dt.date,
) -> Step | None:
    """
    Return the step that applies on a day, or None: the newest that was reached, while it is fresh enough to be caught up with.

    Nothing applies when nothing remains, nor for days up to the one on which the invoice was issued. With the grace everything
    ends but what is counted from its last day forwards.
    """
    if remaining_minor <= 0:
        return None
    reached = [
        (own_day, step.anchor == GRACE, step.offset_days, step.id, step)
        for step in steps
        if issued_date < (own_day := step.day(due_date=due_date, grace_date=grace_date)) <= day
        and (day <= grace_date or (step.anchor == GRACE and step.offset_days > 0))
    ]
    if not reached:
        return None
    own_day, _of_grace, _offset, _id, newest = max(reached, key=lambda one: one[:4])
    return newest if (day - own_day).days <= CATCH_UP_DAYS else None


def dates_in_reach(steps: Collection[Step], *, anchor: str, day: dt.date) -> set[dt.date]:
    """Return the due dates (or last days of grace) for which a step with this anchor may apply on a day."""
    return {
        day - dt.timedelta(days=step.offset_days + late)
        for step in steps
        if step.anchor == anchor
        for late in range(CATCH_UP_DAYS + 1)
    }
