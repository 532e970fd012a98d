"""Ameriabank's side of the shared door: who asks, about which order, in which words it is answered."""

import sqlite3
from typing import Any

import werkzeug

from vpos_sandbox import bank, clock, faults, merchants, orders, visits
from vpos_sandbox.ameria import codes, details, lookups, operations, registration, requests

OPERATIONS = {
    "InitPayment": visits.CREATE,
    "GetPaymentDetails": visits.LOOKUP,
    "GetPaymentId": visits.FIND,
    "ConfirmPayment": visits.CONFIRM,
    "CancelPayment": visits.CANCEL,
    "RefundPayment": visits.REFUND,
    "MakeBindingPayment": visits.OTHER,
    "GetBindings": visits.OTHER,
    "ActivateBinding": visits.OTHER,
    "DeactivateBinding": visits.OTHER,
    "GetPendingTransactions": visits.OTHER,
    "SSNCheck": visits.OTHER,
}
_BY_LOWER_NAME = {name.lower(): visits.Operation(name=name, act=act) for name, act in OPERATIONS.items()}
_BY_ORDER_ID = ("InitPayment", "GetPaymentId")


class AmeriaBank(bank.Bank):
    """Ameriabank vPOS 3.1."""

    family = "ameria"

    def operation(self, name: str) -> visits.Operation | None:
        return _BY_LOWER_NAME.get(name.lower())

    def visit(
        self, db: sqlite3.Connection, request: werkzeug.Request, operation: visits.Operation
    ) -> visits.Visit | visits.Answer:
        fields = requests.read_fields(request)
        if fields is None:
            return lookups.FAULT
        login = requests.text(fields, "username")
        client_id = requests.text(fields, "clientid")
        order, number = _order_in_question(db, fields, operation, login=login, client_id=client_id)
        return visits.Visit(
            db=db,
            operation=operation,
            fields=fields,
            merchant=merchants.find(db, login=login, family=self.family),
            login=login,
            client_id=client_id or (order.account if order else ""),
            order=order,
            order_number=number,
            now_ms=clock.now_ms(db, login=login),
            host_url=request.host_url,
            remote_ip=request.remote_addr or "",
        )

    def perform(self, visit: visits.Visit) -> visits.Answer:
        name = visit.operation.name
        right = _credentials_right(visit)
        if name == "GetPaymentDetails":
            return lookups.get_payment_details(visit, credentials_right=right)
        if name == "GetPaymentId":
            return lookups.get_payment_id(visit, credentials_right=right)
        if not right:
            return self.refuse(visit, code=codes.WRONG_CREDENTIALS, message=codes.WRONG_CREDENTIALS_TEXT)
        act = {
            "InitPayment": registration.init_payment,
            "ConfirmPayment": operations.confirm_payment,
            "CancelPayment": operations.cancel_payment,
            "RefundPayment": operations.refund_payment,
        }.get(name, operations.not_available)
        return act(visit)

    def fault500(self) -> visits.Answer:
        return lookups.FAULT

    def refuse(self, visit: visits.Visit, *, code: str, message: str) -> visits.Answer:
        code, message = code or "07", message or "System error"
        name = visit.operation.name
        if name == "InitPayment":
            body = {"PaymentID": "", "ResponseCode": codes.as_integer(code), "ResponseMessage": message}
            return visits.Answer(body=body)
        if name == "GetPaymentDetails":
            return visits.Answer(body=details.empty(code=code, text=message))
        if name == "GetPaymentId":
            return lookups.payment_id_answer(code=code, message=message)
        return operations.short(visit, code=code, message=message)

    def wrong_password(self, visit: visits.Visit, *, variant: str) -> visits.Answer:
        """Answer in a variant ("20", "550", "fault500"), without one as this operation usually does."""
        if variant == "fault500":
            return lookups.FAULT
        usual = "550" if visit.operation.name == "GetPaymentDetails" else codes.WRONG_CREDENTIALS
        code = variant or usual
        text = details.FAILED_TEXT if code == "550" else codes.WRONG_CREDENTIALS_TEXT
        return self.refuse(visit, code=code, message=text)

    def disguise(self, body: dict[str, Any], fault: faults.Fault) -> dict[str, Any]:
        params = fault.params
        if fault.kind == "wrong-currency":
            return body | {"Currency": params["currency"]}
        if fault.kind == "wrong-order-number":
            return body | {"OrderID": params["answered"]}
        if fault.kind == "unknown-status":
            return body | {"OrderStatus": str(params["status"]), "PaymentState": params["state"]}
        wrong = {
            name: round(body[name] * params["factor"] + params["delta_minor"] / 100, 2)
            for name in ("Amount", "ApprovedAmount", "DepositedAmount")
            if name in body
        }
        return body | wrong


def _order_in_question(
    db: sqlite3.Connection, fields: dict[str, Any], operation: visits.Operation, *, login: str, client_id: str
) -> tuple[orders.Order | None, str]:
    if operation.name in _BY_ORDER_ID:
        number = requests.order_id(fields)
        if number is None or operation.name == "InitPayment":
            return None, number or ""
        order = orders.by_number(db, family="ameria", account=client_id or login, order_number=number)
        return order, number
    payment_id = requests.text(fields, "paymentid")
    order = orders.by_provider_ref(db, family="ameria", provider_ref=payment_id)
    # Somebody else's payment is as unknown as one that never was; a wrong login cannot see it.
    if order is None or order.login != login:
        return None, ""
    return order, order.order_number


def _credentials_right(visit: visits.Visit) -> bool:
    password = requests.text(visit.fields, "password")
    merchant = visit.merchant
    if not merchant.configured:
        return _nobody_else_is_meant(visit)
    named = requests.text(visit.fields, "clientid")
    same_client = not merchant.client_id or not named or named.lower() == merchant.client_id.lower()
    return same_client and merchant.accepts(password=password)


def _nobody_else_is_meant(visit: visits.Visit) -> bool:
    """A login without settings is welcome, unless the login or the ClientID belongs to a configured merchant."""
    if merchants.load(visit.db, login=visit.login) is not None:
        return False
    named = requests.text(visit.fields, "clientid")
    return not named or merchants.load_by_client_id(visit.db, client_id=named) is None
