"""Access that a person opens or closes: with reason and end, a ground of its own, never looking like money (promise 12)."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from access import grants, rules
from access.models import AccessGrant, CourseAccess
from common import clock
from common.errors import DomainError
from students import locking, timeline


class BadWindow(DomainError):  # noqa: N818
    """Access by hand needs an end that is still to come, and a reason."""

    code = "bad-window"


class NotByHand(DomainError):  # noqa: N818
    """Only what a person opened, and what still stands, can be closed by hand."""

    code = "not-by-hand"
    status = 409


def open_by_hand(
    *, student_id: int, course_id: int, until: dt.date, reason: str, actor: timeline.Actor
) -> CourseAccess:
    """
    Open a course by hand through a day, for a reason, by a person; it ends by itself and never looks like money.

    Raises BadWindow without a reason or with a day that is over (promise 12).
    """
    if not reason.strip():
        raise BadWindow(_("Write why access is opened by hand."), field="reason")
    if until < clock.today():
        raise BadWindow(_("The last day must not be in the past."), field="until")
    with transaction.atomic():
        locking.lock_student(student_id=student_id)
        now = clock.now()
        ground = rules.Ground(
            kind=rules.MANUAL,
            source=f"manual:{student_id}:{course_id}:{now.timestamp():.6f}",
            opens_at=now,
            closes_at=clock.end_of(until),
        )
        timeline.record(
            grants.give_grounds(
                student_id=student_id,
                course_id=course_id,
                enrollment_id=None,
                grounds=[ground],
                actor=actor,
                reason=reason.strip(),
            )
        )
        return CourseAccess.objects.get(student_id=student_id, course_id=course_id)


def close_by_hand(*, grant_id: int, reason: str, actor: timeline.Actor) -> CourseAccess:
    """
    Close what a person opened before its end, for a reason; all other grounds stay. Return the access as it is then.

    Raises BadWindow without a reason, NotByHand for a ground of another kind and for one that is closed or over.
    """
    if not reason.strip():
        raise BadWindow(_("Write why the course is closed."), field="reason")
    with transaction.atomic():
        student_id = AccessGrant.objects.values_list("student_id", flat=True).get(pk=grant_id)
        locking.lock_student(student_id=student_id)
        grant = AccessGrant.objects.get(pk=grant_id)
        if grant.kind != AccessGrant.Kind.MANUAL:
            raise NotByHand(
                _("This ground does not come from a person. Only what was opened by hand is closed here.")
            )
        if not is_standing(grant):
            raise NotByHand(_("This opening is over already."))
        timeline.record(
            grants.withdraw_grounds(
                student_id=student_id,
                course_id=grant.course_id,
                sources=[grant.source],
                reason=reason.strip(),
                actor=actor,
                kind="access_closed_by_hand",
            )
        )
        return CourseAccess.objects.get(student_id=student_id, course_id=grant.course_id)


def last_day(grant: AccessGrant) -> dt.date | None:
    """Return the last day that an opening covers, as the person wrote it; None for one without an end."""
    return clock.day_of(grant.closes_at - dt.timedelta(microseconds=1)) if grant.closes_at else None


def is_standing(grant: AccessGrant) -> bool:
    """Return whether an opening still holds or is still to come."""
    return grant.withdrawn_at is None and (grant.closes_at is None or grant.closes_at > clock.now())
