"""The merchant's cabinet: statements made of the orders themselves, refunds behind the shop's back."""

import csv
import io
from collections.abc import Callable

import httpx
import pytest

from tests.sandbox.conftest import AmeriaShop, ArcaShop
from tests.sandbox_server import SandboxServer
from vpos_sandbox.cabinet import movements, shapes

OCTOBER = "2026-10"


def statement(sandbox: SandboxServer, login: str, month: str = OCTOBER, **asked: str) -> httpx.Response:
    return sandbox.client.get(f"/cabinet/{login}/statement", params={"month": month, **asked})


def rows(sandbox: SandboxServer, login: str, month: str = OCTOBER, **asked: str) -> list[dict[str, str]]:
    answer = statement(sandbox, login, month, shape="plain", **asked)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


@pytest.fixture
def friday(sandbox: SandboxServer, login: str) -> None:
    """Stand on Friday, 30 October 2026, a minute before midnight in Yerevan."""
    sandbox.clock(login=login, at="2026-10-30T23:59:00+04:00")


@pytest.mark.usefixtures("friday")
def test_a_statement_tells_payments_refunds_and_what_the_bank_keeps(
    sandbox: SandboxServer, arca: ArcaShop, login: str
) -> None:
    order = arca.paid(amount="10500000")
    arca.registered(number="EDU20262")
    sandbox.outcome(arca.registered(number="EDU20263"), "decline")
    sandbox.cabinet_refund(order, 500_000)
    payment, back = rows(sandbox, login)
    assert payment == {
        "Date": "2026-10-30T19:59:00+00:00",
        "Order number": "EDU20261",
        "Reference": order,
        "Type": "Purchase",
        "Amount": "105000.00",
        "Fee": "2100.00",
        "Net": "102900.00",
        "Currency": "AMD",
        "Settlement date": "2026-11-02",
        "Merchant": login,
    }
    assert (back["Type"], back["Amount"], back["Fee"], back["Net"]) == (
        "Refund",
        "-5000.00",
        "0.00",
        "-5000.00",
    )


@pytest.mark.usefixtures("friday")
def test_a_month_is_chosen_by_the_operation_or_by_the_settlement(
    sandbox: SandboxServer, ameria: AmeriaShop, login: str
) -> None:
    ameria.paid()
    assert len(rows(sandbox, login)) == 1
    assert rows(sandbox, login, by="settlement") == []
    assert len(rows(sandbox, login, "2026-11", by="settlement")) == 1
    assert rows(sandbox, login, "2026-11") == []


@pytest.mark.usefixtures("friday")
def test_a_minute_later_it_is_another_day_in_yerevan(
    sandbox: SandboxServer, ameria: AmeriaShop, login: str
) -> None:
    sandbox.clock(login=login, move_seconds=24 * 3600)
    ameria.paid(1)
    sandbox.clock(login=login, move_seconds=60)
    ameria.paid(2)
    assert [row["Order number"] for row in rows(sandbox, login)] == ["1"]
    assert [row["Order number"] for row in rows(sandbox, login, "2026-11")] == ["2"]


@pytest.mark.usefixtures("friday")
def test_a_reversal_takes_the_whole_payment_back(
    sandbox: SandboxServer, ameria: AmeriaShop, login: str
) -> None:
    payment_id = ameria.paid()
    assert ameria.ask("CancelPayment", PaymentID=payment_id)["ResponseCode"] == "00"
    assert [(row["Type"], row["Amount"]) for row in rows(sandbox, login)] == [
        ("Purchase", "10.00"),
        ("Reversal", "-10.00"),
    ]


@pytest.mark.usefixtures("friday")
def test_a_hold_is_no_money_until_it_is_taken(
    sandbox: SandboxServer, arca: ArcaShop, login: str, configured: Callable[..., None]
) -> None:
    configured("arca-ipay", two_stage=True, fee_basis_points=0)
    order = arca.registered(method="registerPreAuth")
    sandbox.pay(order)
    assert rows(sandbox, login) == []
    arca.ask("deposit", orderId=order, amount="400")
    assert [(row["Amount"], row["Fee"]) for row in rows(sandbox, login)] == [("4.00", "0.00")]


