"""deposit.do, reverse.do and refund.do: minor units, no ids, no keys against repeats."""

from vpos_sandbox import money, visits
from vpos_sandbox.arca import codes


def deposit(visit: visits.Visit) -> visits.Answer:
    """Capture a hold, once; no amount or 0 takes the whole hold. Source: iPay Merchant API Manual §5.6.3, §7.2.3."""
    if not visit.merchant.options.two_stage:
        return answer(visit, code=codes.ACCESS)
    if visit.order is None:
        return _no_order(visit)
    given = visit.fields.get("amount") or "0"
    if not (given.isascii() and given.isdigit()):
        return answer(visit, code=codes.ACCESS)
    try:
        money.capture(
            visit.db,
            merchant=visit.merchant,
            order=visit.order,
            amount_minor=int(given) or visit.order.approved_minor,
        )
    except money.RefusedError:
        return answer(visit, code=codes.SYSTEM)
    return answer(visit, code=codes.OK)


def reverse(visit: visits.Visit) -> visits.Answer:
    """Reverse the whole amount, once, until midnight of the payment day. Source: iPay Merchant API Manual §7.2.4."""
    if not visit.merchant.options.may_reverse:
        return answer(visit, code=codes.ACCESS)
    if visit.order is None:
        return _no_order(visit)
    try:
        money.reverse_before_midnight(
            visit.db, merchant=visit.merchant, order=visit.order, now_ms=visit.now_ms
        )
    except money.RefusedError:
        return answer(visit, code=codes.SYSTEM, message="Reversal is impossible")
    return answer(visit, code=codes.OK)


def refund(visit: visits.Visit) -> visits.Answer:
    """Refund a part or all of a deposited order; the total stays within it. Source: iPay Merchant API Manual §5.6.6."""
    if not visit.merchant.options.may_refund:
        return answer(visit, code=codes.ACCESS)
    if visit.order is None:
        return _no_order(visit)
    given = visit.fields.get("amount", "")
    if not given:
        return answer(visit, code=codes.MISSING)
    try:
        amount_minor = int(given) if given.isascii() and given.isdigit() else 0
        money.refund(visit.db, merchant=visit.merchant, order=visit.order, amount_minor=amount_minor)
    except money.RefusedError:
        return answer(visit, code=codes.SYSTEM)
    return answer(visit, code=codes.OK)


def _no_order(visit: visits.Visit) -> visits.Answer:
    return answer(visit, code=codes.UNKNOWN_ORDER if visit.fields.get("orderId") else codes.MISSING)


def answer(visit: visits.Visit, *, code: int, message: str = "") -> visits.Answer:
    """Answer a money operation: a bare errorCode on success, with a text on refusal."""
    sample = "number" if code == codes.OK else "string"
    body = codes.error_code(code, style=visit.merchant.options.error_code, sample=sample)
    if code != codes.OK:
        body["errorMessage"] = message or codes.text(code, language=visit.fields.get("language", "en"))
    return visits.Answer(body=body)
