"""
Access that a person opens or closes: with a reason, a ground of its own, never looking like money (promise 12).

An opening by hand has an end. A free place is given to a student who does not pay, with an end or until somebody takes it back.
"""

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


GIVEN_BY_PEOPLE = (AccessGrant.Kind.MANUAL, AccessGrant.Kind.FREE)


def open_by_hand(
    *, student_id: int, course_id: int, until: dt.date, reason: str, actor: timeline.Actor
) -> CourseAccess:
    """
    Open a course by hand through a day, for a reason, by a person; it ends by itself and never looks like money.

    Raises BadWindow without a reason or with a day that is over (promise 12).
    """
    _require_reason(reason, _("Write why access is opened by hand."))
    _require_to_come(until)
    with transaction.atomic():
        locking.lock_student(student_id=student_id)
        now = clock.now()
        ground = rules.Ground(
            kind=rules.MANUAL,
            source=f"manual:{student_id}:{course_id}:{now.timestamp():.6f}",
            opens_at=now,
            closes_at=clock.end_of(until),
        )
        return _give(student_id, course_id, ground, reason, actor)


def give_free_place(
    *, student_id: int, course_id: int, until: dt.date | None, reason: str, actor: timeline.Actor
) -> CourseAccess:
    """
    Give a free place in a course, through a day or without an end, for a reason. It is a ground of its own and holds no money.

    Raises BadWindow without a reason, with a day that is over, and where the student has a free place there already.
    """
    _require_reason(reason, _("Write why the student has a free place."))
    _require_to_come(until)
    with transaction.atomic():
        locking.lock_student(student_id=student_id)
        now = clock.now()
        standing = AccessGrant.objects.filter(
            student_id=student_id, course_id=course_id, kind=AccessGrant.Kind.FREE, withdrawn_at=None
        )
        if any(is_standing(grant) for grant in standing):
            raise BadWindow(_("The student has a free place in this course. Close that one first."))
        ground = rules.Ground(
            kind=rules.FREE,
            source=f"free:{student_id}:{course_id}:{now.timestamp():.6f}",
            opens_at=now,
            closes_at=clock.end_of(until) if until else None,
        )
        return _give(student_id, course_id, ground, reason, actor)


def close_by_hand(*, grant_id: int, reason: str, actor: timeline.Actor) -> CourseAccess:
    """
    Close what a person opened before its end, for a reason; all other grounds stay. Return the access as it is then.

    Raises BadWindow without a reason, NotByHand for a ground of another kind and for one that is closed or over.
    """
    _require_reason(reason, _("Write why the course is closed."))
    with transaction.atomic():
        student_id = AccessGrant.objects.values_list("student_id", flat=True).get(pk=grant_id)
        locking.lock_student(student_id=student_id)
        grant = AccessGrant.objects.get(pk=grant_id)
        if grant.kind not in GIVEN_BY_PEOPLE:
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
                kind="free_place_taken" if grant.kind == AccessGrant.Kind.FREE else "access_closed_by_hand",
            )
        )
        return CourseAccess.objects.get(student_id=student_id, course_id=grant.course_id)


def last_day(grant: AccessGrant) -> dt.date | None:
    """Return the last day that an opening covers, as the person wrote it; None for one without an end."""
    return clock.day_of(grant.closes_at - dt.timedelta(microseconds=1)) if grant.closes_at else None


def is_standing(grant: AccessGrant) -> bool:
    """Return whether an opening still holds or is still to come."""
    return grant.withdrawn_at is None and (grant.closes_at is None or grant.closes_at > clock.now())


def _require_reason(reason: str, refusal: str) -> None:
    if not reason.strip():
        raise BadWindow(refusal, field="reason")


def _require_to_come(until: dt.date | None) -> None:
    if until is not None and until < clock.today():
        raise BadWindow(_("The last day must not be in the past."), field="until")


def _give(
    student_id: int, course_id: int, ground: rules.Ground, reason: str, actor: timeline.Actor
) -> CourseAccess:
    events = grants.give_grounds(
        student_id=student_id,
        course_id=course_id,
        enrollment_id=None,
        grounds=[ground],
        actor=actor,
        reason=reason.strip(),
        kind="free_place_given" if ground.kind == rules.FREE else "",
    )
    timeline.record(events)
    return CourseAccess.objects.get(student_id=student_id, course_id=course_id)
