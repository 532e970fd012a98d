"""The desk: what people see of the sandbox, and the same switches as the control API's."""

import json
import sqlite3
from typing import Any
from urllib import parse

import werkzeug
from werkzeug import routing
from werkzeug.utils import redirect

from vpos_sandbox import amounts, buyer, calls, clock, fault_kinds, faults, merchants, money, orders, storage
from vpos_sandbox.control import order_doors, payloads
from vpos_sandbox.pages import rendering


def rules() -> list[routing.Rule]:
    """Answer the addresses of the desk."""
    return [
        routing.Rule("/", methods=["GET"], endpoint=start_page),
        routing.Rule("/desk/clock", methods=["POST"], endpoint=move_clock),
        routing.Rule("/desk/faults", methods=["POST"], endpoint=add_fault),
        routing.Rule("/desk/faults/<int:fault_id>/removal", methods=["POST"], endpoint=remove_fault),
        routing.Rule("/desk/orders/<ref>", methods=["GET"], endpoint=order_page),
        routing.Rule("/desk/orders/<ref>", methods=["POST"], endpoint=act_on_order),
    ]


def start_page(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Show orders, faults and clock; `login` narrows orders and faults."""
    login = request.args.get("login") or None
    with store.write() as db:
        found = [order_doors.find(db, str(order.id)) for order in orders.listed(db, login=login, limit=100)]
        rows = [_row(db, order, request) for order in found]
        switches = faults.listed(db, login=login)
        now_ms = clock.now_ms(db, login=login or clock.EVERYBODY)
        known = merchants.every(db)
    return rendering.page(
        "desk.html",
        orders=rows,
        faults=[payloads.of_fault(fault) for fault in switches],
        kinds=fault_kinds.KINDS,
        merchants=known,
        login=login or "",
        now=clock.in_yerevan(now_ms).strftime("%d.%m.%Y %H:%M:%S"),
        shifted_seconds=(now_ms - clock.real_ms()) // 1000,
        said=request.args.get("said", ""),
    )


def order_page(store: storage.Storage, request: werkzeug.Request, *, ref: str) -> werkzeug.Response:
    """Show one order with its history, callbacks and calls."""
    with store.write() as db:
        order = order_doors.find(db, ref)
        return rendering.page(
            "order.html",
            order=_row(db, order, request),
            calls=calls.listed(db, order_id=order.id, limit=50),
            outcomes=buyer.OUTCOMES,
            said=request.args.get("said", ""),
        )


def _row(db: sqlite3.Connection, order: orders.Order, request: werkzeug.Request) -> dict[str, Any]:
    shown = payloads.of_order(db, order, host_url=request.host_url)
    return {
        **shown,
        "shown_amount": amounts.shown(order.amount_minor, order.currency),
        "shown_refunded": amounts.shown(order.refunded_minor, order.currency),
        "shown_deposited": amounts.shown(order.deposited_minor, order.currency),
        "registered": clock.in_yerevan(order.registered_at_ms).strftime("%d.%m.%Y %H:%M:%S"),
    }


def move_clock(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Move the clock by a number of minutes, or take the shift away."""
    login = request.form.get("login", "")
    minutes = request.form.get("minutes", 0.0, type=float)
    with store.write() as db:
        if request.form.get("reset"):
            clock.reset(db, login=login)
            return _back(login, "The clock shows real time.")
        clock.move(db, by_ms=int(minutes * 60_000), login=login)
    return _back(login, f"The clock moved by {minutes:g} minutes.")


def add_fault(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Set a switch from the form."""
    form = request.form
    try:
        fault = faults.read(
            fields={
                "kind": form.get("kind"),
                "login": form.get("login", "").strip(),
                "order_number": form.get("order_number", "").strip(),
                "operation": form.get("operation", "").strip(),
                "times": int(form["times"]) if form.get("times") else None,
                "params": json.loads(form.get("params") or "{}"),
            }
        )
    except fault_kinds.BadFaultError as bad:
        return _back(form.get("from", ""), str(bad))
    except ValueError:
        return _back(form.get("from", ""), "Times must be a whole number and parameters a JSON object.")
    with store.write() as db:
        added = faults.add(db, fault=fault)
    return _back(form.get("from", ""), f"Fault {added.id} ({added.kind}) is set.")


def remove_fault(store: storage.Storage, request: werkzeug.Request, *, fault_id: int) -> werkzeug.Response:
    """Remove a switch; one that is gone already is no error."""
    with store.write() as db:
        faults.clear(db, fault_id=fault_id)
    return _back(request.form.get("from", ""), f"Fault {fault_id} is removed.")


def act_on_order(store: storage.Storage, request: werkzeug.Request, *, ref: str) -> werkzeug.Response:
    """Act as the buyer or as the bank's staff."""
    act = request.form.get("act", "")
    try:
        with store.write() as db:
            order = order_doors.find(db, ref)
            merchant = merchants.find(db, login=order.login, family=order.family)
            said = _act(db, merchant, order, act, request)
    except buyer.ImpossibleError as impossible:
        said = str(impossible)
    except money.RefusedError as refused:
        said = f"The bank refuses: {refused.reason}."
    return redirect(f"/desk/orders/{parse.quote(ref)}?{parse.urlencode({'said': said})}", code=303)


def _act(
    db: sqlite3.Connection,
    merchant: merchants.Merchant,
    order: orders.Order,
    act: str,
    request: werkzeug.Request,
) -> str:
    if act in buyer.OUTCOMES:
        late = bool(request.form.get("late"))
        ip = request.remote_addr or ""
        buyer.act(db, merchant=merchant, order=order, outcome=act, ip=ip, late=late)
        return f"The buyer chose: {act}. No browser was sent back."
    if act == "correction":
        buyer.correct_by_hand(db, merchant=merchant, order=order)
        return "The order was corrected by hand."
    if act == "cabinet-reversal":
        money.void(db, merchant=merchant, order=order, source=money.CABINET)
        return "The payment was reversed in the cabinet."
    if act == "cabinet-refund":
        amount_minor = amounts.minor_of_major(request.form.get("amount") or order.deposited_minor / 100)
        money.refund(db, merchant=merchant, order=order, amount_minor=amount_minor or 0, source=money.CABINET)
        return "The refund was made in the cabinet."
    return "Nothing was chosen."


def _back(login: str, said: str) -> werkzeug.Response:
    query = {"said": said} | ({"login": login} if login else {})
    return redirect(f"/?{parse.urlencode(query)}", code=303)
