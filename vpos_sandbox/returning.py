"""The buyer's way back to the shop: unsigned at every bank, so anyone can forge it."""

import sqlite3
from urllib import parse

from vpos_sandbox import merchants, orders
from vpos_sandbox.ameria import codes


def return_url(db: sqlite3.Connection, *, order: orders.Order, claims_success: bool) -> str | None:
    """Answer where the buyer's browser is sent; None for an order that named no address."""
    if not order.return_url:
        return None
    if order.family == "ameria":
        return ameria_return_url(order, claims_success=claims_success)
    merchant = merchants.find(db, login=order.login, family=order.family)
    return arca_return_url(order, profile=merchant.profile)


def ameria_return_url(order: orders.Order, *, claims_success: bool) -> str:
    """Answer BackURL with the bank's parameters appended to its query.

    Source: Ameriabank vPOS 3.1 API description, return parameters; `resposneCode` is the bank's spelling.
    """
    code = "00" if claims_success else codes.of_action(order.action_code)
    query = parse.urlencode(
        {
            "orderID": order.order_number,
            "resposneCode": code,
            "paymentID": order.provider_ref.lower(),
            "opaque": order.opaque,
            "description": codes.meaning(code),
        }
    )
    return append_query(order.return_url, query)


def arca_return_url(order: orders.Order, *, profile: str) -> str:
    """Answer returnUrl with the order's id appended: `orderId`, at Inecobank `paymentID`. It says nothing more."""
    name = "paymentID" if profile == "ineco" else "orderId"
    return append_query(order.return_url, f"{name}={order.provider_ref}")


def append_query(url: str, query: str) -> str:
    """Answer a URL with more query parameters; what its query held stays as it was."""
    parts = parse.urlsplit(url)
    whole = f"{parts.query}&{query}" if parts.query else query
    return parse.urlunsplit(parts._replace(query=whole))
