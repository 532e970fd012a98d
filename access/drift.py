"""
What the learning platform holds, compared with what access is: each night and when somebody asks, and only stored and shown.

A course is read from the platform once; what we hold of it is read in batches by key, with a number of statements for each
batch that does not depend on how many students are in it.
"""

import dataclasses
import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, transaction
from django.utils.translation import gettext as _

from access import rules, standing, sync_answers, sync_queue
from access.lms import base, registry
from access.models import AccessSync
from common import clock
from courses.models import Course
from students import locking, timeline
from students.models import Student

log = logging.getLogger(__name__)

BATCH = 500
SAME_END = dt.timedelta(minutes=1)  # a platform may keep whole seconds or minutes only
Drift = AccessSync.Drift

STORE_SQL = """
UPDATE access_accesssync s
SET drift = found.drift, changed_there = found.changed_there, seen_at = %(now)s
FROM unnest(%(ids)s::bigint[], %(drifts)s::text[], %(changed)s::boolean[], %(confirmed)s::timestamptz[])
    AS found (id, drift, changed_there, confirmed_at)
WHERE s.id = found.id AND s.next_attempt_at IS NULL AND s.confirmed_at IS NOT DISTINCT FROM found.confirmed_at
RETURNING s.id
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """How a row differs from the platform, and whether somebody changed there what the platform had confirmed."""

    drift: str = Drift.NONE
    changed_there: bool = False


def check() -> int:
    """
    Compare every course that the platform has; return how many differences there are now. Safe to repeat.

    Nothing is repaired: "send again" calls the ordinary verb. A course that cannot be read does not hold up the others: what
    was raised is raised at the end.
    """
    if not registry.is_used():
        return 0
    courses = Course.objects.exclude(lms_id=None).exclude(lms_id="").order_by("pk")
    check_courses(course_ids=list(courses.values_list("pk", flat=True)))
    return AccessSync.objects.exclude(drift=Drift.NONE).count()


def check_courses(*, course_ids: Iterable[int]) -> None:
    """
    Compare these courses with the platform. Safe to repeat.

    Raises NothingToSend where there is no platform, and the LmsErrors of all courses that could not be read, in a group.
    """
    if not registry.is_used():
        raise sync_queue.NothingToSend(_("No learning platform is set up."))
    sync_queue.queue()  # what is still to be told differs, and rightly so
    failures: list[Exception] = []
    for course in Course.objects.filter(pk__in=course_ids).exclude(lms_id=None).exclude(lms_id=""):
        began_at = clock.now()
        try:
            found = registry.adapter().list_enrolments(course_id=course.lms_id or "")
        except base.LmsError as error:
            log.warning("course %s could not be compared with the LMS: %s", course.pk, error)
            failures.append(error)
        else:
            _note_unknown(course, found)
            _compare(course, found, began_at)
    if failures:
        raise ExceptionGroup("some courses could not be compared with the LMS", failures)


def _note_unknown(course: Course, found: Sequence[base.LmsEnrolment]) -> None:
    """Make a row for each student who is in there although we never opened the course. Teachers are no students here."""
    names = [one.username for one in found if one.is_open]
    for first in range(0, len(names), BATCH):
        students = Student.objects.filter(lms_id__in=names[first : first + BATCH]).exclude(
            pk__in=AccessSync.objects.filter(course=course).values("student_id")
        )
        AccessSync.objects.bulk_create(
            [AccessSync(student=student, course=course, noted_state="none") for student in students],
            ignore_conflicts=True,
        )


def _compare(course: Course, found: Sequence[base.LmsEnrolment], began_at: dt.datetime) -> None:
    by_email = {one.email.lower(): one for one in found if one.email}
    by_name = {one.username.lower(): one for one in found}
    last_id = 0
    while rows := _batch(course, last_id, began_at):
        last_id = rows[-1].pk
        now = clock.now()
        wanted = standing.verdicts(course_id=course.pk, student_ids=[row.student_id for row in rows], at=now)
        differences: dict[int, Difference] = {}
        for row in rows:
            name, email = (row.student.lms_id or "").lower(), row.student.email.lower()
            seen = by_name.get(name) if name else by_email.get(email)
            differences[row.pk] = difference(row=row, wanted=wanted[row.student_id], seen=seen)
        _store(rows, differences, now)


def _batch(course: Course, last_id: int, began_at: dt.datetime) -> list[AccessSync]:
    # What is still to be told differs rightly; what was confirmed while we read is newer than what we read.
    rows = AccessSync.objects.filter(course=course, pk__gt=last_id, next_attempt_at=None)
    rows = rows.exclude(confirmed_at__gte=began_at).select_related("student")
    return list(rows.order_by("pk")[:BATCH])


def difference(*, row: AccessSync, wanted: rules.Verdict, seen: base.LmsEnrolment | None) -> Difference:
    """Return how what the platform shows of a row differs from what grounds say. Pure."""
    wanted_open = wanted.state in (rules.OPEN, rules.IN_GRACE)
    is_open = seen is not None and seen.is_open
    if is_open != wanted_open:
        return Difference(
            drift=Drift.CLOSED_THERE if wanted_open else Drift.OPEN_THERE,
            changed_there=row.confirmed_open is not None and row.confirmed_open != is_open,
        )
    if seen is not None and is_open and seen.tells_window and not _same_end(seen.closes_at, wanted.closes_at):
        return Difference(
            drift=Drift.WINDOW_THERE, changed_there=_same_end(row.confirmed_until, wanted.closes_at)
        )
    return Difference()


def _same_end(one: dt.datetime | None, other: dt.datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < SAME_END


def _store(rows: Sequence[AccessSync], differences: Mapping[int, Difference], now: dt.datetime) -> None:
    changed = [row for row in rows if differences[row.pk] != Difference(row.drift, row.changed_there)]
    same = {row.pk for row in rows} - {row.pk for row in changed}
    AccessSync.objects.filter(pk__in=same, next_attempt_at=None).update(seen_at=now)
    if not changed:
        return
    with transaction.atomic():
        locking.lock_students(student_ids={row.student_id for row in changed})
        with connection.cursor() as cursor:
            cursor.execute(
                STORE_SQL,
                {
                    "now": now,
                    "ids": [row.pk for row in changed],
                    "drifts": [str(differences[row.pk].drift) for row in changed],
                    "changed": [differences[row.pk].changed_there for row in changed],
                    "confirmed": [row.confirmed_at for row in changed],
                },
            )
            stored = {pk for (pk,) in cursor.fetchall()}
        timeline.record([_event(row, differences[row.pk]) for row in changed if row.pk in stored])


def _event(row: AccessSync, found: Difference) -> timeline.Event:
    told = sync_answers.event(row, "lms_differs" if found.drift else "lms_agrees")
    facts = {"drift": str(found.drift), "changed_there": found.changed_there}
    return dataclasses.replace(told, data={**told.data, **facts})
