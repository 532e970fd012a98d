"""
Where the money of a refund comes from: payments newest first, and inside a payment its newest installments.

Approved refunds that are not sent yet have their money reserved on the payment (`refunded_minor`) while allocations still stand,
so they are taken out here.
"""

import dataclasses
from collections.abc import Sequence

from django.db.models import Sum

from billing import accounts
from billing.models import Allocation, Installment, Payment
from billing.providers import registry
from refunds.models import Refund

REFUNDABLE_STATES = [Payment.State.VERIFIED, Payment.State.PARTLY_REFUNDED]


class MoneyGone(AssertionError):  # noqa: N818
    """A payment stands for less than was reserved on it: somebody wrote around the verbs."""


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """How much of a refund is taken away from one installment, in minor units."""

    installment: Installment
    amount_minor: int


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """What the money of one payment stands for now: installments newest first, and credit."""

    payment: Payment
    stands: tuple[Share, ...]
    credit_minor: int
    reserved: dict[int | None, int]  # approved and not sent, by invoice; None is credit

    def available_minor(self, invoice_id: int | None) -> int:
        """Return how much may still go back of an invoice, or with None of credit."""
        if invoice_id is None:
            there = self.credit_minor
        else:
            there = sum(s.amount_minor for s in self.stands if s.installment.invoice_id == invoice_id)
        unspent = self.payment.captured_minor - self.payment.refunded_minor
        return max(0, min(there - self.reserved.get(invoice_id, 0), unspent))


@dataclasses.dataclass(frozen=True, slots=True)
class Take:
    """How much is taken from one payment, and whether its bank sends it by itself."""

    payment: Payment
    amount_minor: int
    channel: str


def standings(*, student_id: int, payment_id: int | None = None, lock: bool = False) -> list[Standing]:
    """Return the student's refundable payments, newest first, with what their money stands for. `lock` needs a transaction."""
    payments = Payment.objects.filter(student_id=student_id, state__in=REFUNDABLE_STATES)
    if payment_id is not None:
        payments = payments.filter(pk=payment_id)
    if lock:
        list(payments.order_by("pk").select_for_update(no_key=True))
    return [
        standing(payment) for payment in payments.select_related("account").order_by("-verified_at", "-id")
    ]


def standing(payment: Payment) -> Standing:
    """Return what one payment's money stands for."""
    sums = dict(
        Allocation.objects.filter(payment=payment).values_list("installment_id").annotate(Sum("amount_minor"))
    )
    installments = Installment.objects.filter(pk__in=[key for key, value in sums.items() if value > 0])
    reserved: dict[int | None, int] = {}
    for invoice_id, amount_minor in Refund.objects.filter(
        payment=payment, state=Refund.State.APPROVED
    ).values_list("request__invoice_id", "amount_minor"):
        reserved[invoice_id] = reserved.get(invoice_id, 0) + amount_minor
    gone = payment.refunded_minor - sum(reserved.values())
    return Standing(
        payment=payment,
        stands=tuple(
            Share(installment=installment, amount_minor=sums[installment.pk])
            for installment in installments.order_by("-period_from", "-number", "-id")
        ),
        credit_minor=payment.captured_minor - gone - sum(sums.values()),
        reserved=reserved,
    )


def takes(*, found: Sequence[Standing], invoice_id: int | None, amount_minor: int) -> list[Take]:
    """Return what is taken from which payment, newest first; less than asked if there is not more."""
    taken, left = [], amount_minor
    for item in found:
        part = min(left, item.available_minor(invoice_id))
        if part > 0:
            taken.append(Take(payment=item.payment, amount_minor=part, channel=channel_of(item.payment)))
            left -= part
    return taken


def shares(
    *, item: Standing, invoice_id: int | None, amount_minor: int, credit_first: bool = False
) -> tuple[list[Share], int]:
    """
    Return which installments lose how much, newest first, and how much is taken from credit.

    The invoice asked for comes first, then credit, then whatever else the payment stands for (a person may have moved its money
    since); shares and credit add up to the amount. Raises MoneyGone if the payment does not stand for that much.
    """
    wanted = [share for share in item.stands if share.installment.invoice_id == invoice_id]
    others = [share for share in item.stands if share.installment.invoice_id != invoice_id]
    is_credit_first = credit_first or invoice_id is None
    pieces: list[Share | None] = [None, *wanted, *others] if is_credit_first else [*wanted, None, *others]
    taken, left, credit_minor = [], amount_minor, 0
    for piece in pieces:
        part = min(left, piece.amount_minor if piece else max(0, item.credit_minor))
        left -= part
        if piece is None:
            credit_minor = part
        elif part:
            taken.append(Share(installment=piece.installment, amount_minor=part))
    if left:
        raise MoneyGone(f"payment {item.payment.pk} lacks {left}")
    return taken, credit_minor


def channel_of(payment: Payment) -> str:
    """Return how the money of a payment goes back: through its provider if that can, by bank transfer otherwise."""
    can = registry.refunds(accounts.config_of(payment.account)) is not None
    return Refund.Channel.PROVIDER if can else Refund.Channel.MANUAL
