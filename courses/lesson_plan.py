"""Lessons made in bulk: the same weekdays and hour between two days."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from common import clock
from common.errors import DomainError
from courses.models import Group, Lesson

MOST_LESSONS = 300


class BadLessonPlan(DomainError):  # noqa: N818
    """The days make no lessons, or too many."""

    code = "bad-lesson-plan"


def add_weekly_lessons(
    *,
    group_id: int,
    weekdays: Collection[int],
    first_day: dt.date,
    last_day: dt.date,
    starts_at: dt.time,
    minutes: int,
) -> list[Lesson]:
    """
    Plan a lesson on each of the weekdays (0 is Monday) between two days, both included, numbered on from the last.

    Days lie within the group's run and the hour is the school's. A moment that has a lesson already gets no second one, so
    repeating the call plans nothing more. Raises BadLessonPlan where nothing or too much would come of it.
    """
    with transaction.atomic():
        group = Group.objects.select_for_update(no_key=True).get(pk=group_id)
        if first_day < group.starts_on or last_day > group.ends_on:
            raise BadLessonPlan(
                _("The group runs from %(first)s to %(last)s; lessons must lie within these days.")
                % {"first": group.starts_on.isoformat(), "last": group.ends_on.isoformat()},
                field="first_day" if first_day < group.starts_on else "last_day",
            )
        planned = weekly_moments(
            weekdays=weekdays, first_day=first_day, last_day=last_day, starts_at=starts_at
        )
        taken = set(group.lessons.filter(starts_at__in=planned).values_list("starts_at", flat=True))
        missing = [moment for moment in planned if moment not in taken]
        if not missing:
            raise BadLessonPlan(_("These days make no new lesson."), field="weekdays")
        last_number = group.lessons.aggregate(last=Max("number"))["last"] or 0
        return Lesson.objects.bulk_create(
            Lesson(group=group, number=number, starts_at=moment, minutes=minutes)
            for number, moment in enumerate(missing, start=last_number + 1)
        )


def weekly_moments(
    *, weekdays: Collection[int], first_day: dt.date, last_day: dt.date, starts_at: dt.time
) -> list[dt.datetime]:
    """Return when lessons start on the weekdays between two days, at the school's hour. Raises BadLessonPlan above 300."""
    days = (first_day + dt.timedelta(days=n) for n in range((last_day - first_day).days + 1))
    found = [
        dt.datetime.combine(day, starts_at, tzinfo=clock.SCHOOL_ZONE)
        for day in days
        if day.weekday() in weekdays
    ]
    if len(found) > MOST_LESSONS:
        raise BadLessonPlan(_("This makes more than 300 lessons. Plan fewer at once."), field="last_day")
    return found


def note_held(*, day: dt.date) -> int:
    """Note that the lessons planned for a day took place, each when it began; return how many. Safe to repeat."""
    planned = Lesson.objects.filter(
        starts_at__gte=clock.start_of(day),
        starts_at__lt=clock.end_of(day),
        held_at__isnull=True,
        cancelled_at__isnull=True,
    )
    return planned.update(held_at=F("starts_at"))
