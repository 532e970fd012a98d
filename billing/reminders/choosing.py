"""Which installments may have come to a step today. A first look without locks; sending looks again under the student's."""

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from django.db.models import Q, QuerySet

from billing.models import Installment, Reminder, ReminderStep
from billing.reminders import hindrances, ladder
from common import clock

BATCH = 500
TRIED_AGAIN_AFTER = dt.timedelta(hours=1)  # when the channel could not be reached


class Said(NamedTuple):
    """What was said of an installment, or why nothing was: the columns that decide whether to speak again."""

    installment_id: int
    step_id: int
    due_date: dt.date
    day: dt.date
    state: str
    reason: str
    began_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """An installment that may be written about, and whose it is."""

    installment_id: int
    student_id: int


def steps_in_use() -> list[ladder.Step]:
    """Return the ladder as it is now."""
    rows = ReminderStep.objects.filter(is_active=True).values_list("id", "anchor", "offset_days")
    return [ladder.Step(id=pk, anchor=anchor, offset_days=offset) for pk, anchor, offset in rows]


def candidates(*, day: dt.date) -> Iterator[Candidate]:
    """Yield, batch after batch, the installments that have come to a step nobody was told of yet, by their ids."""
    steps = steps_in_use()
    last_id = 0
    while steps:
        parts = list(_in_reach(steps, day).filter(pk__gt=last_id).order_by("pk")[:BATCH])
        if not parts:
            return
        last_id = parts[-1].pk
        said = said_of(installment_ids=[part.pk for part in parts])
        for part in parts:
            # What remains is asked under the lock; an open state says that something does.
            step = step_of(part, steps, remaining_minor=part.expected_minor, day=day)
            if step is not None and not is_settled(said[part.pk], part=part, step=step, day=day):
                yield Candidate(installment_id=part.pk, student_id=part.invoice.student_id)


def step_of(
    part: Installment, steps: Collection[ladder.Step], *, remaining_minor: int, day: dt.date
) -> ladder.Step | None:
    """Return the step that an installment has come to on a day."""
    return ladder.step_on(
        steps,
        issued_date=clock.day_of(part.invoice.issued_at),
        due_date=part.due_date,
        grace_date=part.grace_date,
        remaining_minor=remaining_minor,
        day=day,
    )


def said_of(*, installment_ids: Collection[int]) -> Mapping[int, list[Said]]:
    """Return what was said of each installment so far, or why nothing was. One statement."""
    found: dict[int, list[Said]] = {installment_id: [] for installment_id in installment_ids}
    for row in Reminder.objects.filter(installment__in=installment_ids).values_list(*Said._fields):
        found[row[0]].append(Said(*row))
    return found


def is_settled(said: Collection[Said], *, part: Installment, step: ladder.Step, day: dt.date) -> bool:
    """Return whether nothing is to be tried now: a message went out or was refused, or a reason holds for today."""
    now = clock.now()
    for word in said:
        if word.step_id != step.id or word.due_date != part.due_date:
            continue
        if word.state in Reminder.GONE_OUT or word.reason == Reminder.Reason.REFUSED:
            return True
        if word.state == Reminder.State.SKIPPED and word.day == day and word.reason not in hindrances.PASSING:
            return True
        if word.state == Reminder.State.FAILED and word.began_at > now - TRIED_AGAIN_AFTER:
            return True
    return False


def _in_reach(steps: Collection[ladder.Step], day: dt.date) -> QuerySet[Installment]:
    return Installment.objects.filter(
        Q(due_date__in=ladder.dates_in_reach(steps, anchor=ladder.DUE, day=day))
        | Q(grace_date__in=ladder.dates_in_reach(steps, anchor=ladder.GRACE, day=day)),
        state__in=Installment.OPEN_STATES,
        invoice__cancelled_at__isnull=True,
    ).select_related("invoice")
