"""The ArCa family: registration, return, status (iPay Merchant API Manual 1.55.1.0)."""

import re
from collections.abc import Callable
from typing import Any
from urllib import parse

import pytest

from tests.sandbox.conftest import ArcaShop
from tests.sandbox_server import SandboxServer

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_registration_answers_an_id_and_the_page(sandbox: SandboxServer, arca: ArcaShop) -> None:
    body = arca.register(language="hy")
    assert UUID.fullmatch(body["orderId"])
    page = f"{sandbox.url}/payment/merchants/{arca.login}/payment_hy.html?mdOrder={body['orderId']}"
    assert body["formUrl"] == page
    assert (body["errorCode"], body["errorCodeString"], body["error"]) == (0, "0", False)


def test_registration_over_get_works_too(sandbox: SandboxServer, arca: ArcaShop) -> None:
    fields = {
        "userName": arca.login,
        "password": "x",
        "orderNumber": "9",
        "amount": "1",
        "returnUrl": "http://a/",
    }
    assert UUID.fullmatch(sandbox.client.get("/payment/rest/register.do", params=fields).json()["orderId"])


def test_paid_order_has_the_extended_status_of_version_three(arca: ArcaShop) -> None:
    order_id = arca.paid(jsonParams='{"invoice": "7"}')
    body = arca.status(order_id)
    assert (body["errorCode"], body["errorMessage"]) == ("0", "Success")
    assert (body["orderNumber"], body["orderStatus"], body["actionCode"]) == ("EDU20261", 2, 0)
    assert (body["amount"], body["currency"], body["orderDescription"]) == (1000, "051", "Course 12")
    assert body["date"] > 1_500_000_000_000
    assert body["authDateTime"] >= body["date"]
    assert body["merchantOrderParams"] == [{"name": "invoice", "value": "7"}]
    assert body["attributes"] == [{"name": "mdOrder", "value": order_id}]
    assert body["cardAuthInfo"]["pan"] == "400000**0000"
    assert body["cardAuthInfo"]["approvalCode"]
    assert body["paymentAmountInfo"] == {
        "paymentState": "DEPOSITED",
        "approvedAmount": 1000,
        "depositedAmount": 1000,
        "refundedAmount": 0,
    }
    assert body["bankInfo"]["bankCountryCode"] == "AM"
    assert re.fullmatch(r"\d{12}", body["authRefNum"])
    assert "refunds" not in body


@pytest.mark.parametrize(
    ("version", "has_second", "has_third"), [("01", False, False), ("02", True, False), ("03", True, True)]
)
def test_version_of_the_status_is_a_setting(
    arca: ArcaShop, configured: Callable[..., None], version: str, has_second: bool, has_third: bool
) -> None:
    configured("arca-ipay", status_version=version)
    body = arca.status(arca.paid())
    assert ("authRefNum" in body, "paymentAmountInfo" in body) == (has_second, has_third)


def test_return_names_only_the_order_and_keeps_the_query(arca: ArcaShop) -> None:
    order_id = arca.registered()
    url = arca.sandbox.pay(order_id)["return_url"]
    assert url == f"https://shop.example/return?school=1&orderId={order_id}"


def test_return_of_inecobank_names_payment_id(arca: ArcaShop, configured: Callable[..., None]) -> None:
    configured("ineco")
    order_id = arca.registered()
    url = arca.sandbox.outcome(order_id, "decline")["return_url"]
    assert parse.parse_qs(parse.urlsplit(url).query) == {"school": ["1"], "paymentID": [order_id]}


def test_currency_defaults_to_the_rouble(arca: ArcaShop) -> None:
    assert arca.status(arca.registered(currency=None))["currency"] == "643"


def test_repeated_number_is_refused_and_found_by_number(arca: ArcaShop) -> None:
    order_id = arca.registered()
    again = arca.register()
    assert (again["errorCode"], again["errorCodeString"], again["error"]) == (1, "1", True)
    assert "orderId" not in again
    assert "formUrl" not in again
    body = arca.ask("getOrderStatusExtended", orderNumber="EDU20261")
    assert body["attributes"] == [{"name": "mdOrder", "value": order_id}]
    assert (body["orderStatus"], body["actionCode"]) == (0, -100)
    assert "formUrl" not in body


def test_id_wins_over_the_number(arca: ArcaShop) -> None:
    first, _ = arca.registered("A1"), arca.registered("A2")
    assert arca.status(first, orderNumber="A2")["orderNumber"] == "A1"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"orderNumber": None}, 4),
        ({"amount": None}, 4),
        ({"returnUrl": None}, 4),
        ({"userName": ""}, 4),
        ({"password": ""}, 4),
        ({"currency": "999"}, 3),
        ({"amount": "10.00"}, 5),
        ({"amount": "0"}, 5),
        ({"orderNumber": "1" * 33}, 5),
        ({"description": "100% sure"}, 5),
        ({"jsonParams": "[]"}, 5),
    ],
)
def test_bad_registration_answers_the_code_of_the_manual(
    arca: ArcaShop, fields: dict[str, Any], code: int
) -> None:
    body = arca.register(**fields)
    assert (body["errorCode"], body["error"]) == (code, True)


def test_unknown_order_has_code_six_and_no_status(arca: ArcaShop) -> None:
    for fields in ({"orderId": "00000000-0000-4000-8000-000000000001"}, {"orderNumber": "none"}):
        body = arca.ask("getOrderStatusExtended", **fields)
        assert body["errorCode"] == "6"
        assert "orderStatus" not in body
    assert arca.ask("getOrderStatusExtended")["errorCode"] == "4"


def test_order_of_another_login_is_unknown(arca: ArcaShop) -> None:
    order_id = arca.paid()
    assert arca.status(order_id, userName="another")["errorCode"] == "6"


