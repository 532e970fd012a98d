"""How a transfer is booked: the credit note by itself, and what is carried from one invoice to the other (docs/ledger.md)."""

import functools
from collections.abc import Mapping, Sequence

from billing import allocation, ledger
from billing.models import Invoice, Payment
from billing.transfer_plan import OldPart, Plan
from courses.models import Transfer

Account = ledger.Account


def post_lowered(*, plan: Plan, transfer: Transfer) -> None:
    """Book the credit notes: what is owed no more for the old invoice. Once for a transfer."""
    line = functools.partial(ledger.Line, currency=plan.currency, invoice_id=plan.invoice.pk)
    lines = []
    for part in plan.old:
        of_part = functools.partial(line, installment_id=part.installment.pk)
        lines.append(of_part(account=Account.ADJUSTMENTS, amount_minor=part.share.lowered_minor))
        lines.append(of_part(account=Account.RECEIVABLE, amount_minor=-part.share.lowered_minor))
    ledger.post(
        key=f"transfer-lowered:{transfer.pk}",
        kind="transfer_lowered",
        student_id=plan.invoice.student_id,
        lines=lines,
    )


def taken_lines(*, plan: Plan, taken: Mapping[Payment, Sequence[tuple[OldPart, int]]]) -> list[ledger.Line]:
    """Return the lines of what was taken away from the old installments."""
    return [
        ledger.Line(
            account=Account.RECEIVABLE,
            amount_minor=amount,
            currency=plan.currency,
            invoice_id=plan.invoice.pk,
            installment_id=part.installment.pk,
            payment_id=payment.pk,
        )
        for payment, rows in taken.items()
        for part, amount in rows
    ]


def new_lines(
    *, payment: Payment, invoice: Invoice, shares: Sequence[allocation.Share], credit_minor: int
) -> list[ledger.Line]:
    """Return the lines of what a payment stands for at the new invoice, and of its credit."""
    line = functools.partial(
        ledger.Line, currency=invoice.currency, invoice_id=invoice.pk, payment_id=payment.pk
    )
    return [
        *(
            line(
                account=Account.RECEIVABLE,
                amount_minor=-share.amount_minor,
                installment_id=share.installment_id,
            )
            for share in shares
        ),
        line(account=Account.STUDENT_CREDIT, amount_minor=-credit_minor),
    ]


def post_moved(*, plan: Plan, transfer: Transfer, lines: Sequence[ledger.Line]) -> None:
    """Book what was carried: the lines of both sides in one transaction. Once for a transfer."""
    ledger.post(
        key=f"transfer:{transfer.pk}",
        kind="transferred",
        student_id=plan.invoice.student_id,
        lines=lines,
    )
