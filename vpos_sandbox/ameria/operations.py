"""ConfirmPayment, CancelPayment, RefundPayment; and what the bank answers without the right to an operation."""

from vpos_sandbox import amounts, money, visits
from vpos_sandbox.ameria import codes, details, lookups, requests

SUCCESS = "Success"
WRONG_STATE = {
    "confirm": "Confirmation is impossible for current transaction state",
    "cancel": "Reversal is impossible for current transaction state",
    "refund": "Refund is impossible for current transaction state",
}


def confirm_payment(visit: visits.Visit) -> visits.Answer:
    """Capture held money, once. Source: Ameriabank vPOS 3.1 API description, ConfirmPayment."""
    amount_minor = amounts.minor_of_major(visit.fields.get("amount"))
    if visit.order is None:
        return short(visit, code="06", message="Unknown order")
    if amount_minor is None:
        return short(visit, code="04", message="Parameter Amount is missing")
    try:
        money.capture(visit.db, merchant=visit.merchant, order=visit.order, amount_minor=amount_minor)
    except money.RefusedError as refused:
        message = (
            "Confirmation amount exceeds approved amount"
            if refused.reason == "amount"
            else WRONG_STATE["confirm"]
        )
        return short(visit, code="07", message=message)
    return short(visit, code="00", message=SUCCESS)


def cancel_payment(visit: visits.Visit) -> visits.Answer:
    """Cancel the whole payment within 72 hours; a refunded one is refused.

    Source: Ameriabank vPOS 3.1 API description, CancelPayment. The code for a late cancel is inferred.
    """
    if visit.order is None:
        return short(visit, code="06", message="Unknown order")
    if not visit.merchant.options.may_reverse:
        return short(visit, code="514", message="Merchant has no permission to reverse")
    try:
        money.reverse_within_72_hours(
            visit.db, merchant=visit.merchant, order=visit.order, now_ms=visit.now_ms
        )
    except money.RefusedError:
        return short(visit, code="07", message=WRONG_STATE["cancel"])
    return short(visit, code="00", message=SUCCESS)


def refund_payment(visit: visits.Visit) -> visits.Answer:
    """Refund a part or all, any number of times, up to what is deposited. There is no key against repeats.

    Source: Ameriabank vPOS 3.1 API description, RefundPayment.
    """
    amount_minor = amounts.minor_of_major(visit.fields.get("amount"))
    if visit.order is None:
        return short(visit, code="06", message="Unknown order")
    if not visit.merchant.options.may_refund:
        return short(visit, code="513", message="Merchant has no permission to refund")
    if amount_minor is None or amount_minor <= 0:
        return short(visit, code="05", message="Parameter Amount is wrong")
    try:
        money.refund(visit.db, merchant=visit.merchant, order=visit.order, amount_minor=amount_minor)
    except money.RefusedError as refused:
        message = (
            "Refund amount exceeds deposited amount" if refused.reason == "amount" else WRONG_STATE["refund"]
        )
        return short(visit, code="07", message=message)
    return short(visit, code="00", message=SUCCESS)


def not_available(visit: visits.Visit) -> visits.Answer:
    """Answer an operation that this merchant has no right to: stored cards, pending list, SSN check.

    Source: Ameriabank vPOS 3.1 API description, PaymentType; for stored cards only types 5 and 6 are understood.
    """
    name = visit.operation.name
    of_cards = name in ("GetBindings", "ActivateBinding", "DeactivateBinding")
    if of_cards and requests.text(visit.fields, "paymenttype") not in ("5", "6"):
        return lookups.FAULT
    text = "Client payment type BindingMainRest is not available"
    if name == "SSNCheck":
        return visits.Answer(
            body={"Status": codes.WRONG_CREDENTIALS, "Message": "Operation is not available"}
        )
    return visits.Answer(body={"ResponseCode": codes.WRONG_CREDENTIALS, "ResponseMessage": text})


def short(visit: visits.Visit, *, code: str, message: str) -> visits.Answer:
    """Answer the three fields of a money operation; Opaque comes back on success and on refusal."""
    opaque = details.latin(visit.order.opaque) if visit.order else ""
    return visits.Answer(body={"ResponseCode": code, "ResponseMessage": message, "Opaque": opaque})
