"""Ameriabank vPOS 3.1: registration, return, look-up (Ameriabank vPOS 3.1 API description)."""

import re
from collections.abc import Callable
from typing import Any
from urllib import parse

import pytest

from tests.sandbox.conftest import AmeriaShop
from tests.sandbox_server import SandboxServer

THIRTY_KEYS = (  # noqa: SIM905 - a list of words reads better as words
    "Amount ApprovedAmount ApprovalCode CardNumber ClientName ClientEmail Currency DateTime DepositedAmount "
    "Description MDOrderID MerchantId TerminalId OrderID PaymentState PaymentType PrimaryRC ResponseCode ExpDate "
    "ProcessingIP OrderStatus CardHolderID BindingID RefundedAmount Opaque TrxnDescription rrn ActionCode "
    "ExchangeRate BankInfo"
).split()


def query_of(url: str) -> dict[str, str]:
    return dict(parse.parse_qsl(parse.urlsplit(url).query, keep_blank_values=True))


def test_registration_answers_integer_one_and_an_upper_case_id(ameria: AmeriaShop) -> None:
    body = ameria.init()
    assert body.keys() == {"PaymentID", "ResponseCode", "ResponseMessage"}
    assert body["ResponseCode"] == 1
    assert type(body["ResponseCode"]) is int
    assert body["ResponseMessage"] == "OK"
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", body["PaymentID"])


