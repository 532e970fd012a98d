"""Erasing a student's personal data once nothing of the student runs any more."""

from django.db import transaction
from django.utils.translation import gettext as _

from access.models import AccessGrant
from billing import balances, links, lookup
from billing.models import Payment, PaymentLink
from common import clock
from courses import enrolling
from courses.models import Enrollment
from refunds.models import Refund, RefundRequest
from students import erasure, locking, timeline
from students.models import OperatorTask, Student


def erase_student(*, student_id: int, reason: str, actor: timeline.Actor) -> Student:
    """
    Blank who the student is, end the studies, cancel what links are open and end the ways in to the own page; money rows stay.

    Banks are asked first about open attempts. Raises ErasureRefused with what still runs, and what `erasure.erase` refuses; then
    nothing has changed.
    """
    open_links = PaymentLink.objects.filter(student_id=student_id, state=PaymentLink.State.ACTIVE)
    for link_id in open_links.values_list("pk", flat=True):
        lookup.refresh_open_attempts(link_id=link_id, asked_by="operator")
    with transaction.atomic():
        student = locking.lock_student(student_id=student_id)
        erasure.require_reason(reason=reason, student=student)
        if running := what_runs(student=student):
            raise erasure.ErasureRefused(" ".join(running))
        for place in student.enrollments.exclude(state=Enrollment.State.ENDED).order_by("pk"):
            enrolling.end_enrollment(enrollment_id=place.pk, reason=reason.strip(), actor=actor)
        for link in list(open_links.order_by("pk")):
            links.cancel_payment_link(link_id=link.pk, reason=reason.strip(), actor=actor)
        return erasure.erase(student_id=student.pk, reason=reason, actor=actor)


def what_runs(*, student: Student) -> list[str]:
    """Return in sentences what must end before the data can be erased; nothing where nothing runs."""
    now = clock.now()
    grants = AccessGrant.objects.filter(student=student, withdrawn_at=None)
    asked = RefundRequest.objects.filter(student=student, state=RefundRequest.State.REQUESTED)
    moving = Refund.objects.filter(student=student, state__in=[Refund.State.APPROVED, *Refund.IN_FLIGHT])
    unsure = [*Payment.OPEN_STATES, Payment.State.HELD, Payment.State.DISPUTED]
    rules = [
        (
            grants.filter(closes_at__gt=now).exists() or grants.filter(closes_at=None).exists(),
            _("A course is open or will open: close it first, so that the learning platform is told."),
        ),
        (
            Payment.objects.filter(student=student, state__in=unsure).exists(),
            _("A payment is not decided yet: wait for the bank, or decide it."),
        ),
        (
            asked.exists() or moving.exists(),
            _("A refund is on its way: wait until the money is back."),
        ),
        (
            bool(balances.credits_of(student_id=student.pk)),
            _("The student has credit: send it back or use it first."),
        ),
        (
            OperatorTask.objects.filter(student=student).exclude(state=OperatorTask.State.RESOLVED).exists(),
            _("A task about the student waits: resolve it first."),
        ),
    ]
    return [sentence for is_so, sentence in rules if is_so]
