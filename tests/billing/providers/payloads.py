"""Answers as the banks' documents and recorded exchanges show them, with composed values."""

from typing import Any

AMERIA_ID = "4F0C3C3E-0000-4000-8000-7A5B1D2C3E4F"
AMERIA_CREATED = {
    "PaymentID": AMERIA_ID,
    "ResponseCode": 1,
    "ResponseMessage": "OK",
}
AMERIA_FOUND = {"PaymentId": AMERIA_ID, "ResponseCode": "00", "ResponseMessage": ""}
AMERIA_BAD_LOGIN = {
    "PaymentId": "",
    "ResponseCode": "20",
    "ResponseMessage": "Incorrect Username and Password",
}
AMERIA_FAULT = {"Message": "An error has occurred."}
# After a payment of 10 drams and a refund of 4.
AMERIA_REFUNDED: dict[str, Any] = {
    "Amount": 10.0,
    "ApprovedAmount": 10.0,
    "ApprovalCode": "123456",
    "CardNumber": "400000**0000",
    "ClientName": "TEST HOLDER",
    "ClientEmail": "",
    "Currency": "051",
    "DateTime": "26/08/2026 17:29:07",
    "DepositedAmount": 6.0,
    "Description": "Approved. - Refunded payment back to client card",
    "MDOrderID": "00000000-0000-4000-8000-000000000001",
    "MerchantId": "11111111",
    "TerminalId": "22222222",
    "OrderID": "2350301",
    "PaymentState": "payment_refunded",
    "PaymentType": 5,
    "PrimaryRC": "0",
    "ResponseCode": "00",
    "ExpDate": "203012",
    "ProcessingIP": "192.0.2.10",
    "OrderStatus": "4",
    "CardHolderID": "",
    "BindingID": "",
    "RefundedAmount": 4.0,
    "Opaque": "inv-7",
    "TrxnDescription": "Course 12, invoice 7",
    "rrn": "00000000-0000-4000-8000-000000000001",
    "ActionCode": "0",
    "ExchangeRate": 0.0,
    "BankInfo": {"BankName": "", "BankCountryCode": "AM", "BankCountryName": "Armenia"},
}
AMERIA_PAID = AMERIA_REFUNDED | {
    "DepositedAmount": 10.0,
    "RefundedAmount": 0.0,
    "OrderStatus": "2",
    "PaymentState": "payment_deposited",
    "Description": "Approved. - Payment post authorized",
}
AMERIA_EMPTY = {
    name: ("" if isinstance(value, str) else 0.0 if isinstance(value, float) else value)
    for name, value in AMERIA_REFUNDED.items()
} | {"ResponseCode": "550", "Description": "System Error", "PaymentType": 0}


def ameria_state(status: str, state: str, code: str) -> dict[str, Any]:
    """Return an answer in a state in which no money moved."""
    nothing = {"ApprovedAmount": 0.0, "DepositedAmount": 0.0, "RefundedAmount": 0.0}
    return AMERIA_PAID | nothing | {"OrderStatus": status, "PaymentState": state, "ResponseCode": code}


ARCA_ID = "00000000-0000-4000-8000-000000000001"
ARCA_CREATED = {
    "errorCode": 0,
    "orderId": ARCA_ID,
    "formUrl": f"https://ipaytest.arca.am:8445/payment/merchants/SHOP/payment_en.html?mdOrder={ARCA_ID}",
    "errorCodeString": "0",
    "error": False,
}
ARCA_PAID: dict[str, Any] = {
    "errorCode": "0",
    "errorMessage": "Success",
    "orderNumber": "20261",
    "orderStatus": 2,
    "actionCode": 0,
    "actionCodeDescription": "",
    "amount": 1000,
    "currency": "051",
    "date": 1790000000000,
    "orderDescription": "Course 12",
    "ip": "192.0.2.10",
    "merchantOrderParams": [{"name": "without value"}],
    "attributes": [{"name": "mdOrder", "value": ARCA_ID}],
    "cardAuthInfo": {
        "pan": "400000**0000",
        "expiration": "203012",
        "cardholderName": "TEST HOLDER",
        "approvalCode": "123456",
    },
    "authDateTime": 1790000100000,
    "terminalId": "22222222",
    "authRefNum": "000000000001",
    "paymentAmountInfo": {
        "paymentState": "DEPOSITED",
        "approvedAmount": 1000,
        "depositedAmount": 1000,
        "refundedAmount": 0,
    },
    "bankInfo": {"bankCountryCode": "AM", "bankCountryName": "Armenia"},
    "orderBundle": {"cartItems": {"items": []}},
}
ARCA_PAID_01 = {
    name: value
    for name, value in ARCA_PAID.items()
    if name not in ("authDateTime", "terminalId", "authRefNum", "paymentAmountInfo", "bankInfo")
}


def arca_state(status: int, action: int, state: str = "", **money: int) -> dict[str, Any]:
    """Return an answer in another state, of version 03 if `state` is given."""
    if not state:
        return ARCA_PAID_01 | {"orderStatus": status, "actionCode": action}
    info = {"paymentState": state, "approvedAmount": 0, "depositedAmount": 0, "refundedAmount": 0} | money
    return ARCA_PAID | {"orderStatus": status, "actionCode": action, "paymentAmountInfo": info}
