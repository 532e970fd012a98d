"""Payments that a plan wants a person to look at before access opens: confirm, or leave the course closed."""

from django.db import transaction
from django.utils.translation import gettext as _

from billing import acceptance, settlement_rows
from billing.models import Allocation, Payment
from common.errors import DomainError
from students import operator_tasks, timeline


class ReviewRefused(DomainError):  # noqa: N818
    """There is nothing to confirm about this payment."""

    code = "review-refused"
    status = 409


def confirm_review(*, payment_id: int, reason: str, actor: timeline.Actor) -> None:
    """
    Give the access that settlement held back because the payment plan asks for a person.

    Raises ReviewRefused without a reason, or if the money stands for nothing under such a plan. Safe to repeat: a ground that is
    there is not given twice.
    """
    with transaction.atomic():
        cases = _reviewed_cases(payment_id, reason)
        events: list[timeline.Event] = []
        for case, touched in cases:
            events += acceptance.give_access(case, touched, actor=actor, reason=reason.strip())
        confirmed = acceptance.payment_event(
            cases[0][0], "review_confirmed", actor=actor, reason=reason.strip()
        )
        timeline.record([confirmed, *events])
        operator_tasks.close_by_facts(key=f"manual_review:{payment_id}", reason="confirmed")


def decline_review(*, payment_id: int, reason: str, actor: timeline.Actor) -> None:
    """
    Leave the course closed after review; the money stays what it is until somebody asks for a refund.

    Raises ReviewRefused as `confirm_review` does.
    """
    with transaction.atomic():
        cases = _reviewed_cases(payment_id, reason)
        timeline.record(
            [acceptance.payment_event(cases[0][0], "review_declined", actor=actor, reason=reason.strip())]
        )
        operator_tasks.close_by_facts(key=f"manual_review:{payment_id}", reason="declined")


def _reviewed_cases(payment_id: int, reason: str) -> list[tuple[settlement_rows.Case, set[int]]]:
    """Lock the student and return the payment's invoices under review, each with the installments that its money touches."""
    if not reason.strip():
        raise ReviewRefused(_("Write what you checked."), field="reason")
    settlement_rows.lock_student_of(payment_id=payment_id)
    touched: dict[int, set[int]] = {}
    for invoice_id, installment_id, amount in Allocation.objects.filter(payment_id=payment_id).values_list(
        "installment__invoice_id", "installment_id", "amount_minor"
    ):
        if amount > 0:
            touched.setdefault(invoice_id, set()).add(installment_id)
    cases = [
        (case, ids)
        for invoice_id, ids in sorted(touched.items())
        if (case := settlement_rows.read_case(payment_id=payment_id, invoice_id=invoice_id)).manual_review
    ]
    if not cases or cases[0][0].payment.state not in (Payment.State.VERIFIED, Payment.State.PARTLY_REFUNDED):
        raise ReviewRefused(_("There is no money of this payment that waits for a review."))
    return cases
