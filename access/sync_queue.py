"""What is to be told to the learning platform: rows are the queue, claimed with a lease by whoever is free."""

import datetime as dt

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from access import sync_answers
from access.lms import registry
from access.models import AccessSync
from common import clock
from common.errors import DomainError
from students import locking, timeline

LEASE = dt.timedelta(minutes=3)  # far longer than all calls of one row may take together

QUEUE_SQL = """
INSERT INTO access_accesssync
    (student_id, course_id, noted_state, noted_until, attempts, next_attempt_at, last_error, drift)
SELECT a.student_id, a.course_id, a.state, a.closes_at, 0, %s, '', ''
FROM access_courseaccess a
JOIN courses_course c ON c.id = a.course_id AND c.lms_id <> ''
JOIN students_student p ON p.id = a.student_id AND p.erased_at IS NULL
LEFT JOIN access_accesssync s ON s.student_id = a.student_id AND s.course_id = a.course_id
WHERE (s.id IS NULL AND a.state <> 'none')
   OR (s.id IS NOT NULL AND (s.noted_state, s.noted_until) IS DISTINCT FROM (a.state, a.closes_at))
ORDER BY a.student_id, a.course_id
ON CONFLICT (student_id, course_id) DO UPDATE SET
    noted_state = excluded.noted_state, noted_until = excluded.noted_until, attempts = 0,
    next_attempt_at = excluded.next_attempt_at
"""


class NothingToSend(DomainError):  # noqa: N818
    """No learning platform is set up, or the course is not there."""

    code = "nothing-to-send"
    status = 409


def queue() -> None:
    """Write down what is to be told: new access and changed access of courses that the platform has. Safe to repeat."""
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_SQL, [clock.now()])


def send_again(*, sync_id: int, actor: timeline.Actor) -> None:
    """Let the next sweep tell the platform again. Safe to repeat. Raises NothingToSend where there is no platform."""
    if not registry.is_used():
        raise NothingToSend(_("No learning platform is set up."))
    with transaction.atomic():
        row = AccessSync.objects.get(pk=sync_id)
        locking.lock_student(student_id=row.student_id)
        AccessSync.objects.filter(pk=sync_id).update(next_attempt_at=clock.now(), attempts=0)
        timeline.record([sync_answers.event(row, "lms_asked_again", actor=actor)])


def claim() -> tuple[int, dt.datetime] | None:
    """Take the row that waits longest, for the length of a lease; return its id and the lease, None if nothing is due."""
    now = clock.now()
    lease = now + LEASE
    with transaction.atomic():
        row = (
            AccessSync.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now), next_attempt_at__lte=now)
            .order_by("next_attempt_at", "id")
            .first()
        )
        if row is None:
            return None
        AccessSync.objects.filter(pk=row.pk).update(next_attempt_at=lease, leased_until=lease)
    return row.pk, lease