def test_paid_order_answers_thirty_keys_in_the_wire_types(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid(Description="Course 12", CardHolderID="student-5")
    body = ameria.details(payment_id)
    assert list(body) == THIRTY_KEYS
    assert (body["ResponseCode"], body["OrderStatus"], body["PaymentState"]) == (
        "00",
        "2",
        "payment_deposited",
    )
    amounts = [body[name] for name in ("Amount", "ApprovedAmount", "DepositedAmount", "RefundedAmount")]
    assert amounts == [10.0, 10.0, 10.0, 0.0]
    assert all(type(amount) is float for amount in amounts)
    assert type(body["ExchangeRate"]) is float
    assert body["PaymentType"] == 5
    assert (body["OrderID"], body["PrimaryRC"], body["ActionCode"], body["Currency"]) == (
        "2350301",
        "0",
        "0",
        "051",
    )
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", body["DateTime"])
    assert body["ExpDate"] == "203012"
    assert re.fullmatch(r"\d{6}\*\*\d{4}", body["CardNumber"])
    assert re.fullmatch(r"\d{6}", body["ApprovalCode"])
    assert body["rrn"] == body["MDOrderID"] != payment_id.lower()
    assert body["Description"] == "Approved. - Payment post authorized"
    assert (body["TrxnDescription"], body["Opaque"]) == ("Course 12", "inv-7")
    assert body["ClientName"] == "TEST HOLDER"
    assert body["CardHolderID"] == "student-5"
    assert body["BankInfo"] == {"BankName": "", "BankCountryCode": "AM", "BankCountryName": "Armenia"}
    assert None not in body.values()


def test_return_keeps_the_query_and_misspells_the_code(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    url = sandbox.pay(payment_id)["return_url"]
    assert url.startswith("https://shop.example/return?school=1&orderID=2350301&resposneCode=00&paymentID=")
    query = query_of(url)
    assert query["paymentID"] == payment_id.lower()
    assert query["opaque"] == "inv-7"
    assert query["description"] == "Operation Approved "


def test_id_is_accepted_in_lower_case(ameria: AmeriaShop) -> None:
    assert ameria.details(ameria.paid().lower())["ResponseCode"] == "00"


def test_names_are_matched_in_any_case_and_unknown_ones_ignored(ameria: AmeriaShop) -> None:
    fields = {
        "clientId": ameria.client_id,
        "username": ameria.login,
        "password": "x",
        "amount": 10,
        "OrderId": 5,
    }
    answer = ameria.sandbox.client.post("/VPOS/api/VPOS/InitPayment", json=fields | {"Whatever": True})
    assert answer.json()["ResponseCode"] == 1
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_form_bodies_are_accepted(ameria: AmeriaShop) -> None:
    fields = {"ClientID": "c", "Username": ameria.login, "Password": "x", "Amount": "10.0", "OrderID": "6"}
    answer = ameria.sandbox.client.post("/VPOS/api/VPOS/InitPayment", data=fields)
    payment_id = answer.json()["PaymentID"]
    ameria.sandbox.pay(payment_id)
    form = {"Username": ameria.login, "Password": "x", "PaymentID": payment_id}
    answer = ameria.sandbox.client.post("/VPOS/api/VPOS/GetPaymentDetails", data=form)
    assert answer.json()["OrderStatus"] == "2"


@pytest.mark.parametrize("amount", [10, 10.0, "10", "10.00"])
def test_amounts_are_major_units_in_every_spelling(ameria: AmeriaShop, amount: Any) -> None:
    assert ameria.details(ameria.paid(Amount=amount))["Amount"] == 10.0


def test_currency_defaults_to_dram(ameria: AmeriaShop) -> None:
    assert ameria.details(ameria.paid(Currency=None))["Currency"] == "051"


def test_text_that_is_not_latin_comes_back_as_inverted_question_marks(ameria: AmeriaShop) -> None:
    body = ameria.details(ameria.paid(Description="Դաս 12 é"))
    assert body["TrxnDescription"] == "\u00bf\u00bf\u00bf 12 é"


def test_repeated_registration_answers_the_same_id_and_takes_the_new_parameters(ameria: AmeriaShop) -> None:
    first = ameria.init(Opaque="one")
    again = ameria.init(Opaque="two", Amount="20")
    assert again == first
    ameria.sandbox.pay(first["PaymentID"])
    body = ameria.details(first["PaymentID"])
    assert (body["Opaque"], body["Amount"]) == ("two", 20.0)


def test_registration_of_a_paid_number_is_a_duplicate(ameria: AmeriaShop) -> None:
    ameria.paid()
    assert ameria.init() == {"PaymentID": "", "ResponseCode": 8204, "ResponseMessage": "Duplicate order"}


def test_two_clients_may_use_the_same_number(ameria: AmeriaShop) -> None:
    assert ameria.registered(7, ClientID="a") != ameria.registered(7, ClientID="b")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Amount": None}, 4),
        ({"OrderID": None}, 4),
        ({"OrderID": "EDU-1"}, 5),
        ({"Amount": "-1"}, 50),
        ({"Amount": "ten"}, 50),
        ({"Currency": "999"}, 3),
    ],
)
def test_bad_registration_answers_an_integer_code_and_an_empty_id(
    ameria: AmeriaShop, fields: dict[str, Any], code: int
) -> None:
    body = ameria.init(**fields)
    assert (body["PaymentID"], body["ResponseCode"]) == ("", code)


def test_test_mode_wants_exactly_ten_drams(ameria: AmeriaShop, configured: Callable[..., None]) -> None:
    configured("ameria", test_mode=True)
    body = ameria.init(Amount="11")
    assert (body["ResponseCode"], body["ResponseMessage"]) == (560, "In test mode amount must be 10 AMD")
    assert ameria.init(Amount=10.55, Currency="840")["ResponseCode"] == 560
    assert ameria.init(Amount="10")["ResponseCode"] == 1


def test_numbers_outside_the_allotted_range_are_refused(
    ameria: AmeriaShop, configured: Callable[..., None]
) -> None:
    configured("ameria", order_from=2350301, order_to=2350400)
    assert ameria.init(2350401)["ResponseCode"] == 5
    assert ameria.init(2350300)["ResponseCode"] == 5
    assert ameria.init(2350400)["ResponseCode"] == 1


