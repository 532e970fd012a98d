"""
What a refund does to allocations, invoices and books. Everything here needs the student's lock and one transaction around it.

Sent: the money no longer stands for installments (newest first) or credit, a credit note lowers what is owed unless the student
still owes it, and the sum is in flight. Back: it leaves the provider's or the school's account. Failed: the opposite of all that
(docs/ledger.md).
"""

import dataclasses
from collections.abc import Callable, Iterable

from django.db.models import Sum

from billing import ledger
from billing.models import Adjustment, Allocation, Installment
from common import crash, fsm
from refunds import sources
from refunds.models import Refund
from students import timeline

Account = ledger.Account


def book_sent(refund: Refund) -> list[timeline.Event]:
    """Take the money away from what it stood for and book it as in flight; return the events to record."""
    request = refund.request
    taken, credit_minor = sources.shares(
        item=_standing(refund),
        invoice_id=request.invoice_id if request else None,
        amount_minor=refund.amount_minor,
        credit_first=request is None,
    )
    keep_owed = request.keep_owed if request else False
    Allocation.objects.bulk_create(
        Allocation(
            payment_id=refund.payment_id,
            installment=share.installment,
            amount_minor=-share.amount_minor,
            reason=_reason(refund),
        )
        for share in taken
    )
    crash.point("refund.after_allocation")
    if not keep_owed:
        _lower(refund, taken)
    _post_sent(refund, taken, credit_minor, keep_owed=keep_owed)
    crash.point("refund.after_ledger")
    return follow(share.installment.pk for share in taken)


def book_back(refund: Refund) -> None:
    """Book that the money has left: the provider's account, or the school's for a bank transfer."""
    by_hand = refund.state == Refund.State.MANUAL
    ledger.post(
        key=f"refund-settled:{refund.pk}",
        kind="refund_settled",
        student_id=refund.student_id,
        lines=[
            _line(refund, Account.REFUNDS_IN_FLIGHT, refund.amount_minor),
            _line(refund, Account.BANK if by_hand else Account.PROVIDER_CLEARING, -refund.amount_minor),
        ],
    )


def book_failed(refund: Refund) -> list[timeline.Event]:
    """
    Book the opposite of `book_sent` and let the money stand again for what it stood for; return the events to record.

    What somebody else paid meanwhile becomes credit instead.
    """
    ledger.reverse(key=f"refund:{refund.pk}", kind="refund_failed")
    lowered = Adjustment.objects.filter(reason=_reason(refund))
    Adjustment.objects.bulk_create(
        [
            Adjustment(
                invoice_id=note.invoice_id,
                installment_id=note.installment_id,
                kind=note.kind,
                amount_minor=-note.amount_minor,
                reason=f"{_reason(refund)}:failed",
            )
            for note in lowered
        ]
    )
    taken = list(
        Allocation.objects.filter(payment_id=refund.payment_id, reason=_reason(refund)).select_related(
            "installment"
        )
    )
    for row in taken:
        owed, paid = _sums(row.installment)
        again = max(0, min(-row.amount_minor, owed - paid))
        if again:
            Allocation.objects.create(
                payment_id=refund.payment_id,
                installment=row.installment,
                amount_minor=again,
                reason=f"{_reason(refund)}:failed",
            )
        if -row.amount_minor > again:
            _post_surplus(refund, row.installment, -row.amount_minor - again)
    crash.point("refund.after_reversal")
    return follow(row.installment_id for row in taken)


def book_still_owed(refund: Refund) -> list[timeline.Event]:
    """Take the credit notes of a refund back: the student still owes what went back. Once; return the events to record."""
    notes = list(Adjustment.objects.filter(reason=_reason(refund)).select_related("installment"))
    Adjustment.objects.bulk_create(
        Adjustment(
            invoice_id=note.invoice_id,
            installment_id=note.installment_id,
            kind=note.kind,
            amount_minor=-note.amount_minor,
            reason=f"{_reason(refund)}:owed",
        )
        for note in notes
    )
    lines = []
    for note in notes:
        lines.append(_line(refund, Account.RECEIVABLE, note.amount_minor, note.installment))
        lines.append(_line(refund, Account.ADJUSTMENTS, -note.amount_minor, note.installment))
    ledger.post(
        key=f"refund-owed:{refund.pk}", kind="refund_still_owed", student_id=refund.student_id, lines=lines
    )
    return follow(note.installment_id for note in notes if note.installment_id)