@pytest.mark.usefixtures("friday")
@pytest.mark.parametrize("name", shapes.SHAPES)
def test_every_shape_can_be_read_back(
    sandbox: SandboxServer, ameria: AmeriaShop, login: str, configured: Callable[..., None], name: str
) -> None:
    configured("ameria", shop="Դպրոց")
    payment_id, shape = ameria.paid(Amount="1234567.00"), shapes.SHAPES[name]
    sandbox.cabinet_refund(payment_id, 100)
    answer = statement(sandbox, login, shape=name)
    assert answer.headers["content-disposition"].endswith(f'{login}-{OCTOBER}.csv"')
    lines = list(csv.reader(io.StringIO(answer.content.decode(shape.encoding)), delimiter=shape.delimiter))
    heading = lines.index(list(shape.columns))
    assert (heading > 0) == bool(shape.title)
    assert len(lines) == heading + 3 + bool(shape.total)
    assert payment_id in lines[heading + 1]
    assert answer.content == statement(sandbox, login, shape=name).content


def test_the_usual_shape_is_that_of_the_bank(sandbox: SandboxServer, ameria: AmeriaShop, login: str) -> None:
    ameria.paid()
    month = f"{sandbox.clock(login=login)['yerevan']:.7}"
    assert b"vPOS transactions" in statement(sandbox, login, month).content


@pytest.mark.parametrize(
    ("amount_minor", "basis_points", "fee"), [(10_000, 200, 200), (25, 200, 1), (24, 200, 0), (100, 0, 0)]
)
def test_a_fee_is_rounded_to_hundredths(amount_minor: int, basis_points: int, fee: int) -> None:
    assert movements.fee_of(amount_minor, basis_points=basis_points) == fee


@pytest.mark.parametrize(
    "asked",
    [{"month": "October"}, {"month": "2026-13"}, {"shape": "pdf"}, {"by": "mood"}],
    ids=lambda asked: next(iter(asked.values())),
)
def test_what_cannot_be_asked_is_refused_in_words(
    sandbox: SandboxServer, ameria: AmeriaShop, login: str, asked: dict[str, str]
) -> None:
    ameria.paid()
    answer = statement(sandbox, login, **{"month": OCTOBER, **asked})
    assert answer.status_code == 422
    assert "must be" in answer.json()["message"]


def test_nobody_has_no_cabinet(sandbox: SandboxServer) -> None:
    for path in ("/cabinet/nobody", "/cabinet/nobody/statement?month=2026-10"):
        assert sandbox.client.get(path).status_code == 404


def test_the_page_shows_what_moved_and_sends_money_back(
    sandbox: SandboxServer, ameria: AmeriaShop, login: str
) -> None:
    payment_id = ameria.paid(Amount="25000")
    assert login in sandbox.client.get("/cabinet").text
    page = sandbox.client.get(f"/cabinet/{login}")
    assert "25\u202f000 AMD" in page.text
    order = sandbox.order(payment_id)["id"]
    door = f"/cabinet/{login}/orders/{order}/refund"
    said = sandbox.client.post(door, data={"amount": "1000"}, follow_redirects=True)
    assert "1\u202f000 AMD went back" in said.text
    assert "−1\u202f000 AMD" in said.text
    too_much = sandbox.client.post(door, data={"amount": "24001"}, follow_redirects=True)
    assert "at most what is left" in too_much.text
    assert (
        "at most what is left" in sandbox.client.post(door, data={"amount": "x"}, follow_redirects=True).text
    )
    assert "24\u202f000 AMD went back" in sandbox.client.post(door, follow_redirects=True).text
    refunds = sandbox.order(payment_id)["refunds"]
    assert [(one["amount_minor"], one["source"]) for one in refunds] == [
        (100_000, "cabinet"),
        (2_400_000, "cabinet"),
    ]


def test_a_cabinet_reaches_no_other_shop(sandbox: SandboxServer, ameria: AmeriaShop, login: str) -> None:
    order = sandbox.order(ameria.paid())["id"]
    stranger = f"{login}-other"
    sandbox.merchant(stranger, profile="ameria")
    assert sandbox.client.post(f"/cabinet/{stranger}/orders/{order}/refund").status_code == 404
    assert sandbox.order(order)["refunds"] == []
