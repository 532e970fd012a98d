"""Merchants, faults, clock and calls over the control API."""

from typing import Any

import werkzeug

from vpos_sandbox import calls, clock, fault_kinds, faults, merchant_options, merchants, orders, storage
from vpos_sandbox.control import payloads


def list_merchants(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """List the configured merchants."""
    with store.write() as db:
        shown = [payloads.of_merchant(merchant) for merchant in merchants.every(db)]
    return payloads.respond({"merchants": shown})


def get_merchant(store: storage.Storage, request: werkzeug.Request, *, login: str) -> werkzeug.Response:
    """Show the settings of a login."""
    with store.write() as db:
        merchant = merchants.load(db, login=login)
    if merchant is None:
        raise payloads.RejectedError(404, "unknown-merchant", f"The login {login} has no settings.")
    return payloads.respond({"merchant": payloads.of_merchant(merchant)})


def put_merchant(store: storage.Storage, request: werkzeug.Request, *, login: str) -> werkzeug.Response:
    """Give a login its settings in place of earlier ones; what is not given takes its default."""
    return _save_merchant(store, request, login=login, keep_earlier=False)


def patch_merchant(store: storage.Storage, request: werkzeug.Request, *, login: str) -> werkzeug.Response:
    """Change some settings of a configured login."""
    return _save_merchant(store, request, login=login, keep_earlier=True)


def _save_merchant(
    store: storage.Storage, request: werkzeug.Request, *, login: str, keep_earlier: bool
) -> werkzeug.Response:
    fields = payloads.body_of(request)
    with store.write() as db:
        earlier = merchants.load(db, login=login) if keep_earlier else None
        if keep_earlier and earlier is None:
            raise payloads.RejectedError(404, "unknown-merchant", f"The login {login} has no settings.")
        try:
            merchant = merchants.read(login=login, fields=fields, earlier=earlier)
        except merchant_options.BadMerchantError as bad:
            raise payloads.RejectedError(422, "bad-merchant", str(bad)) from bad
        merchants.save(db, merchant=merchant)
    return payloads.respond({"merchant": payloads.of_merchant(merchant)})


def delete_merchant(store: storage.Storage, request: werkzeug.Request, *, login: str) -> werkzeug.Response:
    """Forget all of a login: orders, faults, calls, clock and settings."""
    return _forget(store, login=login, settings=True)


def reset_merchant(store: storage.Storage, request: werkzeug.Request, *, login: str) -> werkzeug.Response:
    """Forget orders, faults, calls and clock of a login; its settings stay."""
    return _forget(store, login=login, settings=False)


def _forget(store: storage.Storage, *, login: str, settings: bool) -> werkzeug.Response:
    with store.write() as db:
        gone = orders.clear(db, login=login)
        faults.clear(db, login=login)
        calls.clear(db, login=login)
        clock.reset(db, login=login)
        if settings:
            merchants.delete(db, login=login)
    return payloads.respond({"login": login, "orders_removed": gone})


def list_faults(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """List the switches of a scope in the order of their use, and the kinds there are."""
    with store.write() as db:
        found = faults.listed(
            db, login=request.args.get("login"), order_number=request.args.get("order_number")
        )
    kinds = [
        {"kind": kind, "stage": stage, "params": params}
        for kind, (stage, params) in fault_kinds.KINDS.items()
    ]
    return payloads.respond({"faults": [payloads.of_fault(fault) for fault in found], "kinds": kinds})


def add_fault(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Set a switch."""
    try:
        fault = faults.read(fields=payloads.body_of(request))
    except fault_kinds.BadFaultError as bad:
        raise payloads.RejectedError(422, "bad-fault", str(bad)) from bad
    with store.write() as db:
        added = faults.add(db, fault=fault)
    return payloads.respond({"fault": payloads.of_fault(added)}, status=201)


def clear_faults(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Remove the switches of a login or an order number; `all=true` removes every one."""
    login, number = request.args.get("login"), request.args.get("order_number")
    if login is None and number is None and request.args.get("all") != "true":
        raise payloads.RejectedError(422, "no-scope", "Name a login or an order_number, or say all=true.")
    with store.write() as db:
        removed = faults.clear(db, login=login, order_number=number)
    return payloads.respond({"removed": removed})


def delete_fault(store: storage.Storage, request: werkzeug.Request, *, fault_id: int) -> werkzeug.Response:
    """Remove one switch."""
    with store.write() as db:
        removed = faults.clear(db, fault_id=fault_id)
    if not removed:
        raise payloads.RejectedError(404, "unknown-fault", f"There is no fault {fault_id}.")
    return payloads.respond({"removed": removed})


def get_clock(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Show the clock of the sandbox or of a login."""
    with store.write() as db:
        return payloads.respond(_clock(db, request.args.get("login", clock.EVERYBODY)))


def set_clock(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Move the clock by seconds, set it to a moment, or reset it; of everybody or of one login."""
    fields = payloads.body_of(request)
    payloads.only(fields, "login", "move_seconds", "at", "reset")
    login = fields.get("login") or clock.EVERYBODY
    with store.write() as db:
        if fields.get("reset") is True:
            clock.reset(db, login=login)
        elif "at" in fields:
            clock.set_to(db, at_ms=_moment(fields["at"]), login=login)
        elif type(fields.get("move_seconds")) in (int, float):
            clock.move(db, by_ms=int(fields["move_seconds"] * 1000), login=login)
        else:
            raise payloads.RejectedError(422, "bad-clock", "Give move_seconds, at (ISO 8601) or reset: true.")
        return payloads.respond(_clock(db, login))


def _moment(text: Any) -> int:
    try:
        return clock.from_text(text)
    except (TypeError, ValueError) as error:
        raise payloads.RejectedError(422, "bad-clock", "at must be a moment in ISO 8601.") from error


def _clock(db: Any, login: str) -> dict[str, Any]:
    now_ms = clock.now_ms(db, login=login)
    return {
        "login": login or None,
        "now": clock.to_text(now_ms),
        "yerevan": clock.in_yerevan(now_ms).isoformat(timespec="seconds"),
        "offset_seconds": (now_ms - clock.real_ms()) / 1000,
    }


def list_calls(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Count and list the merchant's calls by login, order number, order and operation."""
    order_id = request.args.get("order", type=int)
    scope: dict[str, Any] = {
        "login": request.args.get("login"),
        "order_number": request.args.get("order_number"),
        "order_id": order_id,
        "operation": request.args.get("operation"),
    }
    with store.write() as db:
        by_operation = calls.counts(db, **scope)
        shown = calls.listed(db, **scope, limit=request.args.get("limit", 100, type=int))
    total = sum(by_operation.values())
    return payloads.respond({"total": total, "by_operation": by_operation, "calls": shown})
