"""InitPayment: the only operation with integer codes."""

import dataclasses
import uuid
from typing import Any

from vpos_sandbox import amounts, orders, visits
from vpos_sandbox.ameria import codes, requests

TEST_AMOUNT_MINOR = 1000
LONGEST_SESSION_SECONDS = 1200


def init_payment(visit: visits.Visit) -> visits.Answer:
    """Register an order, or answer the same PaymentID for an unpaid number again with the new parameters.

    Source: Ameriabank vPOS 3.1 API description, InitPayment. That a number whose payment was tried is refused as
    a duplicate is inferred; it is 8204, because 01 would be 1 as an integer, which is success.
    """
    refusal = _refusal(visit)
    if refusal is not None:
        return _answer(payment_id="", code=refusal[0], message=refusal[1])
    order = _registered(visit)
    earlier = orders.by_number(
        visit.db, family="ameria", account=order.account, order_number=order.order_number
    )
    if earlier is None:
        visit.order = orders.add(visit.db, order=order)
        orders.note(visit.db, order=order, what="registered", at_ms=visit.now_ms)
    elif earlier.attempted:
        return _answer(payment_id="", code="08204", message="Duplicate order")
    else:
        visit.order = order = _overwritten(earlier, order)
        orders.save(visit.db, order=order)
        orders.note(visit.db, order=order, what="registered again", at_ms=visit.now_ms)
    return _answer(payment_id=order.provider_ref.upper(), code="1", message="OK")


def _refusal(visit: visits.Visit) -> tuple[str, str] | None:
    fields, options = visit.fields, visit.merchant.options
    for name, shown in (("amount", "Amount"), ("orderid", "OrderID")):
        if not requests.text(fields, name):
            return "04", f"Parameter {shown} is missing"
    number = requests.order_id(fields)
    if number is None:
        return "05", "Parameter OrderID must be an integer"
    amount_minor = amounts.minor_of_major(fields["amount"])
    # The rule of the test mode does not look at the currency.
    if options.test_mode and amount_minor != TEST_AMOUNT_MINOR:
        return "560", "In test mode amount must be 10 AMD"
    if amount_minor is None or amount_minor <= 0:
        return "50", "Payment amount error"
    if currency(fields) not in amounts.CURRENCIES:
        return "03", "Unknown currency"
    low, high = options.order_from, options.order_to
    if (low is not None and int(number) < low) or (high is not None and int(number) > high):
        return "05", "OrderID is out of the allotted range"
    return None


def currency(fields: dict[str, Any]) -> str:
    """Answer the currency of a request, AMD if it names none."""
    return requests.text(fields, "currency").zfill(3) if requests.text(fields, "currency") else "051"


def session_seconds(fields: dict[str, Any], *, longest: int) -> int:
    """Answer the length of the session. The bank does not check Timeout: what makes no sense means the longest."""
    given = requests.text(fields, "timeout")
    seconds = int(given) if given.isascii() and given.isdigit() else 0
    return seconds if 0 < seconds <= longest else longest


def _registered(visit: visits.Visit) -> orders.Order:
    fields, merchant = visit.fields, visit.merchant
    longest = min(LONGEST_SESSION_SECONDS, merchant.options.session_seconds)
    return orders.Order(
        family="ameria",
        login=visit.login,
        account=visit.client_id or visit.login,
        order_number=visit.order_number,
        provider_ref=str(uuid.uuid4()),
        md_order=str(uuid.uuid4()),
        shop=merchant.shop,
        amount_minor=amounts.minor_of_major(fields["amount"]) or 0,
        currency=currency(fields),
        description=requests.text(fields, "description"),
        opaque=requests.text(fields, "opaque"),
        return_url=requests.text(fields, "backurl"),
        language="en",
        client_ref=requests.text(fields, "cardholderid"),
        two_stage=merchant.options.two_stage,
        session_seconds=session_seconds(fields, longest=longest),
        registered_at_ms=visit.now_ms,
        session_started_at_ms=visit.now_ms,
    )


def _overwritten(earlier: orders.Order, later: orders.Order) -> orders.Order:
    """Answer the earlier order with the later call's parameters; it stays registered when it was."""
    return dataclasses.replace(
        later,
        id=earlier.id,
        provider_ref=earlier.provider_ref,
        md_order=earlier.md_order,
        registered_at_ms=earlier.registered_at_ms,
        opened_at_ms=earlier.opened_at_ms,
        payer_ip=earlier.payer_ip,
    )


def _answer(*, payment_id: str, code: str, message: str) -> visits.Answer:
    body = {"PaymentID": payment_id, "ResponseCode": codes.as_integer(code), "ResponseMessage": message}
    return visits.Answer(body=body)
