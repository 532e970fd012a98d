"""Every fault switch, at both families where it can strike both."""

import json
import threading
import time
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import AmeriaShop, ArcaShop
from tests.sandbox_server import SandboxServer


def look_up(ameria: AmeriaShop, payment_id: str, **request: Any) -> httpx.Response:
    body = {"Username": ameria.login, "Password": "p", "PaymentID": payment_id}
    return ameria.sandbox.client.post("/VPOS/api/VPOS/GetPaymentDetails", json=body, **request)


def refund(ameria: AmeriaShop, payment_id: str, **request: Any) -> httpx.Response:
    body = {"Username": ameria.login, "Password": "p", "PaymentID": payment_id, "Amount": 4}
    return ameria.sandbox.client.post("/VPOS/api/VPOS/RefundPayment", json=body, **request)


def refunded(ameria: AmeriaShop, payment_id: str) -> int:
    return int(ameria.sandbox.order(payment_id)["refunded_minor"])


@pytest.mark.parametrize(("done", "minor"), [(False, 0), (True, 400)])
def test_fault500_strikes_before_or_after_the_money_moved(ameria: AmeriaShop, done: bool, minor: int) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("fault500", login=ameria.login, operation="RefundPayment", done=done)
    answer = refund(ameria, payment_id)
    assert (answer.status_code, answer.json()) == (500, {"Message": "An error has occurred."})
    assert refunded(ameria, payment_id) == minor
    assert refund(ameria, payment_id).json()["ResponseCode"] == "00"


def test_status_with_html(ameria: AmeriaShop, arca: ArcaShop) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("http-status", login=ameria.login, status=502)
    answer = look_up(ameria, payment_id)
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>502</h1>" in answer.text


@pytest.mark.parametrize(("kind", "minor"), [("timeout-before", 0), ("timeout-after", 400)])
def test_answer_that_never_comes(ameria: AmeriaShop, kind: str, minor: int) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault(kind, login=ameria.login, operation="refund")
    with pytest.raises(httpx.ReadTimeout):
        refund(ameria, payment_id, timeout=0.5)
    assert refunded(ameria, payment_id) == minor


