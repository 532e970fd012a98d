"""The buyer's page and the desk."""

import re
from collections.abc import Callable

import httpx
import pytest

from tests.sandbox.conftest import AmeriaShop, ArcaShop
from tests.sandbox_server import SandboxServer
from vpos_sandbox import orders
from vpos_sandbox.pages import texts

OUTCOMES = ["pay", "pay-and-close", "decline", "fail-3ds", "close", "wait"]


def page_of(sandbox: SandboxServer, ref: str, language: str = "en") -> str:
    return f"/VPOS/Payments/Pay?id={ref}&lang={language}"


def press(sandbox: SandboxServer, url: str, outcome: str) -> httpx.Response:
    return sandbox.client.post(url, data={"outcome": outcome})


def test_page_shows_shop_amount_order_description_and_every_button(
    sandbox: SandboxServer, ameria: AmeriaShop, configured: Callable[..., None]
) -> None:
    configured("ameria", shop="Դպրոց <1>")
    answer = sandbox.client.get(page_of(sandbox, ameria.registered(Amount="25000", Description="Դաս 12")))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r'data-outcome="([^"]+)"', answer.text) == OUTCOMES
    for shown in ("Դպրոց &lt;1&gt;", "25\u202f000 AMD", "2350301", "Դաս 12", "Test bank"):
        assert shown in answer.text
    assert re.search(r'data-seconds="1(200|19\d)"', answer.text)


@pytest.mark.parametrize(
    ("bank_name", "language", "word"), [("am", "hy", "Վճարել"), ("ru", "ru", "Оплатить"), ("en", "en", "Pay")]
)
def test_page_speaks_three_languages(
    sandbox: SandboxServer, ameria: AmeriaShop, bank_name: str, language: str, word: str
) -> None:
    text = sandbox.client.get(page_of(sandbox, ameria.registered(), bank_name)).text
    assert f'<html lang="{language}">' in text
    assert f">{word}</button>" in text


def test_every_language_has_every_text() -> None:
    english = texts.TEXTS["en"].keys()
    assert all(words.keys() == english for words in texts.TEXTS.values())
    assert {f"state_{state}" for state in orders.STATES.values()} <= english
    assert set(OUTCOMES) <= english


def test_arca_page_takes_its_language_from_the_address(arca: ArcaShop) -> None:
    url = arca.register(language="hy")["formUrl"]
    text = arca.sandbox.client.get(url).text
    assert '<html lang="hy">' in text
    assert re.findall(r'data-outcome="([^"]+)"', text) == OUTCOMES


