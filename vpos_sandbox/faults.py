"""Fault switches: what goes wrong, for whom, at which operation, how many times, in which order.

A fault matches when each scope it names (login, order number, operation) is the one at hand. Faults of one
stage are used in the order of their positions; one that is used up lets the next one through.
"""

import dataclasses
import json
import sqlite3
from typing import Any

from vpos_sandbox import fault_kinds


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """One switch. `times` None never runs out."""

    id: int = 0
    login: str | None = None
    order_number: str | None = None
    operation: str | None = None
    kind: str
    params: dict[str, Any]
    times: int | None = 1
    used: int = 0
    position: int = 0

    @property
    def stage(self) -> str:
        return fault_kinds.KINDS[self.kind][0]

    @property
    def before(self) -> bool:
        """Whether the bank does nothing of what was asked."""
        if self.kind in ("fault500", "http-status"):
            return not self.params["done"]
        return self.kind in ("refuse", "wrong-password", "timeout-before", "drop-before")


def read(*, fields: dict[str, Any]) -> Fault:
    """Turn JSON fields into a fault. Raises BadFaultError."""
    known = {"login", "order_number", "operation", "kind", "params", "times", "position"}
    if unknown := set(fields) - known:
        raise fault_kinds.BadFaultError(f"Unknown fields: {', '.join(sorted(unknown))}.")
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in fault_kinds.KINDS:
        raise fault_kinds.BadFaultError(f"kind must be one of {', '.join(fault_kinds.KINDS)}.")
    times = fields.get("times", 1)
    if times is not None and (type(times) is not int or times < 1):
        raise fault_kinds.BadFaultError("times must be a whole number from 1, or null for ever.")
    position = fields.get("position", 0)
    if type(position) is not int:
        raise fault_kinds.BadFaultError("position must be a whole number.")
    operation = _read_scope("operation", fields.get("operation"))
    if kind in fault_kinds.OF_LOOKUPS and operation is None:
        operation = "lookup"
    return Fault(
        login=_read_scope("login", fields.get("login")),
        order_number=_read_scope("order_number", fields.get("order_number")),
        operation=operation,
        kind=kind,
        params=fault_kinds.read_params(kind=kind, given=fields.get("params", {})),
        times=times,
        position=position,
    )


def _read_scope(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if type(value) is int:
        return str(value)
    if not isinstance(value, str):
        raise fault_kinds.BadFaultError(f"{name} must be a string or null.")
    return value.removesuffix(".do").lower() if name == "operation" else value


def add(db: sqlite3.Connection, *, fault: Fault) -> Fault:
    """Set a switch; without a position it is used after those already set."""
    position = fault.position
    if not position:
        position = db.execute("SELECT coalesce(max(position), 0) + 1 FROM faults").fetchone()[0]
    new_id = db.execute(
        "INSERT INTO faults (login, order_number, operation, kind, stage, params, times, position) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            fault.login,
            fault.order_number,
            fault.operation,
            fault.kind,
            fault.stage,
            json.dumps(fault.params),
            fault.times,
            position,
        ),
    ).lastrowid
    return dataclasses.replace(fault, id=new_id or 0, position=position)


def take(
    db: sqlite3.Connection,
    *,
    stage: str,
    logins: tuple[str, ...],
    order_number: str,
    operations: tuple[str, ...],
) -> Fault | None:
    """Use the next matching fault once, and answer it; None if nothing shall go wrong.

    `logins` are the names of the merchant (login, ClientID), `operations` those of the operation (its name and its
    act, such as "lookup").
    """
    named = {operation.lower() for operation in operations}
    rows = db.execute(
        "SELECT * FROM faults WHERE stage = ? AND (times IS NULL OR used < times) "
        "AND (order_number IS NULL OR order_number = ?) ORDER BY position, id",
        (stage, order_number),
    )
    for row in rows.fetchall():
        scoped_to_other = row["login"] is not None and row["login"] not in logins
        if scoped_to_other or (row["operation"] is not None and row["operation"] not in named):
            continue
        db.execute("UPDATE faults SET used = used + 1 WHERE id = ?", (row["id"],))
        return _from_row(row)
    return None


def listed(
    db: sqlite3.Connection, *, login: str | None = None, order_number: str | None = None
) -> list[Fault]:
    """Answer the switches of a scope in the order of their use, the used-up ones too."""
    rows = db.execute(
        "SELECT * FROM faults WHERE (:login IS NULL OR login = :login) "
        "AND (:order_number IS NULL OR order_number = :order_number) ORDER BY position, id",
        {"login": login, "order_number": order_number},
    )
    return [_from_row(row) for row in rows]


def clear(
    db: sqlite3.Connection,
    *,
    login: str | None = None,
    order_number: str | None = None,
    fault_id: int | None = None,
) -> int:
    """Remove the switches of a scope and answer how many there were; no scope is everything. Repeat-safe."""
    return db.execute(
        "DELETE FROM faults WHERE (:login IS NULL OR login = :login) "
        "AND (:order_number IS NULL OR order_number = :order_number) AND (:id IS NULL OR id = :id)",
        {"login": login, "order_number": order_number, "id": fault_id},
    ).rowcount


def _from_row(row: sqlite3.Row) -> Fault:
    return Fault(
        id=row["id"],
        login=row["login"],
        order_number=row["order_number"],
        operation=row["operation"],
        kind=row["kind"],
        params=json.loads(row["params"]),
        times=row["times"],
        used=row["used"],
        position=row["position"],
    )
