"""Moving money that a buyer has paid: capture, reversal, refund. The rules are the banks', the words ours."""

import sqlite3

from vpos_sandbox import clock, merchants, orders
from vpos_sandbox.callbacks import queue

MERCHANT = "merchant"  # asked through the API
CABINET = "cabinet"  # done by the bank's staff or in the merchant's portal


class RefusedError(Exception):
    """The bank refuses to move the money; `reason` is one of "state", "amount", "late", "used"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def capture(
    db: sqlite3.Connection, *, merchant: merchants.Merchant, order: orders.Order, amount_minor: int
) -> None:
    """Take held money, once, up to the hold. Raises RefusedError ("state", "amount")."""
    if order.status != orders.APPROVED:
        raise RefusedError("state")
    if not 0 < amount_minor <= order.approved_minor:
        raise RefusedError("amount")
    order.status = orders.DEPOSITED
    order.deposited_minor = amount_minor
    _store(db, merchant=merchant, order=order, what=f"captured {amount_minor}", operation="deposited")


def reverse_within_72_hours(
    db: sqlite3.Connection, *, merchant: merchants.Merchant, order: orders.Order, now_ms: int
) -> None:
    """Cancel a held or paid order within 72 hours of its registration. Raises RefusedError ("state", "late").

    Source: Ameriabank vPOS 3.1 API description, CancelPayment.
    """
    if order.status not in (orders.APPROVED, orders.DEPOSITED):
        raise RefusedError("state")
    if now_ms > order.registered_at_ms + 72 * 3600 * 1000:
        raise RefusedError("late")
    void(db, merchant=merchant, order=order, source=MERCHANT)


def reverse_before_midnight(
    db: sqlite3.Connection, *, merchant: merchants.Merchant, order: orders.Order, now_ms: int
) -> None:
    """Reverse an order until midnight in Yerevan of its payment day, once. Raises RefusedError.

    A reversal that failed cannot be repeated either ("used").
    Source: iPay Merchant API Manual 1.55.1.0 §5.6.5, §7.2.4.
    """
    paid_in_one_stage = order.status == orders.DEPOSITED and not order.two_stage
    if order.status != orders.APPROVED and not paid_in_one_stage:
        raise RefusedError("state")
    if order.reverse_tried:
        raise RefusedError("used")
    order.reverse_tried = True
    orders.save(db, order=order)
    if clock.in_yerevan(now_ms).date() != clock.in_yerevan(order.paid_at_ms or now_ms).date():
        raise RefusedError("late")
    void(db, merchant=merchant, order=order, source=MERCHANT)


def void(db: sqlite3.Connection, *, merchant: merchants.Merchant, order: orders.Order, source: str) -> None:
    """Take the whole payment back without asking about time. Raises RefusedError ("state")."""
    if order.status not in (orders.APPROVED, orders.DEPOSITED):
        raise RefusedError("state")
    order.status = orders.REVERSED
    order.deposited_minor = 0
    _store(db, merchant=merchant, order=order, what=f"reversed by {source}", operation="reversed")


def refund(
    db: sqlite3.Connection,
    *,
    merchant: merchants.Merchant,
    order: orders.Order,
    amount_minor: int,
    source: str = MERCHANT,
) -> None:
    """Give a part or all of the paid money back; each call is one more refund. Raises RefusedError ("state", "amount").

    Approved stays, deposited is what is still refundable, refunded adds up.
    """
    if order.status not in (orders.DEPOSITED, orders.REFUNDED):
        raise RefusedError("state")
    if not 0 < amount_minor <= order.deposited_minor:
        raise RefusedError("amount")
    order.status = orders.REFUNDED
    order.deposited_minor -= amount_minor
    order.refunded_minor += amount_minor
    db.execute(
        "INSERT INTO refunds (order_id, amount_minor, at_ms, source) VALUES (?, ?, ?, ?)",
        (order.id, amount_minor, clock.now_ms(db, login=order.login), source),
    )
    _store(
        db, merchant=merchant, order=order, what=f"refunded {amount_minor} by {source}", operation="refunded"
    )


def _store(
    db: sqlite3.Connection, *, merchant: merchants.Merchant, order: orders.Order, what: str, operation: str
) -> None:
    orders.save(db, order=order)
    orders.note(db, order=order, what=what)
    queue.announce(db, merchant=merchant, order=order, operation=operation, success=True)
