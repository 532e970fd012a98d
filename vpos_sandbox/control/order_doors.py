"""Orders over the control API: look at them, pay without a browser, act as the bank's staff."""

import sqlite3
from typing import Any

import werkzeug

from vpos_sandbox import buyer, clock, merchants, money, orders, returning, storage
from vpos_sandbox.callbacks import queue
from vpos_sandbox.control import payloads

NOBODY = "127.0.0.1"


def list_orders(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """List orders, newest first, by provider, login, merchant number or state."""
    limit = request.args.get("limit", 200, type=int)
    with store.write() as db:
        found = orders.listed(
            db,
            family=request.args.get("provider"),
            login=request.args.get("login"),
            order_number=request.args.get("order_number"),
            limit=limit,
        )
        state = request.args.get("state")
        for order in found:
            _end_session(db, order)
        shown = [
            payloads.of_order(db, order, host_url=request.host_url)
            for order in found
            if state is None or order.state == state
        ]
    return payloads.respond({"orders": shown})


def get_order(store: storage.Storage, request: werkzeug.Request, *, ref: str) -> werkzeug.Response:
    """Show one order by the sandbox's id or the bank's id."""
    with store.write() as db:
        return _shown(db, find(db, ref), request)


def choose_outcome(store: storage.Storage, request: werkzeug.Request, *, ref: str) -> werkzeug.Response:
    """Do what a buyer would do on the page; answer where the browser would be sent."""
    fields = payloads.body_of(request)
    payloads.only(fields, "outcome", "return", "late", "action_code", "ip")
    outcome = fields.get("outcome")
    if outcome not in buyer.OUTCOMES:
        raise payloads.RejectedError(
            422, "bad-outcome", f"outcome must be one of {', '.join(buyer.OUTCOMES)}."
        )
    action_code = fields.get("action_code")
    if action_code is not None and type(action_code) is not int:
        raise payloads.RejectedError(422, "bad-action-code", "action_code must be a whole number.")
    with store.write() as db:
        order = find(db, ref)
        merchant = merchants.find(db, login=order.login, family=order.family)
        try:
            result = buyer.act(
                db,
                merchant=merchant,
                order=order,
                outcome=outcome,
                ip=str(fields.get("ip", NOBODY)),
                late=fields.get("late", False) is True,
                action_code=action_code,
            )
        except buyer.ImpossibleError as impossible:
            raise payloads.RejectedError(409, impossible.code, str(impossible)) from impossible
        url = None
        if result.returns and fields.get("return", True) is not False:
            url = returning.return_url(db, order=order, claims_success=result.claims_success)
        shown = payloads.of_order(db, order, host_url=request.host_url)
    return payloads.respond({"order": shown, "return_url": url})


def forge_return(store: storage.Storage, request: werkzeug.Request, *, ref: str) -> werkzeug.Response:
    """Answer a return address of an order that nothing happened to, claiming success or not."""
    fields = payloads.body_of(request)
    payloads.only(fields, "claims_success")
    with store.write() as db:
        order = find(db, ref)
        url = returning.return_url(db, order=order, claims_success=fields.get("claims_success", True) is True)
        shown = payloads.of_order(db, order, host_url=request.host_url)
    return payloads.respond({"order": shown, "return_url": url})


def correct_by_hand(store: storage.Storage, request: werkzeug.Request, *, ref: str) -> werkzeug.Response:
    """Turn a declined order into a paid one, as bank staff may do."""
    with store.write() as db:
        order = find(db, ref)
        merchant = merchants.find(db, login=order.login, family=order.family)
        try:
            buyer.correct_by_hand(db, merchant=merchant, order=order)
        except buyer.ImpossibleError as impossible:
            raise payloads.RejectedError(409, impossible.code, str(impossible)) from impossible
        return _shown(db, order, request)


def refund_in_cabinet(store: storage.Storage, request: werkzeug.Request, *, ref: str) -> werkzeug.Response:
    """Refund an order in the bank's cabinet, behind the merchant's back; without an amount all that is left."""
    fields = payloads.body_of(request)
    payloads.only(fields, "amount_minor")
    with store.write() as db:
        order = find(db, ref)
        merchant = merchants.find(db, login=order.login, family=order.family)
        amount_minor = fields.get("amount_minor", order.deposited_minor)
        if type(amount_minor) is not int:
            raise payloads.RejectedError(
                422, "bad-amount", "amount_minor must be a whole number of minor units."
            )
        try:
            money.refund(db, merchant=merchant, order=order, amount_minor=amount_minor, source=money.CABINET)
        except money.RefusedError as refused:
            raise _refused(order, refused) from refused
        return _shown(db, order, request)


def reverse_in_cabinet(store: storage.Storage, request: werkzeug.Request, *, ref: str) -> werkzeug.Response:
    """Take a whole payment back in the bank's cabinet."""
    with store.write() as db:
        order = find(db, ref)
        merchant = merchants.find(db, login=order.login, family=order.family)
        try:
            money.void(db, merchant=merchant, order=order, source=money.CABINET)
        except money.RefusedError as refused:
            raise _refused(order, refused) from refused
        return _shown(db, order, request)


def send_callback(store: storage.Storage, request: werkzeug.Request, *, ref: str) -> werkzeug.Response:
    """Send a callback of one's own making: forged, repeated, out of order, with a good, bad or no checksum."""
    fields = payloads.body_of(request)
    payloads.only(fields, "operation", "success", "checksum", "params", "seconds", "url")
    with store.write() as db:
        order = find(db, ref)
        merchant = merchants.find(db, login=order.login, family=order.family)
        url = fields.get("url") or order.callback_url or merchant.options.callback_url
        if not url:
            raise payloads.RejectedError(
                409, "no-callback-url", "This merchant has no callback address; give one as url."
            )
        later_ms = int(float(fields.get("seconds", 0)) * 1000)
        params = _callback_params(merchant, order, fields)
        queue.put(db, merchant=merchant, order=order, url=url, params=params, later_ms=later_ms)
        return _shown(db, order, request)


def _callback_params(
    merchant: merchants.Merchant, order: orders.Order, fields: dict[str, Any]
) -> dict[str, str]:
    params = {
        "mdOrder": order.provider_ref,
        "orderNumber": order.order_number,
        "operation": str(fields.get("operation", "deposited")),
        "status": "1" if fields.get("success", True) else "0",
        **{str(name): str(value) for name, value in fields.get("params", {}).items()},
    }
    wanted = fields.get("checksum", "good")
    if wanted not in ("good", "bad", "none"):
        raise payloads.RejectedError(422, "bad-checksum", "checksum must be good, bad or none.")
    if wanted == "none":
        return params
    signed = queue.signed(merchant=merchant, params=params)
    if wanted == "bad":
        signed["checksum"] = queue.spoiled(signed.get("checksum", ""))
    return signed


def find(db: sqlite3.Connection, ref: str) -> orders.Order:
    """Answer an order, its session ended if its time is over. Raises Rejected (404)."""
    order = orders.by_any_ref(db, ref=ref)
    if order is None:
        raise payloads.RejectedError(404, "unknown-order", f"There is no order {ref}.")
    _end_session(db, order)
    return order


def _end_session(db: sqlite3.Connection, order: orders.Order) -> None:
    merchant = merchants.find(db, login=order.login, family=order.family)
    buyer.end_session_if_over(db, merchant=merchant, order=order, now_ms=clock.now_ms(db, login=order.login))


def _refused(order: orders.Order, refused: money.RefusedError) -> payloads.RejectedError:
    sentence = f"The order is {order.state} with {order.deposited_minor} minor units left: {refused.reason}."
    return payloads.RejectedError(409, f"wrong-{refused.reason}", sentence)


def _shown(db: sqlite3.Connection, order: orders.Order, request: werkzeug.Request) -> werkzeug.Response:
    return payloads.respond({"order": payloads.of_order(db, order, host_url=request.host_url)})
