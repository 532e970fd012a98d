"""The control API: settings, orders, clock, calls, reset, schema."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import AmeriaShop, ArcaShop
from tests.sandbox_server import SandboxServer
from vpos_sandbox.control import routes


def test_schema_tells_every_route_and_no_other(sandbox: SandboxServer) -> None:
    document = sandbox.ask("GET", "schema")
    assert document["openapi"].startswith("3.1")
    told = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    served = {
        (method, path.replace("<int:", "<").replace("<", "{").replace(">", "}"))
        for method, path, _ in routes.ROUTES
    }
    assert told == served


def test_schema_names_every_field_of_an_order(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    order = sandbox.order(ameria.paid())
    document = sandbox.ask("GET", "schema")
    assert set(document["components"]["schemas"]["Order"]["properties"]) == set(order)


def test_schema_names_every_option_of_a_merchant(sandbox: SandboxServer, login: str) -> None:
    merchant = sandbox.merchant(login, profile="ameria")
    document = sandbox.ask("GET", "schema")
    told = document["components"]["schemas"]["Merchant"]["properties"]
    assert set(told) == set(merchant)
    assert set(told["options"]["properties"]) == set(merchant["options"])


def test_settings_are_replaced_changed_shown_and_forgotten(sandbox: SandboxServer, login: str) -> None:
    sandbox.merchant(login, profile="arca-epg", password="one", attempts=3)
    sandbox.ask("PATCH", f"merchants/{login}", json={"options": {"may_refund": False}})
    merchant = sandbox.ask("GET", f"merchants/{login}")["merchant"]
    assert (merchant["password"], merchant["options"]["attempts"], merchant["options"]["may_refund"]) == (
        "one",
        3,
        False,
    )
    merchant = sandbox.merchant(login, profile="ineco")
    assert (merchant["password"], merchant["options"]["attempts"]) == (None, 1)
    assert login in [one["login"] for one in sandbox.ask("GET", "merchants")["merchants"]]
    sandbox.ask("DELETE", f"merchants/{login}")
    with pytest.raises(httpx.HTTPStatusError, match="unknown-merchant"):
        sandbox.ask("GET", f"merchants/{login}")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "profile must be one of"),
        ({"profile": ["ameria"]}, "profile must be one of"),
        ({"profile": "ameria", "options": {"attempts": 0}}, "attempts must be at least 1"),
        ({"profile": "ameria", "options": {"attempts": "3"}}, "attempts must be int"),
        ({"profile": "ameria", "options": {"speed": 1}}, "Unknown option speed"),
        ({"profile": "ameria", "options": {"unattempted": "never"}}, "unattempted must be one of"),
        ({"profile": "ameria", "options": {"callback_extra": "amount"}}, "callback_extra must be a list"),
        ({"profile": "ameria", "password": 5}, "password must be a string or null"),
        ({"profile": "ameria", "pasword": "x"}, "Unknown fields: pasword"),
    ],
)
def test_bad_settings_are_refused_in_words(
    sandbox: SandboxServer, login: str, fields: dict[str, Any], sentence: str
) -> None:
    answer = sandbox.client.put(f"/_control/merchants/{login}", json=fields)
    assert answer.status_code == 422
    assert sentence in answer.json()["message"]


def test_login_of_one_bank_is_a_stranger_at_the_other(
    sandbox: SandboxServer, ameria: AmeriaShop, arca: ArcaShop, configured: Callable[..., None]
) -> None:
    configured("ameria")
    assert arca.register()["errorCode"] == 5
    configured("arca-ipay")
    assert ameria.init()["ResponseCode"] == 20


def test_order_is_found_by_number_by_either_id_and_in_lists(
    sandbox: SandboxServer, ameria: AmeriaShop, arca: ArcaShop
) -> None:
    payment_id, order_id = ameria.paid(), arca.registered()
    (order,) = sandbox.orders(provider="ameria", login=ameria.login, order_number=2350301)
    assert isinstance(order["id"], str)
    assert order["provider_ref"] == payment_id
    assert (
        sandbox.order(order["id"]) == sandbox.order(payment_id) == sandbox.order(payment_id.lower()) == order
    )
    assert (order["state"], order["amount"], order["currency_code"]) == ("deposited", "10.00", "AMD")
    assert len(sandbox.orders(login=ameria.login)) == 2
    (other,) = sandbox.orders(provider="arca", login=arca.login)
    assert (other["provider_ref"], other["client_id"]) == (order_id, None)
    answer = sandbox.client.get("/_control/orders", params={"login": ameria.login, "state": "created"})
    assert [one["id"] for one in answer.json()["orders"]] == [other["id"]]
    assert sandbox.client.get("/_control/orders/999999999").status_code == 404
    assert sandbox.client.get("/_control/orders/nothing").json()["error"] == "unknown-order"


def test_history_tells_what_happened(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    ameria.init()
    sandbox.pay(payment_id)
    sandbox.cabinet_refund(payment_id, 100)
    told = [entry["what"] for entry in sandbox.order(payment_id)["history"]]
    assert told == [
        "registered",
        "registered again",
        "page opened from 127.0.0.1",
        "paid",
        "refunded 100 by cabinet",
    ]


def test_outcome_that_the_state_forbids_is_a_conflict(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    answer = sandbox.client.post(f"/_control/orders/{payment_id}/outcome", json={"outcome": "pay"})
    assert (answer.status_code, answer.json()["error"]) == (409, "not-open")
    answer = sandbox.client.post(f"/_control/orders/{payment_id}/cabinet-refund", json={"amount_minor": 1001})
    assert (answer.status_code, answer.json()["error"]) == (409, "wrong-amount")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b'{"outcome": "fly"}', 422), (b'{"outcome": "pay", "why": 1}', 422)],
)
def test_bad_bodies_are_refused_in_words(
    sandbox: SandboxServer, ameria: AmeriaShop, body: bytes, status: int
) -> None:
    answer = sandbox.client.post(f"/_control/orders/{ameria.registered()}/outcome", content=body)
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "message"}


def test_pay_address_leads_to_the_page(sandbox: SandboxServer, ameria: AmeriaShop, arca: ArcaShop) -> None:
    for ref in (ameria.registered(), arca.registered()):
        assert 'data-outcome="pay"' in sandbox.client.get(sandbox.order(ref)["pay_url"]).text


def test_clock_of_a_login_moves_alone(sandbox: SandboxServer, login: str) -> None:
    moved = sandbox.clock(login=login, move_seconds=3600)
    assert 3599 <= moved["offset_seconds"] <= 3601
    assert abs(sandbox.clock(login=f"{login}-other")["offset_seconds"]) < 60
    at = sandbox.clock(login=login, at="2027-01-31T23:59:59.500+04:00")
    assert at["now"].startswith("2027-01-31T19:59:59")
    assert at["yerevan"].startswith("2027-01-31T23:59:59")
    assert abs(sandbox.clock(login=login, reset=True)["offset_seconds"]) < 60


def test_clock_of_everybody_moves_with_each_login(sandbox: SandboxServer, login: str) -> None:
    sandbox.clock(login=login, move_seconds=100)
    try:
        sandbox.clock(move_seconds=1000)
        assert 1099 <= sandbox.clock(login=login)["offset_seconds"] <= 1101
    finally:
        sandbox.clock(reset=True)


@pytest.mark.parametrize("body", [{}, {"at": "soon"}, {"at": 5}, {"move_seconds": "5"}, {"hours": 1}])
def test_bad_clock_is_refused(sandbox: SandboxServer, body: dict[str, Any]) -> None:
    assert sandbox.client.post("/_control/clock", json=body).status_code == 422


def test_calls_are_counted_by_order_and_operation_and_show_no_password(
    sandbox: SandboxServer, ameria: AmeriaShop
) -> None:
    first, second = ameria.paid(1), ameria.paid(2)
    for payment_id in (first, first, second):
        ameria.details(payment_id)
    log = sandbox.calls(login=ameria.login)
    assert log["by_operation"] == {"GetPaymentDetails": 3, "InitPayment": 2}
    assert sandbox.count(login=ameria.login, order_number=1, operation="lookup") == 2
    assert sandbox.count(login=ameria.client_id, operation="InitPayment") == 2
    assert sandbox.count(order=sandbox.order(second)["id"]) == 2
    assert "right" not in log["calls"][0]["request"]
    assert '"password": "***"' in log["calls"][0]["request"]
    assert '"OrderStatus": "2"' in log["calls"][0]["answer"]


def test_reset_forgets_the_login_and_nothing_else(sandbox: SandboxServer, login: str) -> None:
    sandbox.merchant(login, profile="ameria", unattempted="550")
    mine, other = AmeriaShop(sandbox, login), AmeriaShop(sandbox, f"{login}-other")
    gone, kept = mine.paid(), other.paid()
    mine.ask("RefundPayment", PaymentID=gone, Amount=1)
    sandbox.fault("fault500", login=login)
    sandbox.clock(login=login, move_seconds=100)
    sandbox.reset(login)
    assert sandbox.orders(login=login) == []
    assert sandbox.count(login=login) == 0
    assert abs(sandbox.clock(login=login)["offset_seconds"]) < 60
    assert sandbox.ask("GET", "faults", params={"login": login})["faults"] == []
    assert sandbox.ask("GET", f"merchants/{login}")["merchant"]["options"]["unattempted"] == "550"
    assert other.details(kept)["OrderStatus"] == "2"


def test_unknown_control_address_is_answered_in_json(sandbox: SandboxServer) -> None:
    answer = sandbox.client.get("/_control/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "not-found")
    assert sandbox.client.put("/_control/clock").status_code == 405


def test_faults_are_cleared_only_in_a_named_scope(sandbox: SandboxServer, login: str) -> None:
    one = sandbox.fault("fault500", login=login)
    sandbox.fault("fault500", login=login, order_number=7)
    assert sandbox.client.delete("/_control/faults").status_code == 422
    assert sandbox.ask("DELETE", f"faults/{one['id']}")["removed"] == 1
    assert sandbox.client.delete(f"/_control/faults/{one['id']}").status_code == 404
    assert sandbox.clear_faults(login=login) == 1
