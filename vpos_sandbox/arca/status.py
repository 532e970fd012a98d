"""getOrderStatusExtended.do in versions 01 to 03, and getOrderStatus.do with its mixed cases."""

import json
import sqlite3
from typing import Any

from vpos_sandbox import clock, orders, visits
from vpos_sandbox.arca import codes

DESCRIPTION_REACHES_THE_BANK = 99


def extended(visit: visits.Visit) -> visits.Answer:
    """Answer all that is known of an order; orderStatus is absent for an unknown one.

    Source: iPay Merchant API Manual 1.55.1.0 §7.2.7. The version is a setting of the merchant.
    """
    if not (visit.fields.get("orderId") or visit.fields.get("orderNumber")):
        return extended_error(visit, code=codes.MISSING)
    if visit.order is None:
        return extended_error(visit, code=codes.UNKNOWN_ORDER)
    order, version = visit.order, visit.merchant.options.status_version
    body = _head(visit, codes.OK) | _first_version(order)
    if made := orders.refunds(visit.db, order=order):
        body["refunds"] = [_refund(order, row) for row in made]
    if version >= "02" and order.paid_at_ms is not None:
        body |= {
            "authDateTime": order.paid_at_ms,
            "terminalId": "22222222",
            "authRefNum": f"{order.id:012d}",
        }
    if version >= "03":
        body |= _third_version(order)
    return visits.Answer(body=body)


def extended_error(visit: visits.Visit, *, code: int, message: str = "") -> visits.Answer:
    """Answer the extended status of a request that failed."""
    body = _head(visit, code)
    return visits.Answer(body=body | ({"errorMessage": message} if message else {}))


def _head(visit: visits.Visit, code: int) -> dict[str, Any]:
    style = visit.merchant.options.error_code
    head = codes.error_code(code, style=style, sample="string")
    return head | {"errorMessage": codes.text(code, language=visit.fields.get("language", "en"))}


def _first_version(order: orders.Order) -> dict[str, Any]:
    body: dict[str, Any] = {
        "orderNumber": order.order_number,
        "orderStatus": order.status,
        "actionCode": order.action_code,
        "actionCodeDescription": codes.ACTIONS.get(order.action_code, "Payment declined"),
        "amount": order.amount_minor,
        "currency": order.currency,
        "date": order.registered_at_ms,
        "orderDescription": order.description[:DESCRIPTION_REACHES_THE_BANK],
        "merchantOrderParams": _merchant_params(order),
        "attributes": [{"name": "mdOrder", "value": order.provider_ref}],
    }
    if order.payer_ip:
        body["ip"] = order.payer_ip
    if order.attempted and order.attempts:
        body["cardAuthInfo"] = _card(order)
    return body


def _merchant_params(order: orders.Order) -> list[dict[str, Any]]:
    params = json.loads(order.json_params) if order.json_params else {}
    return [{"name": name, "value": str(value)} for name, value in params.items()]


def _card(order: orders.Order) -> dict[str, Any]:
    card: dict[str, Any] = {
        "pan": "400000**0000",
        "expiration": "203012",
        "cardholderName": "TEST HOLDER",
    }
    if order.paid_at_ms is not None:
        card["approvalCode"] = order.approval_code
        card["secureAuthInfo"] = {"eci": 5, "threeDSInfo": {"cavv": "AAABBBCCC", "xid": "MDAwMDAwMDAwMDAw"}}
    return card


def _refund(order: orders.Order, row: sqlite3.Row) -> dict[str, Any]:
    return {
        "referenceNumber": f"{900_000_000_000 + row['id']}",
        "actionCode": 0,
        "amount": row["amount_minor"],
        "approvalCode": order.approval_code,
        "date": clock.in_yerevan(row["at_ms"]).strftime("%Y%m%d%H%M%S"),
    }


def _third_version(order: orders.Order) -> dict[str, Any]:
    return {
        "paymentAmountInfo": {
            "paymentState": codes.PAYMENT_STATES[order.status],
            "approvedAmount": order.approved_minor,
            "depositedAmount": order.deposited_minor,
            "refundedAmount": order.refunded_minor,
        },
        "bankInfo": {"bankCountryCode": "AM", "bankCountryName": "Armenia"},
    }


def short(visit: visits.Visit) -> visits.Answer:
    """Answer the short status, by orderId only.

    Source: iPay Merchant API Manual 1.55.1.0 §12, whose sample has the capitals; its table of fields has none.
    """
    if not visit.fields.get("orderId"):
        return short_error(visit, code=codes.MISSING)
    order = visit.order
    if order is None:
        return short_error(visit, code=codes.UNKNOWN_ORDER)
    body: dict[str, Any] = {
        "ErrorCode": "0",
        "ErrorMessage": codes.text(codes.OK, language=visit.fields.get("language", "en")),
        "OrderStatus": order.status,
        "OrderNumber": order.order_number,
        "Amount": order.amount_minor,
        "Ip": order.payer_ip,
        "SvfeResponse": str(order.action_code),
        "depositAmount": order.deposited_minor,
        "currency": order.currency,
        "authCode": 2,
    }
    if order.client_ref:
        body["clientId"] = order.client_ref
    if order.attempts:
        card = _card(order)
        body |= {
            "Pan": card["pan"],
            "expiration": card["expiration"],
            "cardholderName": card["cardholderName"],
        }
        if order.approval_code:
            body["approvalCode"] = order.approval_code
    return visits.Answer(body=body)


def short_error(visit: visits.Visit, *, code: int, message: str = "") -> visits.Answer:
    """Answer the short status of a request that failed."""
    text = message or codes.text(code, language=visit.fields.get("language", "en"))
    return visits.Answer(body={"ErrorCode": str(code), "ErrorMessage": text})