@pytest.mark.parametrize(
    ("style", "created", "refused", "moved"),
    [("number", 0, 1, 0), ("string", "0", "1", "0"), ("absent", None, "1", None), ("mixed", 0, 1, 0)],
)
def test_error_code_is_a_number_a_string_or_absent(
    arca: ArcaShop, configured: Callable[..., None], style: str, created: Any, refused: Any, moved: Any
) -> None:
    configured("arca-ipay", error_code=style)
    assert arca.register().get("errorCode") == created
    order = arca.register()
    assert order["errorCode"] == refused
    order_id = arca.paid("A2")
    assert arca.ask("refund", orderId=order_id, amount="1").get("errorCode") == moved


def test_error_text_follows_the_language(arca: ArcaShop) -> None:
    texts = {arca.status("x", language=language)["errorMessage"] for language in ("hy", "ru", "en")}
    assert texts == {"Անհայտ պատվեր", "Неизвестный заказ", "Unknown order"}


def test_short_status_mixes_its_cases(arca: ArcaShop) -> None:
    body = arca.ask("getOrderStatus", orderId=arca.paid())
    assert (body["ErrorCode"], body["OrderStatus"], body["OrderNumber"]) == ("0", 2, "EDU20261")
    assert (body["Amount"], body["Pan"], body["depositAmount"]) == (1000, "400000**0000", 1000)
    assert (body["currency"], body["cardholderName"], body["expiration"]) == ("051", "TEST HOLDER", "203012")
    assert body["approvalCode"]
    unknown = arca.ask("getOrderStatus", orderId="00000000-0000-4000-8000-000000000001")
    assert unknown["ErrorCode"] == "6"
    assert "OrderStatus" not in unknown


def test_description_reaches_the_bank_in_99_characters(arca: ArcaShop) -> None:
    assert len(arca.status(arca.registered(description="a" * 200))["orderDescription"]) == 99


def test_failed_attempt_leaves_the_order_open_while_attempts_remain(
    arca: ArcaShop, configured: Callable[..., None]
) -> None:
    configured("arca-ipay", attempts=2)
    order_id = arca.registered()
    assert arca.sandbox.outcome(order_id, "decline")["return_url"] is None
    body = arca.status(order_id)
    assert (body["orderStatus"], body["actionCode"]) == (0, 116)
    assert arca.sandbox.outcome(order_id, "decline", action_code=101)["return_url"] is not None
    body = arca.status(order_id)
    assert (body["orderStatus"], body["actionCode"]) == (6, 101)
    assert body["paymentAmountInfo"]["paymentState"] == "DECLINED"


@pytest.mark.parametrize(("outcome", "code"), [("fail-3ds", None), ("decline", -2000)])
def test_refusal_by_3ds_and_fraud_end_the_order_at_once(
    arca: ArcaShop, configured: Callable[..., None], outcome: str, code: int | None
) -> None:
    configured("arca-ipay", attempts=5)
    order_id = arca.registered()
    arca.sandbox.outcome(order_id, outcome, action_code=code)
    assert arca.status(order_id)["orderStatus"] == 6


def test_start_of_3ds_is_status_five_and_not_final(arca: ArcaShop) -> None:
    order_id = arca.registered()
    arca.sandbox.outcome(order_id, "wait")
    assert arca.status(order_id)["orderStatus"] == 5
    arca.sandbox.pay(order_id)
    assert arca.status(order_id)["orderStatus"] == 2


def test_session_that_ends_on_the_page_is_declined(arca: ArcaShop) -> None:
    order_id = arca.registered(sessionTimeoutSecs="300")
    arca.sandbox.outcome(order_id, "close")
    assert arca.status(order_id)["orderStatus"] == 0
    arca.sandbox.clock(login=arca.login, move_seconds=301)
    body = arca.status(order_id)
    assert (body["orderStatus"], body["actionCode"]) == (6, -2007)


def test_order_whose_page_was_never_opened_stays_registered(arca: ArcaShop) -> None:
    order_id = arca.registered()
    arca.sandbox.clock(login=arca.login, move_seconds=86400)
    assert arca.status(order_id)["orderStatus"] == 0


def test_epg_numbers_are_letters_and_digits_in_the_logins_own_currency(
    arca: ArcaShop, configured: Callable[..., None]
) -> None:
    configured("arca-epg", currency="051")
    assert arca.register("EDU-1")["errorCode"] == 5
    assert arca.register("EDU1", currency="840")["errorCode"] == 3
    assert arca.register("EDU1")["errorCode"] == 0


def test_epg_password_that_was_never_changed_is_refused(
    arca: ArcaShop, configured: Callable[..., None]
) -> None:
    configured("arca-epg", password_must_change=True)
    assert arca.register()["errorCode"] == 5


def test_wrong_password_is_code_five_everywhere(arca: ArcaShop, configured: Callable[..., None]) -> None:
    configured("arca-ipay")
    order_id = arca.paid()
    arca.password = "wrong"
    assert arca.register("A2")["errorCode"] == 5
    assert arca.status(order_id)["errorCode"] == "5"
    assert arca.ask("getOrderStatus", orderId=order_id)["ErrorCode"] == "5"
    assert arca.ask("refund", orderId=order_id, amount="1")["errorCode"] == "5"
    assert arca.sandbox.order(order_id)["refunded_minor"] == 0


def test_operation_without_a_right_is_code_five_and_an_unknown_one_404(arca: ArcaShop) -> None:
    assert arca.ask("getBindings", clientId="7")["errorCode"] == "5"
    assert arca.sandbox.client.post("/payment/rest/nothing.do").status_code == 404
