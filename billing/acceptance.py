"""
What money does once it is verified: it pays its link, stands for installments or credit, is booked, and opens access.

`settle_payment` calls this for money that agrees with what was fixed; a person's decision about held money and about credit ends
here too. Everything needs the student's lock and one transaction around it.
"""

import datetime as dt
import functools
from collections.abc import Sequence

from django.utils.translation import gettext as _

from access import grants
from billing import allocation, entitlement, holds, ledger, settlement_rows
from billing.models import Installment, Payment, PaymentLink
from common import clock, crash, fsm
from students import operator_tasks, timeline


def accept(
    case: settlement_rows.Case,
    *,
    captured_minor: int,
    provider_ref: str,
    asked: Sequence[allocation.Share],
    raw_code: str = "",
    actor: timeline.Actor | None = None,
    occurred_at: dt.datetime | None = None,
) -> None:
    """Verify the payment with what came, let it stand for what is asked of it, keep the rest as credit, and open access."""
    payment = case.payment
    verified_kind = fsm.timeline_kind(payment.verify, payment.state)
    before = payment.state
    payment.verify(captured_minor=captured_minor, provider_ref=provider_ref)
    events = [
        payment_event(
            case,
            verified_kind,
            before=before,
            actor=actor,
            raw_code=raw_code,
            amount_minor=payment.captured_minor,
        )
    ]
    shares, credit_minor = allocation.allocate(
        amount_minor=payment.captured_minor, asked=asked, schedule=case.schedule
    )
    closed_before = case.link.state
    events += _pay_link(case) if asked else []
    crash.point("settle.after_link")
    settlement_rows.write_payment(payment, before=before)
    crash.point("settle.after_payment")
    events += allocate(case, shares, reason="settled")
    crash.point("settle.after_allocation")
    _book(case, shares, credit_minor, occurred_at, was_held=before == Payment.State.HELD)
    crash.point("settle.after_ledger")
    events += open_access(case, shares)
    crash.point("settle.after_access")
    if credit_minor:
        events.append(payment_event(case, "credit_kept", actor=actor, amount_minor=credit_minor))
    timeline.record(events)
    crash.point("settle.after_timeline")
    if before == Payment.State.HELD:
        operator_tasks.close_by_facts(key=f"payment_held:{payment.pk}", reason="verified")
    _open_tasks(case, shares, credit_minor, closed_before)


def allocate(
    case: settlement_rows.Case, shares: Sequence[allocation.Share], *, reason: str
) -> list[timeline.Event]:
    """Let the payment's money stand for installments of the case's schedule; return the events to record."""
    if not shares:
        return []
    settlement_rows.write_allocations(case.payment, shares, reason=reason)
    moves: list[tuple[Installment, str]] = []
    events: list[timeline.Event] = []
    for share in shares:
        line = case.schedule_line(share.installment_id)
        line.paid_minor += share.amount_minor
        installment = line.installment
        edge = installment.pay_partly if line.remaining_minor else installment.pay
        before = installment.state
        kind = fsm.timeline_kind(edge, before)
        edge()
        moves.append((installment, before))
        events.append(
            timeline.Event(
                kind=kind,
                student_id=case.payment.student_id,
                actor=timeline.SYSTEM,
                before={"state": before},
                after={"state": installment.state},
                data={
                    "amount_minor": share.amount_minor,
                    "currency": case.payment.currency,
                    "number": installment.number,
                    "payment": case.payment.pk,
                },
                subject_kind="billing.installment",
                subject_id=installment.pk,
            )
        )
    settlement_rows.write_installments(moves)
    return events


def open_access(case: settlement_rows.Case, shares: Sequence[allocation.Share]) -> list[timeline.Event]:
    """Give the grounds that the shares deserve, unless the plan wants a person first; return the events to record."""
    if case.manual_review or not shares:
        return []  # a person confirms first (the task below), or the money stands for nothing yet
    return give_access(case, {share.installment_id for share in shares}, actor=timeline.SYSTEM)


def give_access(
    case: settlement_rows.Case, touched: set[int], *, actor: timeline.Actor, reason: str = ""
) -> list[timeline.Event]:
    """Give the grounds that the touched installments deserve; return the events to record. Safe to repeat."""
    return grants.give_grounds(
        student_id=case.payment.student_id,
        course_id=case.course_id,
        enrollment_id=case.enrollment_id,
        grounds=entitlement.grounds_of(
            rule=case.rule,
            schedule=case.schedule,
            touched=entitlement.parts_to_open(rule=case.rule, schedule=case.schedule, touched=touched),
            paid_at=case.payment.verified_at or clock.now(),
            pauses=case.pauses,
        ),
        actor=actor,
        reason=reason,
    )


