"""How held money stands in the books, and whether a person has already decided about the same facts."""

import dataclasses

from django.db.models import Sum

from billing import ledger
from billing.models import HoldDecision, LedgerLine, Payment


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """What came and waits for a decision, in the currency that came."""

    amount_minor: int
    currency: str


def book_key(*, payment_id: int) -> str:
    """Return the ledger key under which a payment's money is held now: each decision ends one holding."""
    decided = HoldDecision.objects.filter(payment_id=payment_id).count()
    return f"payment-held:{payment_id}:{decided}" if decided else f"payment-held:{payment_id}"


def is_decided(*, payment: Payment, difference: str, amount_minor: int, currency: str) -> bool:
    """Return whether a person said of exactly these facts that the money is not ours."""
    last = HoldDecision.objects.filter(payment_id=payment.pk).order_by("-pk").first()
    return (
        last is not None
        and last.decision == HoldDecision.Decision.NOT_OURS
        and (last.difference, last.amount_minor, last.currency) == (difference, amount_minor, currency)
    )


def held_of(*, payment: Payment) -> Held:
    """Return what stands in suspense for a held payment."""
    sums = (
        LedgerLine.objects.filter(payment_id=payment.pk, account=ledger.Account.SUSPENSE)
        .values_list("currency")
        .annotate(total=Sum("amount_minor"))
    )
    for currency, total in sums:
        if total:
            return Held(amount_minor=-total, currency=currency)
    return Held(amount_minor=payment.captured_minor, currency=payment.currency)
