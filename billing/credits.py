"""Letting a student's credit stand for another installment: money that is here already pays what is still owed."""

import dataclasses

from django.db import transaction
from django.utils.translation import gettext as _

from billing import acceptance, allocation, ledger, settlement_rows
from billing.models import Allocation, Installment, Payment, PaymentLink, PaymentLinkLine
from common import crash, fsm, money
from common.errors import DomainError
from students import operator_tasks, timeline


class CreditRefused(DomainError):  # noqa: N818
    """The credit cannot stand for this installment."""

    code = "credit-refused"
    status = 409


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """An installment that credit may pay, with what it still needs."""

    installment: Installment
    remaining_minor: int


def allocate_credit(
    *,
    payment_id: int,
    installment_id: int,
    actor: timeline.Actor,
    reason: str,
    amount_minor: int | None = None,
) -> int:
    """
    Let credit of a payment stand for an open installment of the same student; return how much, in minor units.

    Without an amount it is all that the credit and the installment allow. Books it, moves the installment and gives access as a
    settled payment does. Raises CreditRefused or BadAmount. Not safe to repeat with an amount: each call uses more of the credit.
    """
    with transaction.atomic():
        settlement_rows.lock_student_of(payment_id=payment_id)
        installment = _require_target(payment_id, installment_id)
        case = settlement_rows.read_case(payment_id=payment_id, invoice_id=installment.invoice_id)
        credit_minor = credit_of(payment=case.payment)
        amount = _require_amount(case, installment_id, credit_minor, amount_minor)
        share = allocation.Share(installment_id=installment_id, amount_minor=amount)
        events = _close_links(installment_id, actor)
        used = acceptance.payment_event(
            case, "credit_used", actor=actor, reason=reason, amount_minor=amount, number=installment.number
        )
        events += [used, *acceptance.allocate(case, [share], reason="by hand")]
        crash.point("credit.after_allocation")
        _book(case, share)
        crash.point("credit.after_ledger")
        events += acceptance.open_access(case, [share])
        timeline.record(events)
        if case.manual_review:
            acceptance.open_payment_task(case, "manual_review", hours=24)
        if amount == credit_minor:
            close_credit_tasks(payment_id=payment_id)
        crash.point("credit.before_commit")
    return amount


def credit_of(*, payment: Payment) -> int:
    """Return how much of a payment stands for no installment, in minor units; refunds in flight are not credit."""
    if payment.state not in Payment.CAPTURED_STATES:
        return 0
    allocated = sum(Allocation.objects.filter(payment_id=payment.pk).values_list("amount_minor", flat=True))
    return payment.captured_minor - payment.refunded_minor - allocated


def targets_of(*, payment: Payment) -> list[Target]:
    """Return the open installments that credit of this payment may pay, earliest due first."""
    installments = (
        Installment.objects.filter(
            invoice__student_id=payment.student_id,
            invoice__cancelled_at__isnull=True,
            invoice__currency=payment.currency,
            invoice__legal_entity_id=payment.account.legal_entity_id,
            state__in=Installment.OPEN_STATES,
        )
        .select_related("invoice__enrollment__group__course")
        .order_by("due_date", "id")
    )
    lines = {
        line.installment.pk: line.remaining_minor
        for invoice_id in {installment.invoice_id for installment in installments}
        for line in settlement_rows.read_case(payment_id=payment.pk, invoice_id=invoice_id).schedule
    }
    return [
        Target(installment=installment, remaining_minor=lines[installment.pk])
        for installment in installments
        if lines[installment.pk]
    ]


def close_credit_tasks(*, payment_id: int) -> None:
    """Close the tasks that ask what to do with a payment's credit: nothing is left of it. Safe to repeat."""
    for kind in ("second_payment", "overpayment"):
        operator_tasks.close_by_facts(key=f"{kind}:{payment_id}", reason="credit used")


def _require_target(payment_id: int, installment_id: int) -> Installment:
    payment = Payment.objects.select_related("account").get(pk=payment_id)
    installment = Installment.objects.select_related("invoice").filter(pk=installment_id).first()
    if installment is None or installment.invoice.student_id != payment.student_id:
        raise CreditRefused(_("Choose an installment of the same student."), field="installment")
    invoice = installment.invoice
    if invoice.currency != payment.currency:
        raise CreditRefused(_("The credit is in another currency than the invoice."), field="installment")
    if invoice.legal_entity_id != payment.account.legal_entity_id:
        raise CreditRefused(
            _("The credit is held by another legal entity; send it back and let the student pay again."),
            field="installment",
        )
    if invoice.cancelled_at or not installment.is_open:
        raise CreditRefused(_("This installment needs no money any more."), field="installment")
    return installment


def _require_amount(
    case: settlement_rows.Case, installment_id: int, credit_minor: int, amount_minor: int | None
) -> int:
    remaining = case.schedule_line(installment_id).remaining_minor
    most = min(credit_minor, remaining)
    if most <= 0:
        raise CreditRefused(_("There is no credit left of this payment, or nothing to pay here."))
    if amount_minor is None:
        return most
    currency = case.payment.currency
    money.require_payable(amount_minor, currency)
    if amount_minor > most:
        raise CreditRefused(
            _("At most %(most)s: that is what the credit and the installment allow.")
            % {"most": money.to_major(most, currency)},
            field="amount",
        )
    return amount_minor


def _close_links(installment_id: int, actor: timeline.Actor) -> list[timeline.Event]:
    """Take back the open link of an installment that credit pays, so that nobody pays it twice."""
    line = (
        PaymentLinkLine.objects.filter(installment_id=installment_id, is_open=True)
        .select_related("link")
        .first()
    )
    if line is None:
        return []
    if line.link.payments.filter(state__in=Payment.OPEN_STATES).exists():
        raise CreditRefused(
            _(
                "The student may be paying this installment at the bank just now. Ask the bank first, or cancel the link."
            ),
            field="installment",
        )
    link = PaymentLink.objects.select_for_update(no_key=True).get(pk=line.link_id)
    kind = fsm.timeline_kind(link.cancel, link.state)
    link.cancel(reason=_("The student's credit pays this installment."))
    link.save()
    return [
        timeline.Event(
            kind=kind,
            student_id=link.student_id,
            actor=actor,
            reason=link.close_reason,
            subject_kind="billing.paymentlink",
            subject_id=link.pk,
        )
    ]


def _book(case: settlement_rows.Case, share: allocation.Share) -> None:
    payment = case.payment
    nth = Allocation.objects.filter(
        payment_id=payment.pk
    ).count()  # append-only and under the lock: never twice the same
    ledger.post(
        key=f"credit:{payment.pk}:{nth}",
        kind="credit_used",
        student_id=payment.student_id,
        lines=[
            ledger.Line(
                account=ledger.Account.STUDENT_CREDIT,
                amount_minor=share.amount_minor,
                currency=payment.currency,
                payment_id=payment.pk,
                invoice_id=case.link.invoice_id,
            ),
            ledger.Line(
                account=ledger.Account.RECEIVABLE,
                amount_minor=-share.amount_minor,
                currency=payment.currency,
                payment_id=payment.pk,
                invoice_id=case.invoice_id,
                installment_id=share.installment_id,
            ),
        ],
    )
