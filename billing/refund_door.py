"""The way from a payment to the page where its refund is asked for. That page is made above; here is only its address."""

from typing import Any

from billing.models import Payment
from common import doors

RIGHT = "refunds.request_refund"
HOLDS_MONEY = [Payment.State.VERIFIED, Payment.State.PARTLY_REFUNDED]


def address_of(*, payment_id: int | None) -> str:
    """Return where a refund of a payment is asked for, nothing where this installation has no such page."""
    return doors.address_of("refund-request", payment_id)


def offered_to(viewer: Any, *, payment: Payment) -> str:
    """Return that address if this reader may ask and the payment still holds money, nothing otherwise."""
    if payment.state not in HOLDS_MONEY or payment.refunded_minor >= payment.captured_minor:
        return ""
    return address_of(payment_id=payment.pk) if viewer.has_perm(RIGHT) else ""
