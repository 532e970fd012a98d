"""Orders: what a merchant registered and what became of it. Both families share the record and its states."""

import dataclasses
import sqlite3
from typing import Any

from vpos_sandbox import clock

CREATED = 0  # registered, not paid: never opened, or opened and closed, or attempts remain
APPROVED = 1  # the amount is held (two-stage)
DEPOSITED = 2  # paid
REVERSED = 3  # cancelled before the day's export
REFUNDED = 4  # at least one refund was made, partial or full
ACS_STARTED = 5  # the buyer is at the issuer's 3-D Secure page; not final
DECLINED = 6  # attempts used up, fraud, refused by 3-D Secure, or the session ended after the page was opened

STATES = {
    CREATED: "created",
    APPROVED: "approved",
    DEPOSITED: "deposited",
    REVERSED: "reversed",
    REFUNDED: "refunded",
    ACS_STARTED: "acs-started",
    DECLINED: "declined",
}
OPEN = (CREATED, ACS_STARTED)


@dataclasses.dataclass(kw_only=True)
class Order:
    """One registered order. `provider_ref` is PaymentID at Ameriabank and mdOrder at ArCa, in lower case."""

    id: int = 0
    family: str
    login: str
    account: str
    order_number: str
    provider_ref: str
    md_order: str
    shop: str
    amount_minor: int
    currency: str
    description: str
    opaque: str = ""
    return_url: str
    language: str
    client_ref: str = ""
    json_params: str = ""
    callback_url: str = ""
    two_stage: bool = False
    session_seconds: int
    registered_at_ms: int
    session_started_at_ms: int
    status: int = CREATED
    action_code: int = -100
    attempts: int = 0
    opened_at_ms: int | None = None
    paid_at_ms: int | None = None
    payer_ip: str = ""
    approval_code: str = ""
    approved_minor: int = 0
    deposited_minor: int = 0
    refunded_minor: int = 0
    reverse_tried: bool = False

    @property
    def state(self) -> str:
        return STATES[self.status]

    @property
    def session_ends_at_ms(self) -> int:
        return self.session_started_at_ms + self.session_seconds * 1000

    @property
    def attempted(self) -> bool:
        """Whether a buyer ever tried to pay: opening the page is not an attempt."""
        return self.attempts > 0 or self.status != CREATED


_NAMES = tuple(field.name for field in dataclasses.fields(Order) if field.name != "id")
_INSERT = f"INSERT INTO orders ({', '.join(_NAMES)}) VALUES ({', '.join(':' + name for name in _NAMES)})"  # noqa: S608 - names of our own dataclass
_UPDATE = f"UPDATE orders SET {', '.join(f'{name} = :{name}' for name in _NAMES)} WHERE id = :id"  # noqa: S608 - names of our own dataclass


def add(db: sqlite3.Connection, *, order: Order) -> Order:
    """Store a new order and answer it with its id. Raises sqlite3.IntegrityError for a taken number."""
    order.id = db.execute(_INSERT, dataclasses.asdict(order)).lastrowid or 0
    return order


def save(db: sqlite3.Connection, *, order: Order) -> None:
    """Store the present fields of an order; repeat-safe."""
    db.execute(_UPDATE, dataclasses.asdict(order))


def by_number(db: sqlite3.Connection, *, family: str, account: str, order_number: str) -> Order | None:
    """Find an order by the merchant's number."""
    row = db.execute(
        "SELECT * FROM orders WHERE family = ? AND account = ? AND order_number = ?",
        (family, account, order_number),
    ).fetchone()
    return _from_row(row)


def by_provider_ref(db: sqlite3.Connection, *, family: str, provider_ref: str) -> Order | None:
    """Find an order by the bank's id, upper and lower case alike."""
    row = db.execute(
        "SELECT * FROM orders WHERE family = ? AND provider_ref = ?", (family, provider_ref.lower())
    ).fetchone()
    return _from_row(row)


def by_id(db: sqlite3.Connection, *, order_id: int) -> Order | None:
    """Find an order by the sandbox's own number."""
    return _from_row(db.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone())


def by_any_ref(db: sqlite3.Connection, *, ref: str) -> Order | None:
    """Find an order by the sandbox's id or the bank's id, which cannot be confused: the latter is a UUID."""
    if ref.isascii() and ref.isdigit():
        return by_id(db, order_id=int(ref))
    return _from_row(db.execute("SELECT * FROM orders WHERE provider_ref = ?", (ref.lower(),)).fetchone())


def listed(
    db: sqlite3.Connection,
    *,
    family: str | None = None,
    login: str | None = None,
    order_number: str | None = None,
    limit: int = 200,
) -> list[Order]:
    """Answer the newest orders first; a login also matches an Ameriabank ClientID."""
    rows = db.execute(
        "SELECT * FROM orders WHERE (:family IS NULL OR family = :family) "
        "AND (:login IS NULL OR login = :login OR account = :login) "
        "AND (:order_number IS NULL OR order_number = :order_number) ORDER BY id DESC LIMIT :limit",
        {"family": family, "login": login, "order_number": order_number, "limit": limit},
    )
    return [order for row in rows if (order := _from_row(row))]


def note(db: sqlite3.Connection, *, order: Order, what: str, at_ms: int | None = None) -> None:
    """Write a line into the history of an order."""
    moment = clock.now_ms(db, login=order.login) if at_ms is None else at_ms
    db.execute("INSERT INTO history (order_id, at_ms, what) VALUES (?, ?, ?)", (order.id, moment, what))


def history(db: sqlite3.Connection, *, order: Order) -> list[dict[str, Any]]:
    """Answer what happened to an order, oldest first."""
    rows = db.execute("SELECT at_ms, what FROM history WHERE order_id = ? ORDER BY id", (order.id,))
    return [{"at": clock.to_text(row["at_ms"]), "what": row["what"]} for row in rows]


def refunds(db: sqlite3.Connection, *, order: Order) -> list[sqlite3.Row]:
    """Answer the refunds of an order, oldest first."""
    return db.execute("SELECT * FROM refunds WHERE order_id = ? ORDER BY id", (order.id,)).fetchall()


def clear(db: sqlite3.Connection, *, login: str) -> int:
    """Remove the orders of a login with all that hangs on them, and answer how many; repeat-safe."""
    return db.execute("DELETE FROM orders WHERE login = ?", (login,)).rowcount


def _from_row(row: sqlite3.Row | None) -> Order | None:
    if row is None:
        return None
    values = dict(row)
    values["two_stage"] = bool(values["two_stage"])
    values["reverse_tried"] = bool(values["reverse_tried"])
    return Order(**values)