def test_pages_load_nothing_from_other_hosts(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    for path in (page_of(sandbox, ameria.registered()), "/"):
        answer = sandbox.client.get(path)
        assert not re.search(r'(?:src|href)="(?:https?:)?//(?!127\.0\.0\.1)', answer.text)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert len(answer.content) < 100_000


def test_button_pays_and_sends_the_browser_back(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    answer = press(sandbox, page_of(sandbox, payment_id), "pay")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("https://shop.example/return?school=1&orderID=2350301")
    assert ameria.details(payment_id)["ProcessingIP"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("outcome", "state", "goes_back"),
    [
        ("pay-and-close", "deposited", False),
        ("decline", "declined", True),
        ("fail-3ds", "declined", True),
        ("close", "created", False),
        ("wait", "acs-started", False),
        ("nonsense", "created", False),
    ],
)
def test_each_button_does_its_own(
    sandbox: SandboxServer, arca: ArcaShop, outcome: str, state: str, goes_back: bool
) -> None:
    registered = arca.register()
    answer = press(sandbox, registered["formUrl"], outcome)
    assert (answer.status_code == 302) == goes_back
    assert sandbox.order(registered["orderId"])["state"] == state


def test_declined_buyer_stays_while_attempts_remain(arca: ArcaShop, configured: Callable[..., None]) -> None:
    configured("arca-ipay", attempts=2)
    url = arca.register()["formUrl"]
    answer = press(arca.sandbox, url, "decline")
    assert answer.status_code == 200
    assert "Another attempt is possible" in answer.text
    assert press(arca.sandbox, url, "pay").status_code == 302


def test_page_after_the_session_says_so(arca: ArcaShop) -> None:
    registered = arca.register()
    arca.sandbox.client.get(registered["formUrl"])
    arca.sandbox.clock(login=arca.login, move_seconds=1201)
    for answer in (
        arca.sandbox.client.get(registered["formUrl"]),
        press(arca.sandbox, registered["formUrl"], "pay"),
    ):
        assert "The time for paying this order is over" in answer.text
        assert "data-outcome" not in answer.text
    assert arca.sandbox.order(registered["orderId"])["state"] == "declined"


def test_page_of_a_paid_order_offers_nothing(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    text = sandbox.client.get(page_of(sandbox, ameria.paid())).text
    assert "data-outcome" not in text
    assert 'data-state="deposited"' in text


def test_page_of_an_unknown_order_is_404(sandbox: SandboxServer) -> None:
    answer = sandbox.client.get(page_of(sandbox, "00000000-0000-4000-8000-000000000001"))
    assert answer.status_code == 404
    assert "There is no such order" in answer.text


def test_late_payment_fault_lets_a_button_through(arca: ArcaShop) -> None:
    registered = arca.register()
    arca.sandbox.clock(login=arca.login, move_seconds=1201)
    arca.sandbox.fault("late-payment", login=arca.login)
    assert press(arca.sandbox, registered["formUrl"], "pay").status_code == 302


def test_start_page_lists_orders_faults_and_clock(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    sandbox.fault("slow", login=ameria.login)
    text = sandbox.client.get("/", params={"login": ameria.login}).text
    for shown in (
        ameria.login,
        "2350301",
        "slow",
        "in Yerevan",
        f"/desk/orders/{sandbox.order(payment_id)['id']}",
    ):
        assert shown in text


def test_switches_of_the_desk_work(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    form = {
        "kind": "fault500",
        "login": ameria.login,
        "operation": "lookup",
        "times": "2",
        "params": '{"done": true}',
    }
    answer = sandbox.client.post("/desk/faults", data=form, follow_redirects=True)
    assert "(fault500) is set" in answer.text
    (fault,) = sandbox.ask("GET", "faults", params={"login": ameria.login})["faults"]
    assert (fault["times"], fault["params"]) == (2, {"done": True})
    sandbox.client.post(f"/desk/faults/{fault['id']}/removal")
    assert sandbox.ask("GET", "faults", params={"login": ameria.login})["faults"] == []
    for wrong in ({"params": "["}, {"kind": "no"}, {"times": "x"}):
        sandbox.client.post("/desk/faults", data=form | wrong)
    assert sandbox.ask("GET", "faults", params={"login": ameria.login})["faults"] == []
    sandbox.client.post("/desk/clock", data={"login": ameria.login, "minutes": "10"})
    assert 599 <= sandbox.clock(login=ameria.login)["offset_seconds"] <= 660
    sandbox.client.post("/desk/clock", data={"login": ameria.login, "reset": "1"})
    assert abs(sandbox.clock(login=ameria.login)["offset_seconds"]) < 60


def test_order_page_acts_as_buyer_and_as_bank_staff(sandbox: SandboxServer, ameria: AmeriaShop) -> None:
    payment_id = ameria.registered()
    url = f"/desk/orders/{sandbox.order(payment_id)['id']}"

    def act(**form: str) -> str:
        said = sandbox.client.post(url, data=form, follow_redirects=True).text
        return f"{sandbox.order(payment_id)['state']}: {said}"

    assert act(act="decline").startswith("declined")
    assert "nothing can be paid" in act(act="pay")
    assert act(act="correction").startswith("deposited")
    assert act(act="cabinet-refund", amount="4").startswith("refunded")
    assert "The bank refuses: state" in act(act="cabinet-reversal")
    assert act(act="cabinet-refund").startswith("refunded")
    assert sandbox.order(payment_id)["refunded_minor"] == 1000
    assert "InitPayment" in act(act="")
    assert sandbox.client.get("/desk/orders/999999999").status_code == 404
