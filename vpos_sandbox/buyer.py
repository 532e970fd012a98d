"""What a buyer does on the bank's page, and what becomes of the order then."""

import dataclasses
import sqlite3

from vpos_sandbox import clock, fault_kinds, faults, merchants, orders
from vpos_sandbox.callbacks import queue

OUTCOMES = ("pay", "pay-and-close", "decline", "fail-3ds", "close", "wait")

NOT_ENOUGH_MONEY = 116
ISSUER_DECLINED_3DS = -2006
SESSION_OVER = -2007
STARTED = -9000
# A suspicion of fraud ends the order on any attempt (iPay Merchant API Manual 1.55.1.0 §5.4).
FRAUD = (-2000, -2001, 999, 2001, 2003)


class ImpossibleError(Exception):
    """The buyer cannot do this now; `code` is "session-over" or "not-open"."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """Where the buyer's browser goes: to the shop (`returns`), claiming success or not, or nowhere."""

    returns: bool
    claims_success: bool = False


def open_page(db: sqlite3.Connection, *, order: orders.Order, ip: str) -> None:
    """Note that the buyer sees the page; repeat-safe."""
    if order.opened_at_ms is None:
        order.opened_at_ms = clock.now_ms(db, login=order.login)
        orders.note(db, order=order, what=f"page opened from {ip}")
    order.payer_ip = ip
    orders.save(db, order=order)


def end_session_if_over(
    db: sqlite3.Connection, *, merchant: merchants.Merchant, order: orders.Order, now_ms: int
) -> None:
    """Decline an order whose page was opened and whose session is over; one never opened stays as it is.

    Repeat-safe. Source: iPay Merchant API Manual 1.55.1.0 §5.4; that Ameriabank does likewise is inferred.
    """
    if order.status not in orders.OPEN or order.opened_at_ms is None or now_ms < order.session_ends_at_ms:
        return
    order.status = orders.DECLINED
    order.action_code = SESSION_OVER
    orders.save(db, order=order)
    orders.note(db, order=order, what="session over, declined", at_ms=now_ms)
    queue.announce(db, merchant=merchant, order=order, operation="declinedByTimeout", success=False)


def act(
    db: sqlite3.Connection,
    *,
    merchant: merchants.Merchant,
    order: orders.Order,
    outcome: str,
    ip: str,
    late: bool = False,
    action_code: int | None = None,
) -> Result:
    """Do what the buyer chose, unless a fault of the buyer's stage takes its place. Raises ImpossibleError.

    `late` lets a payment through after the session, `action_code` replaces the usual code of a decline.
    """
    fault = faults.take(
        db,
        stage=fault_kinds.BUYER,
        logins=(order.login, order.account),
        order_number=order.order_number,
        operations=("buyer", outcome),
    )
    kind = fault.kind if fault else "none"
    open_page(db, order=order, ip=ip)
    if kind in ("forged-return", "return-without-payment"):
        orders.note(db, order=order, what=f"{kind}: the bank did nothing")
        return Result(returns=True, claims_success=kind == "forged-return")
    now_ms = clock.now_ms(db, login=order.login)
    _check_open(order, now_ms=now_ms, late=late or kind == "late-payment")
    result = _carry_out(db, merchant=merchant, order=order, outcome=outcome, action_code=action_code)
    orders.save(db, order=order)
    return dataclasses.replace(result, returns=False) if kind == "no-return" else result


def _check_open(order: orders.Order, *, now_ms: int, late: bool) -> None:
    over = order.action_code == SESSION_OVER or (
        order.status in orders.OPEN and now_ms >= order.session_ends_at_ms
    )
    if over and not late:
        raise ImpossibleError("session-over", "The time for paying this order is over.")
    if not over and order.status not in orders.OPEN:
        raise ImpossibleError("not-open", f"This order is {order.state}; nothing can be paid on it.")


def _carry_out(
    db: sqlite3.Connection,
    *,
    merchant: merchants.Merchant,
    order: orders.Order,
    outcome: str,
    action_code: int | None,
) -> Result:
    if outcome == "close":
        orders.note(db, order=order, what="page closed without paying")
        return Result(returns=False)
    if outcome == "wait":
        order.status = orders.ACS_STARTED
        order.action_code = STARTED
        orders.note(db, order=order, what="3-D Secure started")
        return Result(returns=False)
    order.attempts += 1
    if outcome in ("pay", "pay-and-close"):
        credit(db, merchant=merchant, order=order)
        return Result(returns=outcome == "pay", claims_success=True)
    if outcome == "fail-3ds":
        return _decline(db, merchant, order, action_code or ISSUER_DECLINED_3DS, final=True)
    code = action_code or NOT_ENOUGH_MONEY
    final = order.attempts >= merchant.options.attempts or code in FRAUD
    return _decline(db, merchant, order, code, final=final)


def credit(db: sqlite3.Connection, *, merchant: merchants.Merchant, order: orders.Order) -> None:
    """Take the buyer's money: held for a two-stage order, deposited for another. The caller checked the state."""
    order.paid_at_ms = clock.now_ms(db, login=order.login)
    order.action_code = 0
    order.approved_minor = order.amount_minor
    order.approval_code = f"{(order.id * 7919 + 123456) % 1_000_000:06d}"
    if order.two_stage:
        order.status = orders.APPROVED
    else:
        order.status = orders.DEPOSITED
        order.deposited_minor = order.amount_minor
    orders.save(db, order=order)
    orders.note(db, order=order, what="held" if order.two_stage else "paid")
    operation = "approved" if order.two_stage else "deposited"
    queue.announce(db, merchant=merchant, order=order, operation=operation, success=True)


def correct_by_hand(db: sqlite3.Connection, *, merchant: merchants.Merchant, order: orders.Order) -> None:
    """Turn a declined order into a paid one, as bank staff may do hours later. Raises ImpossibleError.

    Source: iPay Merchant API Manual 1.55.1.0 §5.1.2.
    """
    if order.status != orders.DECLINED:
        raise ImpossibleError(
            "not-declined", f"This order is {order.state}; only a declined one is corrected by hand."
        )
    orders.note(db, order=order, what="corrected by hand")
    credit(db, merchant=merchant, order=order)


def _decline(
    db: sqlite3.Connection, merchant: merchants.Merchant, order: orders.Order, code: int, *, final: bool
) -> Result:
    # While attempts remain the order is open and the buyer stays on the page.
    order.action_code = code
    order.status = orders.DECLINED if final else orders.CREATED
    orders.note(db, order=order, what=f"attempt {order.attempts} failed with {code}")
    operation = "approved" if order.two_stage else "deposited"
    # A failed payment calls back too, with status 0.
    queue.announce(db, merchant=merchant, order=order, operation=operation, success=False)
    return Result(returns=final)
