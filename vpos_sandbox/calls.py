"""The log of calls: who asked what about which order, what was answered, which fault struck. Passwords are blanked."""

import json
import sqlite3
from typing import Any

from vpos_sandbox import clock

KEPT = 50_000
TRIM_EVERY = 1_000
SECRETS = ("password",)


def record(
    db: sqlite3.Connection,
    *,
    family: str,
    operation: str,
    act: str,
    login: str,
    client_id: str,
    order_id: int | None,
    order_number: str,
    fault: str,
    status: int,
    request: dict[str, Any],
    answer: str,
) -> None:
    """Write one call down; the oldest are forgotten beyond 50 000."""
    kept = {name: "***" if name.lower() in SECRETS else value for name, value in request.items()}
    new_id = db.execute(
        "INSERT INTO calls (at_ms, family, operation, act, login, client_id, order_id, order_number, fault, status, "
        "request, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            clock.now_ms(db, login=login),
            family,
            operation,
            act,
            login,
            client_id,
            order_id,
            order_number,
            fault,
            status,
            json.dumps(kept, ensure_ascii=False)[:4000],
            answer[:4000],
        ),
    ).lastrowid
    if new_id and new_id % TRIM_EVERY == 0:
        db.execute("DELETE FROM calls WHERE id <= ?", (new_id - KEPT,))


_SCOPE = (
    "WHERE (:login IS NULL OR login = :login OR client_id = :login) "
    "AND (:order_number IS NULL OR order_number = :order_number) AND (:order_id IS NULL OR order_id = :order_id) "
    "AND (:operation IS NULL OR lower(operation) = :operation OR act = :operation) "
)
_COUNTS = "SELECT operation, count(*) AS times FROM calls " + _SCOPE + "GROUP BY operation ORDER BY operation"  # noqa: S608
_NEWEST = "SELECT * FROM calls " + _SCOPE + "ORDER BY id DESC LIMIT :limit"  # noqa: S608 - _SCOPE is fixed text


def _scope(
    *, login: str | None, order_number: str | None, order_id: int | None, operation: str | None
) -> dict[str, Any]:
    return {
        "login": login,
        "order_number": order_number,
        "order_id": order_id,
        "operation": operation.removesuffix(".do").lower() if operation else None,
    }


def counts(
    db: sqlite3.Connection,
    *,
    login: str | None = None,
    order_number: str | None = None,
    order_id: int | None = None,
    operation: str | None = None,
) -> dict[str, int]:
    """Answer how often each operation was called in a scope."""
    rows = db.execute(
        _COUNTS,
        _scope(login=login, order_number=order_number, order_id=order_id, operation=operation),
    )
    return {row["operation"]: row["times"] for row in rows}


def listed(
    db: sqlite3.Connection,
    *,
    login: str | None = None,
    order_number: str | None = None,
    order_id: int | None = None,
    operation: str | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Answer the newest calls of a scope first, with requests and answers."""
    scope = _scope(login=login, order_number=order_number, order_id=order_id, operation=operation)
    rows = db.execute(_NEWEST, {**scope, "limit": limit})
    return [
        {
            "id": str(row["id"]),
            "at": clock.to_text(row["at_ms"]),
            "provider": row["family"],
            "operation": row["operation"],
            "act": row["act"],
            "login": row["login"],
            "order_id": str(row["order_id"]) if row["order_id"] else None,
            "order_number": row["order_number"],
            "fault": row["fault"] or None,
            "status": row["status"],
            "request": row["request"],
            "answer": row["answer"],
        }
        for row in rows
    ]


def clear(db: sqlite3.Connection, *, login: str) -> None:
    """Forget the calls of a login; repeat-safe."""
    db.execute("DELETE FROM calls WHERE login = ?", (login,))
