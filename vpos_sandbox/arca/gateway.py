"""The ArCa family's side of the shared door: iPay, EPG and Inecobank are profiles of the merchant."""

import sqlite3
from typing import Any

import werkzeug

from vpos_sandbox import bank, clock, faults, merchants, orders, visits
from vpos_sandbox.arca import codes, operations, registration, status

OPERATIONS = {
    "register": visits.CREATE,
    "registerPreAuth": visits.CREATE,
    "getOrderStatusExtended": visits.LOOKUP,
    "getOrderStatus": visits.LOOKUP,
    "deposit": visits.CONFIRM,
    "reverse": visits.CANCEL,
    "refund": visits.REFUND,
    "paymentOrderBinding": visits.OTHER,
    "getBindings": visits.OTHER,
    "bindCard": visits.OTHER,
    "unBindCard": visits.OTHER,
    "paymentOrderRecurring": visits.OTHER,
    "paymentorder": visits.OTHER,
    "verifyEnrollment": visits.OTHER,
}
_BY_NAME = {name: visits.Operation(name=name, act=act) for name, act in OPERATIONS.items()}


class ArcaBank(bank.Bank):
    """The gateway behind ArCa iPay, ArCa EPG and Inecobank."""

    family = "arca"

    def operation(self, name: str) -> visits.Operation | None:
        return _BY_NAME.get(name)

    def visit(
        self, db: sqlite3.Connection, request: werkzeug.Request, operation: visits.Operation
    ) -> visits.Visit | visits.Answer:
        # GET with the parameters in the query is the manual's own example (§12); POST is the rule.
        fields = {**request.args.to_dict(), **request.form.to_dict()}
        login = fields.get("userName", "")
        order = _order_in_question(db, fields, login=login) if operation.act != visits.CREATE else None
        return visits.Visit(
            db=db,
            operation=operation,
            fields=fields,
            merchant=merchants.find(db, login=login, family=self.family),
            login=login,
            client_id="",
            order=order,
            order_number=order.order_number if order else fields.get("orderNumber", ""),
            now_ms=clock.now_ms(db, login=login),
            host_url=request.host_url,
            remote_ip=request.remote_addr or "",
        )

    def perform(self, visit: visits.Visit) -> visits.Answer:
        refused = _credentials_refused(visit)
        if refused is not None:
            return self._error(visit, code=refused)
        act = {
            "register": registration.register,
            "registerPreAuth": registration.register,
            "getOrderStatusExtended": status.extended,
            "getOrderStatus": status.short,
            "deposit": operations.deposit,
            "reverse": operations.reverse,
            "refund": operations.refund,
        }.get(visit.operation.name)
        # Stored cards, recurring payments and cards on the merchant's page need rights that nobody has here.
        return act(visit) if act else self._error(visit, code=codes.ACCESS)

    def fault500(self) -> visits.Answer:
        page = "<html><head><title>Error</title></head><body><h1>HTTP Status 500</h1></body></html>"
        return visits.Answer(body=page, status=500, content_type="text/html; charset=utf-8")

    def refuse(self, visit: visits.Visit, *, code: str, message: str) -> visits.Answer:
        if visit.operation.act == visits.CANCEL and visit.order is not None:
            # A failed reversal cannot be repeated (iPay Merchant API Manual 1.55.1.0 §7.2.4).
            visit.order.reverse_tried = True
            orders.save(visit.db, order=visit.order)
        return self._error(visit, code=int(code or codes.SYSTEM), message=message)

    def wrong_password(self, visit: visits.Visit, *, variant: str) -> visits.Answer:
        return self._error(visit, code=codes.ACCESS)

    def disguise(self, body: dict[str, Any], fault: faults.Fault) -> dict[str, Any]:
        params = fault.params
        if fault.kind == "wrong-currency":
            return body | {"currency": params["currency"]}
        if fault.kind == "wrong-order-number":
            return _replaced(body, ("orderNumber", "OrderNumber"), params["answered"])
        if fault.kind == "unknown-status":
            body = _replaced(body, ("orderStatus", "OrderStatus"), params["status"])
            return _with_amounts(
                body, lambda name, value: params["state"] if name == "paymentState" else value
            )

        def wrong(name: str, value: Any) -> Any:
            counted = name.lower().endswith("amount") and name != "refundedAmount"
            return int(value * params["factor"] + params["delta_minor"]) if counted else value

        outer = {
            name: wrong(name, value) if isinstance(value, int) else value for name, value in body.items()
        }
        return _with_amounts(outer, wrong)

    def _error(self, visit: visits.Visit, *, code: int, message: str = "") -> visits.Answer:
        name = visit.operation.name
        if visit.operation.act == visits.CREATE:
            return registration.answer(visit, code=code, message=message)
        if name == "getOrderStatusExtended":
            return status.extended_error(visit, code=code, message=message)
        if name == "getOrderStatus":
            return status.short_error(visit, code=code, message=message)
        return operations.answer(visit, code=code, message=message)


def _order_in_question(db: sqlite3.Connection, fields: dict[str, Any], *, login: str) -> orders.Order | None:
    if ref := fields.get("orderId"):
        order = orders.by_provider_ref(db, family="arca", provider_ref=ref)
        # Somebody else's order is as unknown as one that never was.
        return order if order is not None and order.login == login else None
    if number := fields.get("orderNumber"):
        return orders.by_number(db, family="arca", account=login, order_number=number)
    return None


def _credentials_refused(visit: visits.Visit) -> int | None:
    fields, merchant = visit.fields, visit.merchant
    if not fields.get("userName") or not fields.get("password"):
        return codes.MISSING
    if not merchant.configured:
        # A login that is configured for another bank is not welcome here.
        stranger = merchants.load(visit.db, login=visit.login) is not None
        return codes.ACCESS if stranger else None
    if merchant.options.password_must_change or not merchant.accepts(password=fields["password"]):
        return codes.ACCESS
    return None


def _replaced(body: dict[str, Any], names: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {name: value if name in names else old for name, old in body.items()}


def _with_amounts(body: dict[str, Any], change: Any) -> dict[str, Any]:
    info = body.get("paymentAmountInfo")
    if info is None:
        return body
    return body | {"paymentAmountInfo": {name: change(name, value) for name, value in info.items()}}
