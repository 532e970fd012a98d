"""What the learning platform answered: stored in one transaction with its timeline, the next try and the task of a person."""

import datetime as dt
import random

from django.db import transaction

from access.lms import base
from access.models import AccessSync
from common import clock
from students import locking, operator_tasks, timeline

KIND = "lms_not_confirmed"
DELAYS = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 360)]
AFTER_THE_LAST = dt.timedelta(hours=12)


def store_confirmed(*, row: AccessSync, lease: dt.datetime, is_open: bool, until: dt.datetime | None) -> None:
    """Store what the platform confirmed, in one transaction with the timeline. Nothing where the lease ran out meanwhile."""
    with transaction.atomic():
        if not (mine := _locked(row, lease)):
            return  # the lease ran out and another process has the row
        before = (mine.confirmed_open, mine.confirmed_until)
        mine.wanted_open = mine.confirmed_open = is_open
        mine.wanted_until = mine.confirmed_until = until
        mine.confirmed_at, mine.attempts, mine.last_error = clock.now(), 0, ""
        mine.drift, mine.changed_there = AccessSync.Drift.NONE, False
        _release(mine, lease, None)
        if before != (mine.confirmed_open, mine.confirmed_until):
            timeline.record([event(mine, "lms_confirmed")])
        operator_tasks.close_by_facts(key=f"{KIND}:{row.pk}", reason="the LMS confirmed")


def store_failure(
    *, row: AccessSync, lease: dt.datetime, is_open: bool, until: dt.datetime | None, error: base.LmsError
) -> None:
    """
    Store that it was not confirmed, and when it is told again. After the last try, and at once where it was refused, a person
    is asked. Nothing where the lease ran out meanwhile.
    """
    with transaction.atomic():
        if not (mine := _locked(row, lease)):
            return  # the lease ran out and another process has the row
        mine.wanted_open, mine.wanted_until = is_open, until
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
            timeline.record([event(mine, "lms_failed", reason=mine.last_error)])


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


def event(
    row: AccessSync, kind: str, *, actor: timeline.Actor = timeline.SYSTEM, reason: str = ""
) -> timeline.Event:
    """Return an event about a row, with what is confirmed of it."""
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
