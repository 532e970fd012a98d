"""How a student comes into a group, and how that ends."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import DomainError
from courses import pausing
from courses.models import Enrollment, Group
from students import locking, timeline


class EnrollmentRefused(DomainError):  # noqa: N818
    """The group, its dates or its places do not allow it."""

    code = "enrollment-refused"


class CrmIdTaken(DomainError):  # noqa: N818
    """Another enrollment has this CRM id."""

    code = "already-exists"
    status = 409


class AlreadyEnrolled(DomainError):  # noqa: N818
    """The student has a live enrollment in this group for days that overlap."""

    code = "already-enrolled"
    status = 409

    def __init__(self, message: str, *, enrollment: Enrollment) -> None:
        super().__init__(message, field="group", enrollment_id=enrollment.pk)
        self.enrollment = enrollment


def enroll(
    *,
    student_id: int,
    group_id: int,
    plan_version_id: int,
    actor: timeline.Actor,
    period_from: dt.date | None = None,
    period_to: dt.date | None = None,
    crm_id: str | None = None,
) -> Enrollment:
    """
    Enroll a student in a group for a period (the whole run unless given) on the terms of a plan version.

    Raises EnrollmentRefused (closed group, no place, days outside the group's) and AlreadyEnrolled. The group's row is
    locked while places are counted, so that two managers cannot share the last place.
    """
    with transaction.atomic():
        locking.lock_student(student_id=student_id)
        group = Group.objects.select_for_update(no_key=True).get(pk=group_id)
        first, last = period_from or group.starts_on, period_to or group.ends_on
        require_room(student_id=student_id, group=group, first=first, last=last)
        _require_free_crm_id(crm_id)
        enrollment = Enrollment.objects.create(
            student_id=student_id,
            group=group,
            period_from=first,
            period_to=last,
            plan_version_id=plan_version_id,
            crm_id=crm_id or None,
            created_by_id=actor.user_id,
        )
        timeline.record([_event(enrollment, "enrolled", actor)])
    return enrollment


def end_enrollment(*, enrollment_id: int, reason: str, actor: timeline.Actor) -> Enrollment:
    """End an enrollment with a reason, and its pause with it; it stays in the books. Ending an ended one changes nothing."""
    with transaction.atomic():
        student_id = Enrollment.objects.values_list("student_id", flat=True).get(pk=enrollment_id)
        locking.lock_student(student_id=student_id)
        enrollment = Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment_id)
        if enrollment.state == Enrollment.State.ENDED:
            return enrollment
        enrollment.end(reason=reason)
        enrollment.save()
        pausing.end_with(enrollment=enrollment)
        timeline.record([_event(enrollment, "enrollment_ended", actor, reason=reason)])
    return enrollment


def require_room(*, student_id: int, group: Group, first: dt.date, last: dt.date) -> None:
    """Refuse a group that does not take this student for these days, as `enroll` does. Sure only while the group is locked."""
    _require_open(group, first, last)
    _require_no_overlap(student_id, group, first, last)
    _require_place(group, first, last)


def _require_open(group: Group, first: dt.date, last: dt.date) -> None:
    if not group.is_active:
        raise EnrollmentRefused(
            _("This group is closed for enrollment. Choose another group."), field="group"
        )
    if last < first:
        raise EnrollmentRefused(_("The last day is before the first day."), field="period_to")
    if first < group.starts_on or last > group.ends_on:
        raise EnrollmentRefused(
            _("The group runs from %(first)s to %(last)s; the period must lie within these days.")
            % {"first": group.starts_on.isoformat(), "last": group.ends_on.isoformat()},
            field="period_from",
        )


def _require_no_overlap(student_id: int, group: Group, first: dt.date, last: dt.date) -> None:
    other = (
        Enrollment.objects.filter(
            student_id=student_id, group=group, period_from__lte=last, period_to__gte=first
        )
        .exclude(state=Enrollment.State.ENDED)
        .first()
    )
    if other is not None:
        raise AlreadyEnrolled(
            _("The student is already enrolled in this group for these days."), enrollment=other
        )


def _require_place(group: Group, first: dt.date, last: dt.date) -> None:
    taken = (
        Enrollment.objects.filter(group=group, period_from__lte=last, period_to__gte=first)
        .exclude(state=Enrollment.State.ENDED)
        .count()
    )
    if taken >= group.capacity:
        raise EnrollmentRefused(
            _("All %(places)s places of this group are taken.") % {"places": group.capacity}, field="group"
        )


def _require_free_crm_id(crm_id: str | None) -> None:
    if crm_id and Enrollment.objects.filter(crm_id=crm_id).exists():
        raise CrmIdTaken(_("Another enrollment has this CRM id."), field="crm_id")


def _event(enrollment: Enrollment, kind: str, actor: timeline.Actor, reason: str = "") -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=enrollment.student_id,
        actor=actor,
        reason=reason,
        data={
            "group": enrollment.group_id,
            "period_from": enrollment.period_from.isoformat(),
            "period_to": enrollment.period_to.isoformat(),
        },
        subject_kind="courses.enrollment",
        subject_id=enrollment.pk,
    )
