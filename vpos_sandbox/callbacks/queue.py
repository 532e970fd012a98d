"""Callbacks wait as rows: a restart loses none, and faults are decided when the row is written."""

import datetime
import json
import sqlite3
from typing import Any

from vpos_sandbox import clock, fault_kinds, faults, merchants, orders
from vpos_sandbox.callbacks import checksum

WAITING = "waiting"  # due at its time
SENDING = "sending"  # a thread has it
DELIVERED = "delivered"  # the merchant answered 200
FAILED = "failed"  # three failures in a row
LOST = "lost"  # a fault swallowed it
HELD = "held"  # goes out after the next one of its order

RETRY_MS = 30_000
TRIES = 3


def announce(
    db: sqlite3.Connection,
    *,
    merchant: merchants.Merchant,
    order: orders.Order,
    operation: str,
    success: bool,
) -> None:
    """Queue the callback of an event, if this merchant gets callbacks. A second call queues a second one."""
    url = order.callback_url or merchant.options.callback_url
    if not merchant.sends_callbacks or not url:
        return
    fault = faults.take(
        db,
        stage=fault_kinds.CALLBACK,
        logins=(order.login, order.account),
        order_number=order.order_number,
        operations=("callback", operation),
    )
    kind = fault.kind if fault else "none"
    params = _params(db, merchant=merchant, order=order, operation=operation, success=success)
    if kind == "bad-checksum":
        params["checksum"] = spoiled(params.get("checksum", ""))
    state, later_ms = WAITING, 0
    if kind == "lost-callback":
        state = LOST
    elif fault and kind == "held-callback":
        seconds = fault.params["seconds"]
        state, later_ms = (HELD, 0) if seconds is None else (WAITING, int(seconds * 1000))
    copies = int(fault.params["copies"]) if fault and kind == "duplicate-callback" else 1
    for _ in range(copies):
        put(db, merchant=merchant, order=order, url=url, params=params, state=state, later_ms=later_ms)


def put(
    db: sqlite3.Connection,
    *,
    merchant: merchants.Merchant,
    order: orders.Order,
    url: str,
    params: dict[str, str],
    state: str = WAITING,
    later_ms: int = 0,
) -> int:
    """Queue one callback with exactly these parameters and answer its number."""
    row = db.execute(
        "INSERT INTO callbacks (order_id, login, operation, url, method, params, state, due_at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            order.id,
            order.login,
            params.get("operation", ""),
            url,
            merchant.options.callback_method,
            json.dumps(params),
            state,
            clock.now_ms(db, login=order.login) + later_ms,
        ),
    )
    return row.lastrowid or 0


def signed(*, merchant: merchants.Merchant, params: dict[str, str]) -> dict[str, str]:
    """Answer the parameters with their checksum, if the merchant has a callback key."""
    if not merchant.options.callback_key:
        return params
    return params | {"checksum": checksum.sign(params=params, key=merchant.options.callback_key)}


def spoiled(good: str) -> str:
    """Answer a checksum of the right shape that is wrong."""
    return ("0" if good[:1] != "0" else "1") + (good or "0" * 64)[1:]


def _params(
    db: sqlite3.Connection,
    *,
    merchant: merchants.Merchant,
    order: orders.Order,
    operation: str,
    success: bool,
) -> dict[str, str]:
    params = {
        "mdOrder": order.provider_ref,
        "orderNumber": order.order_number,
        "operation": operation,
        "status": "1" if success else "0",
    }
    extra = merchant.options.callback_extra
    if "amount" in extra:
        params["amount"] = str(order.amount_minor)
    if "callbackCreationDate" in extra:
        params["callbackCreationDate"] = _creation_date(clock.now_ms(db, login=order.login))
    params = signed(merchant=merchant, params=params)
    if "sign_alias" in extra:
        params["sign_alias"] = "SHA-256 with HMAC"
    return params


def _creation_date(at_ms: int) -> str:
    moment: datetime.datetime = clock.in_yerevan(at_ms)
    return moment.strftime("%a %b %d %H:%M:%S AMT %Y")


def claim(db: sqlite3.Connection) -> sqlite3.Row | None:
    """Take the next due callback for sending; one at a time for an order, so that their order is ours to break."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM callbacks AS c WHERE state = 'waiting' AND due_at_ms <= :real + "
        "(SELECT total(offset_ms) FROM clock WHERE login IN ('', c.login)) "
        "AND NOT EXISTS (SELECT 1 FROM callbacks AS b WHERE b.order_id = c.order_id AND b.state = 'sending') "
        "ORDER BY due_at_ms, id LIMIT 1",
        {"real": clock.real_ms()},
    ).fetchone()
    if row is not None:
        db.execute("UPDATE callbacks SET state = 'sending' WHERE id = ?", (row["id"],))
    return row


def settle(db: sqlite3.Connection, *, callback: sqlite3.Row, status: int | None, answer: str) -> None:
    """Note how a try ended: 200 is delivered; anything else is tried again in 30 seconds, three times in all."""
    tries = callback["tries"] + 1
    now_ms = clock.now_ms(db, login=callback["login"])
    if_not = FAILED if tries >= TRIES else WAITING
    state = DELIVERED if status == 200 else if_not
    db.execute(
        "UPDATE callbacks SET state = ?, tries = ?, due_at_ms = ?, last_answer = ? WHERE id = ?",
        (state, tries, now_ms + RETRY_MS, answer, callback["id"]),
    )
    # A held callback goes out after one that was made later: that is the reordering.
    db.execute(
        "UPDATE callbacks SET state = 'waiting', due_at_ms = ? WHERE order_id = ? AND state = 'held' AND id < ?",
        (now_ms, callback["order_id"], callback["id"]),
    )


def of_order(db: sqlite3.Connection, *, order: orders.Order) -> list[dict[str, Any]]:
    """Answer the callbacks of an order, oldest first, as the control API shows them."""
    rows = db.execute("SELECT * FROM callbacks WHERE order_id = ? ORDER BY id", (order.id,))
    return [
        {
            "id": str(row["id"]),
            "operation": row["operation"],
            "url": row["url"],
            "params": json.loads(row["params"]),
            "state": row["state"],
            "tries": row["tries"],
            "due_at": clock.to_text(row["due_at_ms"]),
            "last_answer": row["last_answer"],
        }
        for row in rows
    ]
