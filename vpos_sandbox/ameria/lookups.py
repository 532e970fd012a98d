"""GetPaymentDetails and GetPaymentId."""

from vpos_sandbox import orders, visits
from vpos_sandbox.ameria import codes, details

FAULT = visits.Answer(body={"Message": "An error has occurred."}, status=500)


def get_payment_details(visit: visits.Visit, *, credentials_right: bool) -> visits.Answer:
    """Answer what is known of a payment; an order that nobody tried to pay answers in one of three ways.

    Source: Ameriabank vPOS 3.1 API description, GetPaymentDetails. The three answers for an unattempted order
    contradict each other in the sources, so they are a setting of the merchant.
    """
    order = visit.order
    if order is not None and not order.attempted:
        # The fault precedes the check of the password.
        variant = visit.merchant.options.unattempted if credentials_right else "fault500"
        return _unattempted(order, variant=variant)
    if not credentials_right:
        return visits.Answer(body=details.empty(code="550"))
    if order is None:
        return _unknown(variant=visit.merchant.options.unknown_payment)
    return visits.Answer(body=details.of_order(order))


def _unattempted(order: orders.Order, *, variant: str) -> visits.Answer:
    if variant == "fault500":
        return FAULT
    if variant == "550":
        return visits.Answer(body=details.empty(code="550"))
    return visits.Answer(body=details.of_order(order))


def _unknown(*, variant: str) -> visits.Answer:
    return FAULT if variant == "fault500" else visits.Answer(body=details.empty(code=variant))


def get_payment_id(visit: visits.Visit, *, credentials_right: bool) -> visits.Answer:
    """Answer the PaymentID of an OrderID: `PaymentId` with a small d, an empty message on success."""
    if not credentials_right:
        return payment_id_answer(code=codes.WRONG_CREDENTIALS, message=codes.WRONG_CREDENTIALS_TEXT)
    if visit.order is None:
        return payment_id_answer(code="06", message="Unknown order")
    return payment_id_answer(code="00", message="", payment_id=visit.order.provider_ref.upper())


def payment_id_answer(*, code: str, message: str, payment_id: str = "") -> visits.Answer:
    """Answer in the shape of GetPaymentId."""
    body = {"PaymentId": payment_id, "ResponseCode": code, "ResponseMessage": message}
    return visits.Answer(body=body)
