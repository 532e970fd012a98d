"""Stored access follows the clock: what a window's start or end changes is written down and told, within a minute."""

from django.db import transaction

from access import grants
from access.models import CourseAccess
from common import clock
from students import locking, timeline

BATCH = 200


def follow_changes() -> int:
    """
    Bring every access whose next change has come in line; return how many were looked at.

    One transaction for each batch of students, locked in the order of their ids. Safe to repeat and to run twice at once.
    """
    done = 0
    while batch := _due_batch():
        done += len(batch)
        with transaction.atomic():
            locking.lock_students(student_ids={student_id for student_id, _course_id in batch})
            events: list[timeline.Event] = []
            for student_id, course_id in batch:
                events += grants.refresh(student_id=student_id, course_id=course_id)
            timeline.record(events)
    return done


def _due_batch() -> list[tuple[int, int]]:
    return list(
        CourseAccess.objects.filter(next_change_at__lte=clock.now())
        .order_by("student_id", "course_id")
        .values_list("student_id", "course_id")[:BATCH]
    )
