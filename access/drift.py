"""What the learning platform holds, compared with what access is: each night, and only stored and shown."""

import logging
from collections.abc import Sequence

from access import sync
from access.lms import base, registry
from access.models import AccessSync
from common import clock
from courses.models import Course
from students.models import Student

log = logging.getLogger(__name__)


def check() -> int:
    """
    Compare every course that the platform has; return how many differences there are now. Safe to repeat.

    Nothing is repaired: "send again" calls the ordinary verb. A course that cannot be read does not hold up the others.
    """
    if not registry.is_used():
        return 0
    failures: list[Exception] = []
    lms = registry.adapter()
    for course in Course.objects.exclude(lms_id=None).exclude(lms_id="").order_by("pk"):
        try:
            _compare(course, lms.list_enrolments(course_id=course.lms_id or ""))
        except base.LmsError as error:
            log.warning("course %s could not be compared with the LMS: %s", course.pk, error)
            failures.append(error)
    if failures:
        raise ExceptionGroup("some courses could not be compared with the LMS", failures)
    return AccessSync.objects.exclude(drift="").count()


def _compare(course: Course, found: Sequence[base.LmsEnrolment]) -> None:
    _note_unknown(course, found)
    by_name = {one.username.lower(): one for one in found}
    by_email = {one.email.lower(): one for one in found if one.email}
    # What is still to be told differs for a moment and rightly so.
    rows = AccessSync.objects.filter(course=course, next_attempt_at=None).select_related("student")
    for row in rows.order_by("pk").iterator():
        learner = sync.learner_of(row)
        seen = by_name.get(learner.username.lower()) or by_email.get(learner.email.lower())
        wanted = sync.is_open(sync.desired(student_id=row.student_id, course_id=course.pk))
        AccessSync.objects.filter(pk=row.pk, next_attempt_at=None, confirmed_at=row.confirmed_at).update(
            drift=_difference(wanted, seen is not None and seen.is_open), seen_at=clock.now()
        )


def _note_unknown(course: Course, found: Sequence[base.LmsEnrolment]) -> None:
    """Make a row for each student who is in there although we never opened the course. Teachers are no students here."""
    names = [one.username for one in found if one.is_open]
    students = Student.objects.filter(lms_id__in=names).exclude(
        pk__in=AccessSync.objects.filter(course=course).values("student_id")
    )
    AccessSync.objects.bulk_create(
        [AccessSync(student=student, course=course, noted_state="none") for student in students],
        ignore_conflicts=True,
    )


def _difference(wanted: bool, is_open: bool) -> str:
    if wanted == is_open:
        return AccessSync.Drift.NONE
    return AccessSync.Drift.CLOSED_THERE if wanted else AccessSync.Drift.OPEN_THERE
