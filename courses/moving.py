"""A student's way from one group to another. Whoever bills calls this in the transaction in which money follows."""

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock
from common.errors import DomainError
from courses import enrolling, pausing
from courses.models import Enrollment, Group, Transfer
from students import locking, timeline


class TransferRefused(DomainError):  # noqa: N818
    """The enrollment cannot move, or not to this group."""

    code = "transfer-refused"
    status = 409


def require_movable(*, enrollment: Enrollment, group: Group) -> None:
    """Refuse an enrollment that does not run, and a group to which its money cannot go. Raises TransferRefused."""
    if Transfer.objects.filter(from_enrollment=enrollment).exists():
        raise TransferRefused(
            _("The student was moved from this group already. Look at the newer enrollment.")
        )
    if enrollment.state != Enrollment.State.ACTIVE:
        raise TransferRefused(_("Only an enrollment that runs can move; end its pause first."))
    if pausing.live_pauses(enrollment_id=enrollment.pk).exists():
        raise TransferRefused(
            _("A pause is planned or runs. Cancel it or end it first, then move the student.")
        )
    if group.pk == enrollment.group_id:
        raise TransferRefused(_("The student is in this group already. Choose another one."), field="group")
    if group.currency != enrollment.group.currency:
        raise TransferRefused(
            _("The groups are priced in different currencies. Refund the student, then enroll anew."),
            field="group",
        )
    if group.legal_entity_id != enrollment.group.legal_entity_id:
        raise TransferRefused(
            _("The groups belong to different legal entities. Refund the student, then enroll anew."),
            field="group",
        )


def move_student(*, enrollment_id: int, group_id: int, reason: str, actor: timeline.Actor) -> Transfer:
    """
    End an enrollment today and begin one in another group, on the same plan version, from today to that group's end.

    Raises TransferRefused, also for a repeat, and what enrolling raises; nothing is stored then.
    """
    if not reason.strip():
        raise TransferRefused(_("Write why the student changes the group."), field="reason")
    with transaction.atomic():
        student_id = Enrollment.objects.values_list("student_id", flat=True).get(pk=enrollment_id)
        locking.lock_student(student_id=student_id)
        old = Enrollment.objects.select_related("group").get(pk=enrollment_id)
        group = Group.objects.get(pk=group_id)
        require_movable(enrollment=old, group=group)
        enrolling.end_enrollment(enrollment_id=old.pk, reason=reason.strip(), actor=actor)
        new = enrolling.enroll(
            student_id=student_id,
            group_id=group_id,
            plan_version_id=old.plan_version_id,
            actor=actor,
            period_from=max(clock.today(), group.starts_on),
        )
        return Transfer.objects.create(
            from_enrollment=old,
            to_enrollment=new,
            day=clock.today(),
            reason=reason.strip(),
            made_by_id=actor.user_id,
        )
