"""How far a group is: lessons held of lessons planned, or days where no lesson is planned. Reads only."""

import datetime as dt
from collections.abc import Sequence

from billing import transfer_value
from common import clock
from courses import pausing
from courses.models import Group, Lesson


def between(
    *, group_id: int, first: dt.date, last: dt.date, pauses: Sequence[pausing.Days] = ()
) -> transfer_value.Held:
    """
    Return how many lessons between two days there are and took place; where none are planned, how many days are over.

    What lies in a pause of the student counts as neither.
    """
    lessons = [
        held_at
        for starts_at, held_at in Lesson.objects.filter(
            group_id=group_id,
            cancelled_at__isnull=True,
            starts_at__gte=clock.start_of(first),
            starts_at__lt=clock.end_of(last),
        ).values_list("starts_at", "held_at")
        if not _lies_in(clock.day_of(starts_at), pauses)
    ]
    if lessons:
        return transfer_value.Held(total=len(lessons), held=sum(held_at is not None for held_at in lessons))
    every = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    days = [day for day in every if not _lies_in(day, pauses)]
    over = sum(day < clock.today() for day in days)
    return transfer_value.Held(total=len(days), held=over, by_days=True)


def _lies_in(day: dt.date, pauses: Sequence[pausing.Days]) -> bool:
    return any(pause.first <= day <= pause.last for pause in pauses)


def to_come(*, group: Group, first: dt.date) -> transfer_value.Held:
    """Return how far a group is for somebody who begins on a day: lessons before it are not asked for, nor those held already."""
    lessons = Lesson.objects.filter(group=group, cancelled_at__isnull=True).values_list(
        "starts_at", "held_at"
    )
    if lessons:
        begin = clock.start_of(first)
        missed = sum(held_at is not None or starts_at < begin for starts_at, held_at in lessons)
        return transfer_value.Held(total=len(lessons), held=missed)
    days = (group.ends_on - group.starts_on).days + 1
    return transfer_value.Held(total=days, held=(first - group.starts_on).days, by_days=True)