def test_late_answer_after_the_money_moved_still_comes(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("timeout-after", login=ameria.login, operation="refund", seconds=0.4)
    started = time.monotonic()
    assert refund(ameria, payment_id).json()["ResponseCode"] == "00"
    assert time.monotonic() - started >= 0.4


def test_call_that_was_not_done_is_dropped_after_its_time(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("timeout-before", login=ameria.login, operation="refund", seconds=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        refund(ameria, payment_id)
    assert refunded(ameria, payment_id) == 0


def test_waiting_answers_hold_nobody_else_up(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("slow", login=ameria.login, operation="refund", seconds=1.0)
    slow = threading.Thread(target=refund, args=(ameria, payment_id))
    slow.start()
    time.sleep(0.1)
    started = time.monotonic()
    assert look_up(ameria, payment_id).json()["OrderStatus"] == "4"
    assert time.monotonic() - started < 0.5
    slow.join()


@pytest.mark.parametrize(("kind", "minor"), [("drop-before", 0), ("drop-after", 400)])
def test_connection_dropped(ameria: AmeriaShop, kind: str, minor: int) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault(kind, login=ameria.login, operation="refund")
    with pytest.raises(httpx.RemoteProtocolError):
        refund(ameria, payment_id)
    assert refunded(ameria, payment_id) == minor


@pytest.mark.parametrize("kind", ["half-json", "malformed-json", "empty-body"])
def test_answers_that_are_no_json(ameria: AmeriaShop, kind: str) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault(kind, login=ameria.login, operation="refund")
    answer = refund(ameria, payment_id)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert (answer.content == b"") == (kind == "empty-body")
    assert refunded(ameria, payment_id) == 400


def test_body_cut_in_the_middle_of_the_line(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("cut-body", login=ameria.login)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        look_up(ameria, payment_id)


def test_wrong_types(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("wrong-types", login=ameria.login)
    body = look_up(ameria, payment_id).json()
    assert (body["OrderStatus"], body["Amount"]) == (["2"], {"value": 10.0})


def test_wrong_amount(ameria: AmeriaShop, arca: ArcaShop) -> None:
    payment_id, order_id = ameria.paid(), arca.paid()
    ameria.sandbox.fault("wrong-amount", login=ameria.login, times=2, delta_minor=-1)
    body = look_up(ameria, payment_id).json()
    assert (body["Amount"], body["ApprovedAmount"], body["DepositedAmount"]) == (9.99, 9.99, 9.99)
    body = arca.status(order_id)
    assert (body["amount"], body["paymentAmountInfo"]["approvedAmount"]) == (999, 999)
    arca.sandbox.fault("wrong-amount", login=arca.login, factor=100)
    body = arca.status(order_id)
    assert (body["amount"], body["paymentAmountInfo"]["depositedAmount"]) == (100000, 100000)
    assert body["paymentAmountInfo"]["refundedAmount"] == 0


def test_wrong_currency_number_and_status(ameria: AmeriaShop, arca: ArcaShop) -> None:
    payment_id, order_id = ameria.paid(), arca.paid()
    sandbox, login = ameria.sandbox, ameria.login
    sandbox.fault("wrong-currency", login=login, times=2)
    assert look_up(ameria, payment_id).json()["Currency"] == "840"
    assert arca.status(order_id)["currency"] == "840"
    sandbox.fault("wrong-order-number", login=login, times=2, answered="5")
    assert look_up(ameria, payment_id).json()["OrderID"] == "5"
    assert arca.status(order_id)["orderNumber"] == "5"
    sandbox.fault("unknown-status", login=login, times=2, status=9)
    body = look_up(ameria, payment_id).json()
    assert (body["OrderStatus"], body["PaymentState"]) == ("9", "payment_unheard_of")
    body = arca.status(order_id)
    assert (body["orderStatus"], body["paymentAmountInfo"]["paymentState"]) == (9, "payment_unheard_of")


@pytest.mark.parametrize(("variant", "code"), [("", "550"), ("20", "20"), ("fault500", None)])
def test_wrong_password_variants(ameria: AmeriaShop, variant: str, code: str | None) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("wrong-password", login=ameria.login, variant=variant)
    answer = look_up(ameria, payment_id)
    if code is None:
        assert answer.status_code == 500
    else:
        assert answer.json()["ResponseCode"] == code


def test_fault500_of_an_untried_payment_cannot_be_falsified(ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    ameria.sandbox.fault("wrong-currency", login=ameria.login)
    assert look_up(ameria, payment_id).json() == {"Message": "An error has occurred."}


@pytest.mark.parametrize("code", ["0-2007", "-2007", "0116", ""])
def test_registration_refuses_with_any_code_of_the_table(ameria: AmeriaShop, code: str) -> None:
    ameria.sandbox.fault("refuse", login=ameria.login, code=code)
    body = ameria.init()
    assert (body["PaymentID"], type(body["ResponseCode"])) == ("", int)


def test_wrong_password_at_registration_is_the_integer_20(ameria: AmeriaShop) -> None:
    ameria.sandbox.fault("wrong-password", login=ameria.login)
    assert ameria.init()["ResponseCode"] == 20


def test_refusal_with_a_chosen_code_does_nothing(ameria: AmeriaShop, arca: ArcaShop) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("refuse", login=ameria.login, operation="refund", code="0909", message="down")
    body = refund(ameria, payment_id).json()
    assert body == {"ResponseCode": "0909", "ResponseMessage": "down", "Opaque": "inv-7"}
    assert refunded(ameria, payment_id) == 0


def test_faults_strike_only_their_login_number_and_operation(sandbox: SandboxServer, login: str) -> None:
    one, other = AmeriaShop(sandbox, login), AmeriaShop(sandbox, f"{login}-other")
    first, second = one.paid(1), one.paid(2)
    others = other.paid(1)
    sandbox.fault("fault500", login=login, order_number=1, operation="lookup", times=None)
    assert look_up(one, first).status_code == 500
    assert look_up(one, second).status_code == 200
    assert look_up(other, others).status_code == 200
    assert refund(one, first).status_code == 200
    assert look_up(one, first).status_code == 500
    assert sandbox.clear_faults(login=login, order_number=1) == 1
    assert look_up(one, first).status_code == 200


def test_fault_can_be_scoped_to_a_client_id(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("fault500", login=ameria.client_id, operation="GetPaymentDetails")
    assert look_up(ameria, payment_id).status_code == 500


def test_faults_are_used_in_their_order_so_many_times(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    sandbox, login = ameria.sandbox, ameria.login
    sandbox.fault("http-status", login=login, operation="lookup", status=503, position=2_000_000)
    sandbox.fault("none", login=login, operation="lookup", position=1_000_000)
    sandbox.fault("http-status", login=login, operation="lookup", status=502, times=2, position=1_000_001)
    statuses = [look_up(ameria, payment_id).status_code for _ in range(5)]
    assert statuses == [200, 502, 502, 503, 200]


def test_forged_return_claims_success_without_a_payment(ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    ameria.sandbox.fault("forged-return", login=ameria.login)
    answer = ameria.sandbox.pay(payment_id)
    assert "resposneCode=00" in answer["return_url"]
    assert answer["order"]["state"] == "created"
    assert "resposneCode=00" in ameria.sandbox.forged_return(payment_id)


def test_return_without_payment_claims_nothing(ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    ameria.sandbox.fault("return-without-payment", login=ameria.login)
    answer = ameria.sandbox.pay(payment_id)
    assert "resposneCode=0-100" in answer["return_url"]
    assert answer["order"]["state"] == "created"


def test_buyer_who_never_returns(ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    ameria.sandbox.fault("no-return", login=ameria.login)
    answer = ameria.sandbox.pay(payment_id)
    assert (answer["return_url"], answer["order"]["state"]) == (None, "deposited")
    other = ameria.registered(2)
    answer = ameria.sandbox.pay(other, returns=False)
    assert (answer["return_url"], answer["order"]["state"]) == (None, "deposited")


@pytest.mark.parametrize("opened", [True, False])
def test_payment_after_the_session_needs_to_be_let_through(arca: ArcaShop, opened: bool) -> None:
    first, second = arca.registered("A1"), arca.registered("A2")
    if opened:
        for order_id in (first, second):
            arca.sandbox.outcome(order_id, "close")
    arca.sandbox.clock(login=arca.login, move_seconds=1201)
    assert arca.status(first)["orderStatus"] == (6 if opened else 0)
    with pytest.raises(httpx.HTTPStatusError, match="session-over"):
        arca.sandbox.pay(first)
    arca.sandbox.pay(first, late=True)
    arca.sandbox.fault("late-payment", login=arca.login)
    arca.sandbox.pay(second)
    for order_id in (first, second):
        assert (arca.status(order_id)["orderStatus"], arca.status(order_id)["actionCode"]) == (2, 0)


def test_bank_staff_corrects_a_declined_order(arca: ArcaShop) -> None:
    order_id = arca.registered()
    arca.sandbox.outcome(order_id, "decline")
    arca.sandbox.clock(login=arca.login, move_seconds=5 * 3600)
    assert arca.status(order_id)["orderStatus"] == 6
    arca.sandbox.correct(order_id)
    body = arca.status(order_id)
    assert (body["orderStatus"], body["paymentAmountInfo"]["paymentState"]) == (2, "DEPOSITED")
    with pytest.raises(httpx.HTTPStatusError, match="not-declined"):
        arca.sandbox.correct(order_id)


def test_refund_in_the_banks_cabinet_shows_in_the_amounts(ameria: AmeriaShop, arca: ArcaShop) -> None:
    payment_id, order_id = ameria.paid(), arca.paid()
    ameria.sandbox.cabinet_refund(payment_id, 400)
    arca.sandbox.cabinet_refund(order_id)
    body = look_up(ameria, payment_id).json()
    assert (body["DepositedAmount"], body["RefundedAmount"]) == (6.0, 4.0)
    assert arca.status(order_id)["refunds"][0]["amount"] == 1000
    assert arca.sandbox.order(order_id)["refunds"][0]["source"] == "cabinet"


def test_reversal_in_the_banks_cabinet(arca: ArcaShop) -> None:
    order_id = arca.paid()
    arca.sandbox.clock(login=arca.login, move_seconds=3 * 86400)
    arca.sandbox.ask("POST", f"orders/{order_id}/cabinet-reversal")
    assert arca.status(order_id)["orderStatus"] == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "explode"}, "kind must be one of"),
        ({"kind": "slow", "times": 0}, "times must be"),
        ({"kind": "slow", "params": {"minutes": 1}}, "has no parameter minutes"),
        ({"kind": ["slow"]}, "kind must be one of"),
        ({"kind": "slow", "params": {"seconds": "1"}}, "wrong type"),
        ({"kind": "slow", "params": {"seconds": -1}}, "wrong type or value"),
        ({"kind": "refuse", "params": {"code": "no"}}, "wrong type or value"),
        ({"kind": "wrong-password", "params": {"variant": "21"}}, "wrong type or value"),
        ({"kind": "slow", "who": "me"}, "Unknown fields: who"),
        ({"kind": "slow", "login": []}, "login must be"),
    ],
)
def test_bad_switch_is_refused_in_words(
    sandbox: SandboxServer, fields: dict[str, Any], sentence: str
) -> None:
    answer = sandbox.client.post("/_control/faults", json=fields)
    assert answer.status_code == 422
    assert answer.json()["error"] == "bad-fault"
    assert sentence in answer.json()["message"]
