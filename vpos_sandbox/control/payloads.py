"""How the control API shows things, and how it says no."""

import dataclasses
import json
import sqlite3
from typing import Any

import werkzeug

from vpos_sandbox import amounts, clock, faults, merchants, orders
from vpos_sandbox.arca import registration
from vpos_sandbox.callbacks import queue


class RejectedError(Exception):
    """The request cannot be served; carries the HTTP status, a code and a sentence."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code


def respond(body: Any, *, status: int = 200) -> werkzeug.Response:
    """Answer JSON."""
    text = json.dumps(body, ensure_ascii=False)
    return werkzeug.Response(text, status=status, content_type="application/json; charset=utf-8")


def of_rejection(rejected: RejectedError) -> werkzeug.Response:
    """Answer an error: `error` is a code, `message` a sentence."""
    return respond({"error": rejected.code, "message": str(rejected)}, status=rejected.status)


def body_of(request: werkzeug.Request) -> dict[str, Any]:
    """Answer the JSON object of a request, {} for an empty body. Raises RejectedError."""
    data = request.get_data()
    if not data:
        return {}
    try:
        body = json.loads(data)
    except ValueError as error:
        raise RejectedError(400, "bad-json", "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise RejectedError(400, "bad-json", "The body must be a JSON object.")
    return body


def only(fields: dict[str, Any], *names: str) -> None:
    """Refuse fields that nobody understands. Raises RejectedError."""
    if unknown := set(fields) - set(names):
        raise RejectedError(422, "unknown-field", f"Unknown fields: {', '.join(sorted(unknown))}.")


def of_order(db: sqlite3.Connection, order: orders.Order, *, host_url: str) -> dict[str, Any]:
    """Answer an order with all its state."""
    merchant = merchants.find(db, login=order.login, family=order.family)
    now_ms = clock.now_ms(db, login=order.login)
    return {
        "id": str(order.id),
        "provider": order.family,
        "profile": merchant.profile,
        "login": order.login,
        "client_id": order.account if order.family == "ameria" else None,
        "order_number": order.order_number,
        "provider_ref": written_ref(order),
        "state": order.state,
        "status": order.status,
        "action_code": order.action_code,
        "amount_minor": order.amount_minor,
        "amount": f"{order.amount_minor // 100}.{order.amount_minor % 100:02d}",
        "currency": order.currency,
        "currency_code": amounts.CURRENCIES.get(order.currency, order.currency),
        "approved_minor": order.approved_minor,
        "deposited_minor": order.deposited_minor,
        "refunded_minor": order.refunded_minor,
        "two_stage": order.two_stage,
        "attempts": order.attempts,
        "description": order.description,
        "opaque": order.opaque,
        "return_url": order.return_url,
        "pay_url": pay_url(order, host_url=host_url),
        "registered_at": clock.to_text(order.registered_at_ms),
        "opened_at": clock.to_text(order.opened_at_ms),
        "paid_at": clock.to_text(order.paid_at_ms),
        "session_ends_at": clock.to_text(order.session_ends_at_ms),
        "session_over": now_ms >= order.session_ends_at_ms,
        "refunds": [
            {"amount_minor": row["amount_minor"], "at": clock.to_text(row["at_ms"]), "source": row["source"]}
            for row in orders.refunds(db, order=order)
        ],
        "callbacks": queue.of_order(db, order=order),
        "history": orders.history(db, order=order),
    }


def written_ref(order: orders.Order) -> str:
    """Answer the bank's id as the bank writes it at registration."""
    return order.provider_ref.upper() if order.family == "ameria" else order.provider_ref


def pay_url(order: orders.Order, *, host_url: str) -> str:
    """Answer the address of the buyer's page."""
    if order.family == "ameria":
        return f"{host_url.rstrip('/')}/VPOS/Payments/Pay?id={written_ref(order)}&lang={order.language}"
    return registration.form_url(order, host_url=host_url)


def of_merchant(merchant: merchants.Merchant) -> dict[str, Any]:
    """Answer a merchant's settings; test passwords are shown."""
    return {
        "login": merchant.login,
        "client_id": merchant.client_id,
        "password": merchant.password,
        "profile": merchant.profile,
        "options": dataclasses.asdict(merchant.options),
    }


def of_fault(fault: faults.Fault) -> dict[str, Any]:
    """Answer a switch."""
    return {
        "id": str(fault.id),
        "login": fault.login,
        "order_number": fault.order_number,
        "operation": fault.operation,
        "kind": fault.kind,
        "params": fault.params,
        "times": fault.times,
        "used": fault.used,
        "left": None if fault.times is None else fault.times - fault.used,
        "position": fault.position,
    }
