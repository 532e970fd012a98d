"""The answer of GetPaymentDetails: exactly 30 keys, always all, empty strings instead of nulls."""

from typing import Any

from vpos_sandbox import clock, orders
from vpos_sandbox.ameria import codes

APPROVED_TEXT = "Approved. - Payment post authorized"
REFUNDED_TEXT = "Approved. - Refunded payment back to client card"
FAILED_TEXT = "System Error"


def of_order(order: orders.Order) -> dict[str, Any]:
    """Answer the details of an order in its present state; amounts are floats in major units."""
    paid = order.paid_at_ms is not None
    tried = order.attempted
    moment = order.paid_at_ms if order.paid_at_ms is not None else order.registered_at_ms
    return empty(code=codes.of_action(order.action_code), text=_text(order)) | {
        "Amount": major(order.amount_minor),
        "ApprovedAmount": major(order.approved_minor),
        "ApprovalCode": order.approval_code,
        "CardNumber": "400000**0000" if tried else "",
        "ClientName": "TEST HOLDER" if tried else "",
        "Currency": order.currency,
        "DateTime": clock.in_yerevan(moment).strftime("%d/%m/%Y %H:%M:%S"),
        "DepositedAmount": major(order.deposited_minor),
        "MDOrderID": order.md_order,
        "MerchantId": "11111111",
        "TerminalId": "22222222",
        "OrderID": order.order_number,
        "PaymentState": codes.PAYMENT_STATES[order.status],
        "PaymentType": 5,
        "PrimaryRC": str(order.action_code),
        "ExpDate": "203012" if tried else "",
        "ProcessingIP": order.payer_ip,
        "OrderStatus": str(order.status),
        "CardHolderID": order.client_ref,
        "BindingID": "",
        "RefundedAmount": major(order.refunded_minor),
        "Opaque": latin(order.opaque),
        "TrxnDescription": latin(order.description),
        "rrn": order.md_order,
        "ActionCode": str(order.action_code),
        "BankInfo": _BANK if paid else _NO_BANK,
    }


_BANK = {"BankName": "", "BankCountryCode": "AM", "BankCountryName": "Armenia"}
_NO_BANK = {"BankName": "", "BankCountryCode": "", "BankCountryName": ""}


def empty(*, code: str, text: str = FAILED_TEXT) -> dict[str, Any]:
    """Answer all 30 keys with nothing in them but the code and the processor's text."""
    return {
        "Amount": 0.0,
        "ApprovedAmount": 0.0,
        "ApprovalCode": "",
        "CardNumber": "",
        "ClientName": "",
        "ClientEmail": "",
        "Currency": "",
        "DateTime": "",
        "DepositedAmount": 0.0,
        "Description": text,
        "MDOrderID": "",
        "MerchantId": "",
        "TerminalId": "",
        "OrderID": "",
        "PaymentState": "",
        "PaymentType": 0,
        "PrimaryRC": "",
        "ResponseCode": code,
        "ExpDate": "",
        "ProcessingIP": "",
        "OrderStatus": "",
        "CardHolderID": "",
        "BindingID": "",
        "RefundedAmount": 0.0,
        "Opaque": "",
        "TrxnDescription": "",
        "rrn": "",
        "ActionCode": "",
        "ExchangeRate": 0.0,
        "BankInfo": dict(_NO_BANK),
    }


def major(amount_minor: int) -> float:
    """Answer minor units as the float in major units that the bank writes."""
    return amount_minor / 100


def latin(text: str) -> str:
    """Answer a text as it comes back from the bank: every code point that is not Latin is U+00BF."""
    return "".join(char if ord(char) < 256 else "\u00bf" for char in text)


def _text(order: orders.Order) -> str:
    if order.status == orders.REFUNDED:
        return REFUNDED_TEXT
    return APPROVED_TEXT if order.paid_at_ms is not None else FAILED_TEXT