def follow(installment_ids: Iterable[int]) -> list[timeline.Event]:
    """Bring installments in line with what is owed and paid of them now; return the events to record."""
    events = []
    rows = (
        Installment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("invoice")
        .filter(pk__in=list(installment_ids))
        .order_by("pk")
    )
    for installment in rows:
        owed, paid = _sums(installment)
        edge = _edge(installment, owed, paid)
        if edge is None:
            continue
        before = installment.state
        kind = fsm.timeline_kind(edge, before)
        edge()
        installment.save(update_fields=["state"])
        events.append(
            timeline.Event(
                kind=kind,
                student_id=installment.invoice.student_id,
                actor=timeline.SYSTEM,
                before={"state": before},
                after={"state": installment.state},
                data={
                    "number": installment.number,
                    "amount_minor": owed - paid,
                    "currency": installment.invoice.currency,
                },
                subject_kind="billing.installment",
                subject_id=installment.pk,
            )
        )
    return events


def _standing(refund: Refund) -> sources.Standing:
    """Return what the payment stands for before this refund: its sum is reserved already and nothing of it is taken yet."""
    item = sources.standing(refund.payment)
    return dataclasses.replace(item, credit_minor=item.credit_minor + refund.amount_minor)


def _lower(refund: Refund, taken: Iterable[sources.Share]) -> None:
    Adjustment.objects.bulk_create(
        Adjustment(
            invoice_id=share.installment.invoice_id,
            installment=share.installment,
            kind=Adjustment.Kind.CREDIT_NOTE,
            amount_minor=share.amount_minor,
            reason=_reason(refund),
            made_by_id=refund.request.decided_by_id if refund.request else None,
        )
        for share in taken
    )


def _post_sent(refund: Refund, taken: list[sources.Share], credit_minor: int, *, keep_owed: bool) -> None:
    lines = [_line(refund, Account.REFUNDS_IN_FLIGHT, -refund.amount_minor)]
    lines.append(_line(refund, Account.STUDENT_CREDIT, credit_minor))
    for share in taken:
        lines.append(_line(refund, Account.RECEIVABLE, share.amount_minor, share.installment))
        if not keep_owed:
            lines.append(_line(refund, Account.ADJUSTMENTS, share.amount_minor, share.installment))
            lines.append(_line(refund, Account.RECEIVABLE, -share.amount_minor, share.installment))
    ledger.post(key=f"refund:{refund.pk}", kind="refund_sent", student_id=refund.student_id, lines=lines)


def _post_surplus(refund: Refund, installment: Installment, amount_minor: int) -> None:
    ledger.post(
        key=f"refund-surplus:{refund.pk}:{installment.pk}",
        kind="refund_failed",
        student_id=refund.student_id,
        lines=[
            _line(refund, Account.RECEIVABLE, amount_minor, installment),
            _line(refund, Account.STUDENT_CREDIT, -amount_minor),
        ],
    )


def _line(
    refund: Refund, account: Account, amount_minor: int, installment: Installment | None = None
) -> ledger.Line:
    at_provider = account == Account.PROVIDER_CLEARING
    return ledger.Line(
        account=account,
        amount_minor=amount_minor,
        currency=refund.currency,
        payment_id=refund.payment_id,
        invoice_id=installment.invoice_id if installment else None,
        installment_id=installment.pk if installment else None,
        merchant_account_id=refund.payment.account_id if at_provider else None,
    )


def _sums(installment: Installment) -> tuple[int, int]:
    """Return what is owed of an installment after credit notes, and what is paid of it."""
    paid = installment.allocations.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    lowered = installment.adjustments.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return installment.expected_minor - lowered, paid


def _edge(installment: Installment, owed: int, paid: int) -> Callable[[], None] | None:
    """Return the transition that makes the state say what is owed and paid, None if it says so already."""
    states = Installment.State
    now = installment.state
    if now == states.MOVED:
        return None
    if owed <= 0:
        return None if now == states.CANCELLED else installment.give_back
    if paid >= owed:
        return None if now == states.PAID else installment.stand_paid
    if paid:
        return None if now in (states.PARTLY_PAID, states.OVERDUE) else installment.stand_partly
    return None if now in (states.SCHEDULED, states.DUE, states.OVERDUE) else installment.owe_again


def _reason(refund: Refund) -> str:
    return f"refund:{refund.pk}"
