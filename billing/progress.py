"""How far a group is: lessons held of lessons planned, or days where no lesson is planned. Reads only."""

import datetime as dt

from billing import transfer_value
from common import clock
from courses.models import Group, Lesson


def between(*, group_id: int, first: dt.date, last: dt.date) -> transfer_value.Held:
    """Return how many lessons between two days there are and took place; where none are planned, how many days are over."""
    lessons = Lesson.objects.filter(
        group_id=group_id,
        cancelled_at__isnull=True,
        starts_at__gte=clock.start_of(first),
        starts_at__lt=clock.end_of(last),
    ).values_list("held_at", flat=True)
    if lessons:
        return transfer_value.Held(total=len(lessons), held=sum(held_at is not None for held_at in lessons))
    days = (last - first).days + 1
    over = min(max((clock.today() - first).days, 0), days)
    return transfer_value.Held(total=days, held=over, by_days=True)


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
