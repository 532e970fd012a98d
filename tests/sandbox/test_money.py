"""Refund, cancel and capture at both families."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import AmeriaShop, ArcaShop


def amounts_of(body: dict[str, Any]) -> tuple[float, float, float]:
    return body["ApprovedAmount"], body["DepositedAmount"], body["RefundedAmount"]


def test_ameria_refunds_add_up_and_what_is_left_can_be_refunded(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    done = {"ResponseCode": "00", "ResponseMessage": "Success", "Opaque": "inv-7"}
    assert ameria.ask("RefundPayment", PaymentID=payment_id, Amount=4) == done
    body = ameria.details(payment_id)
    assert amounts_of(body) == (10.0, 6.0, 4.0)
    assert (body["OrderStatus"], body["PaymentState"], body["ResponseCode"]) == (
        "4",
        "payment_refunded",
        "00",
    )
    assert body["Description"] == "Approved. - Refunded payment back to client card"
    assert ameria.ask("RefundPayment", PaymentID=payment_id, Amount="3.00") == done
    assert amounts_of(ameria.details(payment_id)) == (10.0, 3.0, 7.0)
    over = ameria.ask("RefundPayment", PaymentID=payment_id, Amount="3.01")
    message = "Refund amount exceeds deposited amount"
    assert over == {"ResponseCode": "07", "ResponseMessage": message, "Opaque": "inv-7"}
    ameria.ask("RefundPayment", PaymentID=payment_id, Amount=3)
    assert amounts_of(ameria.details(payment_id)) == (10.0, 0.0, 10.0)


def test_ameria_cancel_voids_the_payment(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    assert ameria.ask("CancelPayment", PaymentID=payment_id)["ResponseCode"] == "00"
    body = ameria.details(payment_id)
    assert (body["OrderStatus"], body["PaymentState"]) == ("3", "payment_void")


def test_ameria_cancel_after_a_refund_is_refused(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    ameria.ask("RefundPayment", PaymentID=payment_id, Amount=1)
    body = ameria.ask("CancelPayment", PaymentID=payment_id)
    message = "Reversal is impossible for current transaction state"
    assert body == {"ResponseCode": "07", "ResponseMessage": message, "Opaque": "inv-7"}


@pytest.mark.parametrize(("seconds", "code"), [(72 * 3600 - 60, "00"), (72 * 3600 + 60, "07")])
def test_ameria_cancel_is_possible_for_72_hours(ameria: AmeriaShop, seconds: int, code: str) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.clock(login=ameria.login, move_seconds=seconds)
    assert ameria.ask("CancelPayment", PaymentID=payment_id)["ResponseCode"] == code


def test_ameria_moves_no_money_of_an_unpaid_order(ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    for operation in ("RefundPayment", "CancelPayment", "ConfirmPayment"):
        assert ameria.ask(operation, PaymentID=payment_id, Amount=1)["ResponseCode"] == "07"


def test_ameria_refuses_what_the_merchant_may_not(
    ameria: AmeriaShop, configured: Callable[..., None]
) -> None:
    configured("ameria", may_refund=False, may_reverse=False)
    payment_id = ameria.paid()
    assert ameria.ask("RefundPayment", PaymentID=payment_id, Amount=1)["ResponseCode"] == "513"
    assert ameria.ask("CancelPayment", PaymentID=payment_id)["ResponseCode"] == "514"


def test_ameria_two_stage_holds_until_it_is_confirmed_once(
    ameria: AmeriaShop, configured: Callable[..., None]
) -> None:
    configured("ameria", two_stage=True)
    payment_id = ameria.paid()
    body = ameria.details(payment_id)
    assert (body["OrderStatus"], body["PaymentState"]) == ("1", "payment_approved")
    assert amounts_of(body) == (10.0, 0.0, 0.0)
    assert ameria.ask("ConfirmPayment", PaymentID=payment_id, Amount=11)["ResponseCode"] == "07"
    assert ameria.ask("ConfirmPayment", PaymentID=payment_id, Amount=8)["ResponseCode"] == "00"
    assert amounts_of(ameria.details(payment_id)) == (10.0, 8.0, 0.0)
    assert ameria.ask("ConfirmPayment", PaymentID=payment_id, Amount=1)["ResponseCode"] == "07"


def test_ameria_wrong_password_has_its_variants(ameria: AmeriaShop, configured: Callable[..., None]) -> None:
    configured("ameria")
    paid, untried = ameria.paid(1), ameria.registered(2)
    ameria.password = "wrong"
    created = ameria.init(3)
    assert created == {
        "PaymentID": "",
        "ResponseCode": 20,
        "ResponseMessage": "Incorrect Username and Password",
    }
    assert ameria.ask("GetPaymentId", ClientID=ameria.client_id, OrderID=1)["ResponseCode"] == "20"
    body = ameria.details(paid)
    assert (body["ResponseCode"], body["Description"], body["OrderID"]) == ("550", "System Error", "")
    assert ameria.post("GetPaymentDetails", PaymentID=untried).status_code == 500
    assert ameria.ask("RefundPayment", PaymentID=paid, Amount=1)["ResponseCode"] == "20"
    ameria.password = "right"
    assert ameria.init(3, ClientID="somebody-else")["ResponseCode"] == 20
    assert ameria.details(paid)["RefundedAmount"] == 0.0


def test_ameria_operations_without_a_right_answer_20(ameria: AmeriaShop) -> None:
    body = ameria.ask("MakeBindingPayment", PaymentType=6)
    message = "Client payment type BindingMainRest is not available"
    assert (body["ResponseCode"], body["ResponseMessage"]) == ("20", message)
    assert ameria.ask("GetBindings", PaymentType=6)["ResponseCode"] == "20"
    assert ameria.post("GetBindings", PaymentType=1).status_code == 500


def test_arca_refunds_are_listed_and_bounded(arca: ArcaShop) -> None:
    order_id = arca.paid()
    arca.sandbox.clock(login=arca.login, at="2026-08-26T17:29:07")
    assert arca.ask("refund", orderId=order_id, amount="400") == {"errorCode": 0}
    assert arca.ask("refund", orderId=order_id, amount="300") == {"errorCode": 0}
    body = arca.status(order_id)
    assert body["orderStatus"] == 4
    assert [refund["amount"] for refund in body["refunds"]] == [400, 300]
    assert body["refunds"][0]["date"] == "20260826172907"
    assert body["refunds"][0].keys() == {"referenceNumber", "actionCode", "amount", "approvalCode", "date"}
    assert body["paymentAmountInfo"] == {
        "paymentState": "REFUNDED",
        "approvedAmount": 1000,
        "depositedAmount": 300,
        "refundedAmount": 700,
    }
    for amount in ("301", "0", "-1", "1.5"):
        assert arca.ask("refund", orderId=order_id, amount=amount)["errorCode"] == "7"
    assert arca.ask("refund", orderId=order_id)["errorCode"] == "4"
    assert arca.ask("refund", orderId="x", amount="1")["errorCode"] == "6"


def test_arca_reverse_takes_the_whole_amount_back_once(arca: ArcaShop) -> None:
    order_id = arca.registered()
    arca.sandbox.clock(login=arca.login, at="2026-08-26T12:00:00")
    arca.sandbox.pay(order_id, late=True)
    assert arca.ask("reverse", orderId=order_id) == {"errorCode": 0}
    body = arca.status(order_id)
    assert (body["orderStatus"], body["paymentAmountInfo"]["paymentState"]) == (3, "REVERSED")
    assert arca.ask("reverse", orderId=order_id)["errorCode"] == "7"


@pytest.mark.parametrize(("minutes", "code"), [(9, 0), (11, "7")])
def test_arca_reverse_is_possible_until_midnight_in_yerevan(
    arca: ArcaShop, minutes: int, code: int | str
) -> None:
    arca.sandbox.clock(login=arca.login, at="2026-08-26T23:50:00+04:00")
    order_id = arca.paid()
    arca.sandbox.clock(login=arca.login, move_seconds=minutes * 60)
    assert arca.ask("reverse", orderId=order_id)["errorCode"] == code


def test_arca_reverse_that_failed_cannot_be_repeated(arca: ArcaShop) -> None:
    arca.sandbox.clock(login=arca.login, at="2026-08-26T12:00:00")
    order_id = arca.paid()
    arca.sandbox.fault("refuse", login=arca.login, operation="reverse", code="7")
    assert arca.ask("reverse", orderId=order_id)["errorCode"] == "7"
    assert arca.ask("reverse", orderId=order_id)["errorCode"] == "7"
    assert arca.sandbox.order(order_id)["state"] == "deposited"


def test_arca_reverse_after_a_refund_is_refused(arca: ArcaShop) -> None:
    order_id = arca.paid()
    arca.ask("refund", orderId=order_id, amount="1")
    assert arca.ask("reverse", orderId=order_id)["errorCode"] == "7"


def test_arca_refuses_what_the_login_may_not(arca: ArcaShop, configured: Callable[..., None]) -> None:
    configured("arca-ipay", may_refund=False, may_reverse=False)
    order_id = arca.paid()
    assert arca.ask("refund", orderId=order_id, amount="1")["errorCode"] == "5"
    assert arca.ask("reverse", orderId=order_id)["errorCode"] == "5"
    assert arca.register("A2", method="registerPreAuth")["errorCode"] == 5
    assert arca.ask("deposit", orderId=order_id)["errorCode"] == "5"


@pytest.mark.parametrize(("amount", "deposited"), [("400", 400), ("0", 1000), (None, 1000)])
def test_arca_hold_is_deposited_once(arca: ArcaShop, amount: str | None, deposited: int) -> None:
    order_id = arca.paid(method="registerPreAuth")
    assert arca.status(order_id)["orderStatus"] == 1
    fields = {} if amount is None else {"amount": amount}
    assert arca.ask("deposit", orderId=order_id, amount="1001")["errorCode"] == "7"
    assert arca.ask("deposit", orderId=order_id, **fields) == {"errorCode": 0}
    body = arca.status(order_id)
    assert (body["orderStatus"], body["paymentAmountInfo"]["depositedAmount"]) == (2, deposited)
    assert arca.ask("deposit", orderId=order_id, **fields)["errorCode"] == "7"
    assert arca.ask("reverse", orderId=order_id)["errorCode"] == "7"


def test_arca_hold_can_be_reversed(arca: ArcaShop) -> None:
    arca.sandbox.clock(login=arca.login, at="2026-08-26T12:00:00")
    order_id = arca.paid(method="registerPreAuth")
    assert arca.ask("reverse", orderId=order_id) == {"errorCode": 0}
    assert arca.status(order_id)["orderStatus"] == 3
