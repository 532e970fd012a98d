"""The money that moved at one login, as the bank's own books tell it: payments, refunds, reversals."""

import dataclasses
import datetime
import sqlite3
from collections.abc import Iterator

from vpos_sandbox import clock, merchants, orders

PAYMENT, REFUND, REVERSAL = "payment", "refund", "reversal"
SATURDAY = 5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Movement:
    """One line of the bank's books. `amount_minor` and `net_minor` are below zero where money went back."""

    at_ms: int
    kind: str
    order: orders.Order
    amount_minor: int
    fee_minor: int

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.fee_minor

    @property
    def day(self) -> datetime.date:
        """The day of the operation in Yerevan."""
        return clock.in_yerevan(self.at_ms).date()

    @property
    def settled_on(self) -> datetime.date:
        """The day on which the bank pays it out: the next working day."""
        day = self.day + datetime.timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day += datetime.timedelta(days=1)
        return day


def of_login(db: sqlite3.Connection, *, login: str) -> list[Movement]:
    """Answer all that ever moved at a login, the oldest first."""
    rows = db.execute(
        "SELECT id FROM orders WHERE login = ? AND paid_at_ms IS NOT NULL ORDER BY id", (login,)
    )
    found = [order for row in rows.fetchall() if (order := orders.by_id(db, order_id=row["id"]))]
    moved = [movement for order in found for movement in _of_order(db, order)]
    return sorted(moved, key=lambda movement: (movement.at_ms, movement.order.id, movement.kind))


def of_month(
    db: sqlite3.Connection, *, login: str, month: datetime.date, by_settlement: bool = False
) -> list[Movement]:
    """Answer what moved in a month (any day of it) by the day of the operation, or by the day it was paid out."""
    return [
        movement
        for movement in of_login(db, login=login)
        if (movement.settled_on if by_settlement else movement.day).replace(day=1) == month.replace(day=1)
    ]


def _of_order(db: sqlite3.Connection, order: orders.Order) -> Iterator[Movement]:
    captured = _moment(db, order, "captured %") if order.two_stage else order.paid_at_ms
    if captured is None:
        return  # the hold was never taken: no money moved
    merchant = merchants.find(db, login=order.login, family=order.family)
    reversed_at = _moment(db, order, "reversed by %")
    amount_minor = order.approved_minor if reversed_at else order.deposited_minor + order.refunded_minor
    yield Movement(
        at_ms=captured,
        kind=PAYMENT,
        order=order,
        amount_minor=amount_minor,
        fee_minor=fee_of(amount_minor, basis_points=merchant.options.fee_basis_points),
    )
    if reversed_at is not None:
        yield Movement(at_ms=reversed_at, kind=REVERSAL, order=order, amount_minor=-amount_minor, fee_minor=0)
    for row in orders.refunds(db, order=order):
        yield Movement(
            at_ms=row["at_ms"], kind=REFUND, order=order, amount_minor=-row["amount_minor"], fee_minor=0
        )


def fee_of(amount_minor: int, *, basis_points: int) -> int:
    """Answer the bank's fee of a payment in minor units, halves rounded up."""
    return (amount_minor * basis_points + 5000) // 10_000


def _moment(db: sqlite3.Connection, order: orders.Order, what: str) -> int | None:
    row = db.execute(
        "SELECT max(at_ms) AS at_ms FROM history WHERE order_id = ? AND what LIKE ?", (order.id, what)
    ).fetchone()
    at_ms: int | None = row["at_ms"]
    return at_ms