def open_payment_task(case: settlement_rows.Case, kind: str, *, hours: int, **data: object) -> None:
    """Ask a person about a payment; one unresolved task for each kind and payment."""
    operator_tasks.open_task(
        kind=kind,
        key=f"{kind}:{case.payment.pk}",
        student_id=case.payment.student_id,
        due_in_hours=hours,
        subject_kind="billing.payment",
        subject_id=case.payment.pk,
        data={"order_number": case.payment.order_number, **data},
    )


def payment_event(
    case: settlement_rows.Case,
    kind: str,
    *,
    before: str = "",
    actor: timeline.Actor | None = None,
    reason: str = "",
    **data: object,
) -> timeline.Event:
    """Return an event about the payment; without an actor its provider speaks."""
    payment = case.payment
    return timeline.Event(
        kind=kind,
        student_id=payment.student_id,
        actor=actor or timeline.Actor.provider(case.account_code),
        reason=reason,
        before={"state": before} if before else None,
        after={"state": payment.state} if before else None,
        data={"order_number": payment.order_number, "currency": payment.currency, **data},
        subject_kind="billing.payment",
        subject_id=payment.pk,
    )


def _pay_link(case: settlement_rows.Case) -> list[timeline.Event]:
    link, before = case.link, case.link.state
    if before == PaymentLink.State.PAID:
        return []  # a second payment of a paid link: its money became credit
    if case.payment.captured_minor >= link.amount_minor:
        kind = fsm.timeline_kind(link.pay, before)
        link.pay()
    elif before == PaymentLink.State.ACTIVE:
        # Less was accepted than the link asks. It cannot be paid again in full; the rest gets a link of its own.
        kind = fsm.timeline_kind(link.cancel, before)
        link.cancel(reason=_("Only a part was paid; the rest needs a link of its own."))
    else:
        return []
    settlement_rows.write_link(link, before=before)
    return [
        timeline.Event(
            kind=kind,
            student_id=link.student_id,
            actor=timeline.SYSTEM,
            before={"state": before},
            after={"state": link.state},
            data={"late": before != PaymentLink.State.ACTIVE},
            subject_kind="billing.paymentlink",
            subject_id=link.pk,
        )
    ]


def _book(
    case: settlement_rows.Case,
    shares: Sequence[allocation.Share],
    credit_minor: int,
    occurred_at: dt.datetime | None,
    *,
    was_held: bool,
) -> None:
    payment = case.payment
    if was_held:
        ledger.reverse(key=holds.book_key(payment_id=payment.pk), kind="payment_released")
    line = functools.partial(
        ledger.Line, currency=payment.currency, payment_id=payment.pk, invoice_id=case.link.invoice_id
    )
    account = ledger.Account
    came = line(
        account=account.PROVIDER_CLEARING,
        amount_minor=payment.captured_minor,
        merchant_account_id=payment.account_id,
    )
    stands_for = [
        line(
            account=account.RECEIVABLE, amount_minor=-share.amount_minor, installment_id=share.installment_id
        )
        for share in shares
    ]
    is_credit = line(account=account.STUDENT_CREDIT, amount_minor=-credit_minor)
    ledger.post(
        key=f"payment:{payment.pk}",
        kind="payment_verified",
        student_id=payment.student_id,
        occurred_at=occurred_at,
        lines=[came, *stands_for, is_credit],
    )


def _open_tasks(
    case: settlement_rows.Case,
    shares: Sequence[allocation.Share],
    credit_minor: int,
    link_was: str,
) -> None:
    payment = case.payment
    money = {"currency": payment.currency}
    if case.manual_review and shares:
        open_payment_task(case, "manual_review", hours=24)
    if credit_minor:
        kind = "second_payment" if credit_minor == payment.captured_minor else "overpayment"
        open_payment_task(case, kind, hours=72, amount_minor=credit_minor, **money)
    elif link_was not in (PaymentLink.State.ACTIVE, PaymentLink.State.PAID):
        open_payment_task(
            case,
            "paid_closed_link",
            hours=72,
            amount_minor=payment.captured_minor,
            link_state=link_was,
            **money,
        )
