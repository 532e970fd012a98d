"""
The learning platform follows access: each row of the queue is told outside any transaction, and each answer is stored.

A sweeper that dies leaves a lease that runs out. The same is told again until it is confirmed; telling it twice changes
nothing there.
"""

import dataclasses
import datetime as dt
import logging
import time

from access import rules, sync_answers, sync_queue, why
from access.lms import base, registry
from access.models import AccessSync
from common import crash
from courses.models import Enrollment

log = logging.getLogger(__name__)

RUN_SECONDS = 60  # a run ends well before Celery's limit


def sweep() -> int:
    """
    Queue what changed and tell the platform what is due; return how many rows were taken up.

    Safe to run in several processes at once. A row that raises does not hold up the others: what was raised is raised at
    the end.
    """
    if not registry.is_used():
        return 0
    sync_queue.queue()
    done, failures, stop = 0, [], time.monotonic() + RUN_SECONDS
    while time.monotonic() < stop and (claimed := sync_queue.claim()):
        done += 1
        try:
            _send(*claimed)
        except Exception as error:
            log.exception("access %s could not be told to the LMS and is taken up again", claimed[0])
            failures.append(error)
    if failures:
        raise ExceptionGroup("some access could not be told to the LMS", failures)
    return done


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


def _send(sync_id: int, lease: dt.datetime) -> None:
    row = AccessSync.objects.select_related("student", "course").get(pk=sync_id)
    now_wanted = desired(student_id=row.student_id, course_id=row.course_id)
    crash.point("lms.before_call")
    try:
        _tell(row, now_wanted)
    except base.LmsError as error:
        sync_answers.store_failure(
            row=row, lease=lease, is_open=is_open(now_wanted), until=now_wanted.until, error=error
        )
        return
    crash.point("lms.after_call")
    sync_answers.store_confirmed(row=row, lease=lease, is_open=is_open(now_wanted), until=now_wanted.until)


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