@pytest.mark.parametrize("timeout", [1201, 0, -1, "soon", None])
def test_timeout_is_not_checked(ameria: AmeriaShop, timeout: Any) -> None:
    payment_id = ameria.registered(Timeout=timeout)
    ameria.sandbox.clock(login=ameria.login, move_seconds=1190)
    assert not ameria.sandbox.order(payment_id)["session_over"]
    ameria.sandbox.clock(login=ameria.login, move_seconds=20)
    assert ameria.sandbox.order(payment_id)["session_over"]


def test_number_finds_the_id_of_a_lost_answer(ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    body = ameria.ask("GetPaymentId", ClientID=ameria.client_id, OrderID=2350301)
    assert body == {"PaymentId": payment_id, "ResponseCode": "00", "ResponseMessage": ""}
    unknown = ameria.ask("GetPaymentId", ClientID=ameria.client_id, OrderID=1)
    assert (unknown["PaymentId"], unknown["ResponseCode"]) == ("", "06")


def test_unattempted_order_is_a_fault_of_the_server_by_default(ameria: AmeriaShop) -> None:
    answer = ameria.post("GetPaymentDetails", PaymentID=ameria.registered())
    assert (answer.status_code, answer.json()) == (500, {"Message": "An error has occurred."})


def test_unattempted_order_can_answer_550_with_nothing_in_it(
    ameria: AmeriaShop, configured: Callable[..., None]
) -> None:
    configured("ameria", unattempted="550")
    body = ameria.details(ameria.registered())
    assert list(body) == THIRTY_KEYS
    assert (body["ResponseCode"], body["Description"], body["OrderID"]) == ("550", "System Error", "")


def test_unattempted_order_can_answer_0_100(ameria: AmeriaShop, configured: Callable[..., None]) -> None:
    configured("ameria", unattempted="0-100")
    body = ameria.details(ameria.registered())
    assert (body["ResponseCode"], body["OrderStatus"], body["PaymentState"]) == (
        "0-100",
        "0",
        "payment_started",
    )
    assert (body["Amount"], body["ApprovedAmount"]) == (10.0, 0.0)


@pytest.mark.parametrize(
    ("outcome", "code", "state", "status"),
    [
        ("decline", "0116", "payment_declined", "6"),
        ("fail-3ds", "0-2006", "payment_declined", "6"),
        ("wait", "0-9000", "payment_autoauthorized", "5"),
    ],
)
def test_failures_carry_a_table_code(
    ameria: AmeriaShop, outcome: str, code: str, state: str, status: str
) -> None:
    payment_id = ameria.registered()
    url = ameria.sandbox.outcome(payment_id, outcome)["return_url"]
    body = ameria.details(payment_id)
    assert (body["ResponseCode"], body["PaymentState"], body["OrderStatus"]) == (code, state, status)
    assert (body["ApprovedAmount"], body["Description"]) == (0.0, "System Error")
    if outcome == "wait":
        assert url is None
    else:
        assert query_of(url)["resposneCode"] == code


def test_session_that_ends_on_the_page_is_declined_with_the_time_limit(ameria: AmeriaShop) -> None:
    payment_id = ameria.registered(Timeout=300)
    ameria.sandbox.outcome(payment_id, "close")
    ameria.sandbox.clock(login=ameria.login, move_seconds=301)
    body = ameria.details(payment_id)
    assert (body["ResponseCode"], body["OrderStatus"]) == ("0-2007", "6")


def test_wrong_operation_is_404_and_get_is_405(ameria: AmeriaShop) -> None:
    assert ameria.post("DeactivateBindings").status_code == 404
    assert ameria.sandbox.client.get("/VPOS/api/VPOS/InitPayment").status_code == 405


def test_body_that_is_no_json_is_a_fault_of_the_server(ameria: AmeriaShop) -> None:
    answer = ameria.sandbox.client.post("/VPOS/api/VPOS/GetPaymentDetails", content=b"{")
    assert answer.status_code == 500
