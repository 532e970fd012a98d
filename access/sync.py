"""
The learning platform follows access: rows are the queue, each told outside any transaction, each answer stored.

A sweeper claims a row with a lease; one that dies leaves a lease that runs out. The same is told again until it is
confirmed; telling it twice changes nothing there.
"""

import dataclasses
import datetime as dt
import logging
import random
import time

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from access import rules, why
from access.lms import base, registry
from access.models import AccessSync
from common import clock, crash
from common.errors import DomainError
from courses.models import Enrollment
from students import locking, operator_tasks, timeline

log = logging.getLogger(__name__)

KIND = "lms_not_confirmed"
LEASE = dt.timedelta(minutes=3)  # far longer than all calls of one row may take together
DELAYS = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 360)]
AFTER_THE_LAST = dt.timedelta(hours=12)
RUN_SECONDS = 60  # a run ends well before Celery's limit

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


def sweep() -> int:
    """
    Queue what changed and tell the platform what is due; return how many rows were taken up.

    Safe to run in several processes at once. A row that raises does not hold up the others: what was raised is raised at
    the end.
    """
    if not registry.is_used():
        return 0
    queue()
    done, failures, stop = 0, [], time.monotonic() + RUN_SECONDS
    while time.monotonic() < stop and (claimed := _claim()):
        done += 1
        try:
            _send(*claimed)
        except Exception as error:
            log.exception("access %s could not be told to the LMS and is taken up again", claimed[0])
            failures.append(error)
    if failures:
        raise ExceptionGroup("some access could not be told to the LMS", failures)
    return done


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
        timeline.record([_event(row, "lms_asked_again", actor=actor)])


def desired(*, student_id: int, course_id: int) -> why.Explanation:
    """Return what access is now, from its grounds (promise 11)."""
    return why.explain(student_id=student_id, course_id=course_id)


def is_open(explanation: why.Explanation) -> bool:
    """Return whether the platform should let the student in."""
    return explanation.state in (rules.OPEN, rules.IN_GRACE)


def learner_of(row: AccessSync) -> base.Learner:
    """Return the student as the platform knows one."""
    student = row.student
    return base.Learner(username=student.lms_id or "", email=student.email, full_name=student.full_name)


def _claim() -> tuple[int, dt.datetime] | None:
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


def _send(sync_id: int, lease: dt.datetime) -> None:
    row = AccessSync.objects.select_related("student", "course").get(pk=sync_id)
    now_wanted = desired(student_id=row.student_id, course_id=row.course_id)
    crash.point("lms.before_call")
    try:
        _tell(row, now_wanted)
    except base.LmsError as error:
        _store_failure(row, lease, now_wanted, error)
        return
    crash.point("lms.after_call")
    _store_answer(row, lease, now_wanted)


def _tell(row: AccessSync, wanted: why.Explanation) -> None:
    if not row.course.lms_id:
        return  # taken from the platform meanwhile: nothing to do
    place = base.Place(
        course_id=row.course.lms_id,
        group_id=_group_id(row),
        opens_at=wanted.since,
        closes_at=wanted.until,
        reference=str(row.pk),
    )
    lms, learner = registry.adapter(), learner_of(row)
    if not is_open(wanted):
        lms.suspend(learner=learner, place=dataclasses.replace(place, group_id=""))
    elif row.confirmed_open is False:
        lms.resume(learner=learner, place=place)
    else:
        lms.enrol(learner=learner, place=place)


def _group_id(row: AccessSync) -> str:
    enrollment = (
        Enrollment.objects.filter(
            student_id=row.student_id, group__course_id=row.course_id, state=Enrollment.State.ACTIVE
        )
        .select_related("group")
        .order_by("-id")
        .first()
    )
    return (enrollment.group.lms_id or "") if enrollment else ""


def _store_answer(row: AccessSync, lease: dt.datetime, wanted: why.Explanation) -> None:
    with transaction.atomic():
        if not (mine := _locked(row, lease)):
            return  # the lease ran out and another process has the row
        before = (mine.confirmed_open, mine.confirmed_until)
        mine.wanted_open = mine.confirmed_open = is_open(wanted)
        mine.wanted_until = mine.confirmed_until = wanted.until
        mine.confirmed_at, mine.attempts, mine.last_error, mine.drift = clock.now(), 0, "", ""
        _release(mine, lease, None)
        if before != (mine.confirmed_open, mine.confirmed_until):
            timeline.record([_event(mine, "lms_confirmed")])
        operator_tasks.close_by_facts(key=f"{KIND}:{row.pk}", reason="the LMS confirmed")


def _store_failure(
    row: AccessSync, lease: dt.datetime, wanted: why.Explanation, error: base.LmsError
) -> None:
    with transaction.atomic():
        if not (mine := _locked(row, lease)):
            return  # the lease ran out and another process has the row
        mine.wanted_open, mine.wanted_until = is_open(wanted), wanted.until
        mine.attempts += 1
        mine.last_error = str(error)[:300]
        refused = isinstance(error, base.LmsRefused)
        is_last = refused or mine.attempts > len(DELAYS)
        _release(mine, lease, None if refused else _next(mine.attempts))
        if is_last and operator_tasks.open_task(
            kind=KIND,
            key=f"{KIND}:{row.pk}",
            student_id=row.student_id,
            due_in_hours=8,
            subject_kind="access.accesssync",
            subject_id=row.pk,
            data={"course": row.course_id, "error": mine.last_error},
        ):
            timeline.record([_event(mine, "lms_failed", reason=mine.last_error)])


def _next(attempts: int) -> dt.datetime:
    delay = DELAYS[attempts - 1] if attempts <= len(DELAYS) else AFTER_THE_LAST
    return clock.now() + delay * random.uniform(0.8, 1.2)  # noqa: S311 -- so that not all come back at once


def _locked(row: AccessSync, lease: dt.datetime) -> AccessSync | None:
    locking.lock_student(student_id=row.student_id)
    return AccessSync.objects.select_for_update().filter(pk=row.pk, leased_until=lease).first()


def _release(row: AccessSync, lease: dt.datetime, again_at: dt.datetime | None) -> None:
    if row.next_attempt_at == lease:  # otherwise access changed meanwhile and is to be told again
        row.next_attempt_at = again_at
    row.leased_until = None
    row.save()


def _event(
    row: AccessSync, kind: str, *, actor: timeline.Actor = timeline.SYSTEM, reason: str = ""
) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=row.student_id,
        actor=actor,
        reason=reason,
        data={
            "course": row.course_id,
            "open": row.confirmed_open,
            "until": row.confirmed_until.isoformat() if row.confirmed_until else None,
        },
        subject_kind="access.accesssync",
        subject_id=row.pk,
    )
