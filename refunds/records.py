"""One refund under its locks, its reserved money, and the events that tell of it."""

from typing import Any

from django.db.models import F

from billing.models import Payment
from refunds.models import Refund
from students import locking, timeline


def release(refund: Refund) -> None:
    """Give the reserved money of a refund that will not be sent back to its payment. Needs the student's lock."""
    Payment.objects.filter(pk=refund.payment_id).update(
        refunded_minor=F("refunded_minor") - refund.amount_minor
    )


def lock_refund(refund_id: int) -> Refund:
    """Lock the student, then payment and refund, and return the refund as it is now. Needs a transaction."""
    student_id, payment_id = Refund.objects.values_list("student_id", "payment_id").get(pk=refund_id)
    locking.lock_student(student_id=student_id)
    Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    Refund.objects.select_for_update(no_key=True).get(pk=refund_id)
    return Refund.objects.select_related("request__invoice", "payment__account").get(pk=refund_id)


def event(
    refund: Refund,
    kind: str,
    actor: timeline.Actor,
    *,
    before: str = "",
    reason: str = "",
    **data: Any,
) -> timeline.Event:
    """Return the event that tells what became of a refund."""
    return timeline.Event(
        kind=kind,
        student_id=refund.student_id,
        actor=actor,
        reason=reason,
        before={"state": before} if before else None,
        after={"state": refund.state} if before else None,
        data={
            "amount_minor": refund.amount_minor,
            "currency": refund.currency,
            "payment": refund.payment_id,
            "request": refund.request_id,
            **data,
        },
        subject_kind="refunds.refund",
        subject_id=refund.pk,
    )
