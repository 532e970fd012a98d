"""Callbacks of the EPG profile: checksum, retries, duplicates, reordering; none from iPay."""

import threading
import time
from collections.abc import Callable, Iterator
from http import server
from typing import Any
from urllib import parse

import pytest

from tests.sandbox.conftest import ArcaShop
from vpos_sandbox.callbacks import checksum

KEY = "SECRET"


class Receiver:
    """A merchant's server that notes every callback; `answers` are the statuses it gives, then 200."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.methods: list[str] = []
        self.answers: list[int] = []
        outer = self

        class Handler(server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._note(parse.urlsplit(self.path).query)

            def do_POST(self) -> None:
                self._note(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _note(self, query: str) -> None:
                outer.methods.append(self.command)
                outer.received.append(dict(parse.parse_qsl(query)))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self.server = server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/callback?school=1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def wait_for(self, count: int) -> list[dict[str, str]]:
        until = time.monotonic() + 10
        while len(self.received) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.received) == count, self.received
        return self.received

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def epg(arca: ArcaShop, receiver: Receiver, configured: Callable[..., None]) -> ArcaShop:
    configured("arca-epg", callback_url=receiver.url, callback_key=KEY, two_stage=True)
    return arca


def settled(epg: ArcaShop, order_id: str) -> list[dict[str, Any]]:
    """Wait until nothing of an order is on its way, and answer its callbacks."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        callbacks: list[dict[str, Any]] = epg.sandbox.order(order_id)["callbacks"]
        if not {"sending"} & {callback["state"] for callback in callbacks}:
            return callbacks
        time.sleep(0.02)
    raise AssertionError("still on its way")


@pytest.mark.parametrize(
    ("key", "params", "expected"),
    [
        (
            "ooc7slpvc61k7sf7ma7p4hrefr",
            {
                "mdOrder": "06cf5599-3f17-7c86-bdbc-bd7d00a8b38b",
                "operation": "approved",
                "orderNumber": "2003",
                "status": "1",
                "sign_alias": "any",
            },
            "EAF2FB72CAB99FD5067F4BA493DD84F4D79C1589FDE8ED29622F0F07215AA972",
        ),
        (
            "SECRET",
            {
                "status": "1",
                "mdOrder": "00000000-0000-4000-8000-000000000001",
                "operation": "deposited",
                "orderNumber": "EDU-2026-1",
                "checksum": "whatever",
            },
            "829A1F6BE341B41D8A91ADB50A65838C7A7AA50D5CBDA8C4EAC4C2A6EB878C9A",
        ),
        (
            "SECRET",
            {
                "amount": "1000",
                "mdOrder": "00000000-0000-4000-8000-000000000001",
                "operation": "deposited",
                "orderNumber": "EDU-2026-1",
                "status": "1",
            },
            "08D080CFADE11BCF0147EBE14266E4C4AE261E1D39CFA2A9501F5C81F1C42070",
        ),
    ],
)
def test_checksum_is_that_of_the_known_vectors(key: str, params: dict[str, str], expected: str) -> None:
    assert checksum.sign(params=params, key=key) == expected


def test_payment_calls_back_signed(epg: ArcaShop, receiver: Receiver) -> None:
    order_id = epg.paid()
    (params,) = receiver.wait_for(1)
    good = checksum.sign(params={name: params[name] for name in params if name != "school"}, key=KEY)
    assert params == {
        "school": "1",
        "mdOrder": order_id,
        "orderNumber": "EDU20261",
        "operation": "deposited",
        "status": "1",
        "checksum": good,
    }
    assert receiver.methods == ["GET"]


def test_post_and_extra_parameters_are_settings(
    arca: ArcaShop, receiver: Receiver, configured: Callable[..., None]
) -> None:
    extra = ["amount", "callbackCreationDate", "sign_alias"]
    configured(
        "arca-epg", callback_url=receiver.url, callback_key=KEY, callback_method="POST", callback_extra=extra
    )
    arca.paid()
    (params,) = receiver.wait_for(1)
    assert receiver.methods == ["POST"]
    assert params["amount"] == "1000"
    assert params["sign_alias"]
    assert params["checksum"] == checksum.sign(params=params, key=KEY)


def test_address_given_at_registration_wins(epg: ArcaShop, receiver: Receiver) -> None:
    epg.paid(dynamicCallbackUrl=receiver.url.replace("school=1", "school=2"))
    assert receiver.wait_for(1)[0]["school"] == "2"


@pytest.mark.parametrize("profile", ["arca-ipay", "ineco"])
def test_other_profiles_never_call_back(
    arca: ArcaShop, receiver: Receiver, configured: Callable[..., None], profile: str
) -> None:
    configured(profile, callback_url=receiver.url, callback_key=KEY)
    order_id = arca.paid(dynamicCallbackUrl=receiver.url)
    assert arca.sandbox.order(order_id)["callbacks"] == []


def test_every_event_calls_back(epg: ArcaShop, receiver: Receiver) -> None:
    epg.sandbox.clock(login=epg.login, at="2026-08-26T12:00:00")
    held = epg.paid("A1", method="registerPreAuth")
    epg.ask("deposit", orderId=held)
    epg.ask("refund", orderId=held, amount="1")
    declined = epg.registered("A2")
    epg.sandbox.outcome(declined, "decline")
    reversed_ = epg.paid("A3")
    epg.ask("reverse", orderId=reversed_)
    late = epg.registered("A4")
    epg.sandbox.outcome(late, "close")
    epg.sandbox.clock(login=epg.login, move_seconds=1201)
    seen = {(got["orderNumber"], got["operation"], got["status"]) for got in receiver.wait_for(7)}
    assert seen == {
        ("A1", "approved", "1"),
        ("A1", "deposited", "1"),
        ("A1", "refunded", "1"),
        ("A2", "deposited", "0"),
        ("A3", "deposited", "1"),
        ("A3", "reversed", "1"),
        ("A4", "declinedByTimeout", "0"),
    }


def test_failures_are_tried_again_every_30_seconds_three_times(epg: ArcaShop, receiver: Receiver) -> None:
    receiver.answers = [500, 302, 404]
    order_id = epg.paid()
    for count in (1, 2):
        receiver.wait_for(count)
        (callback,) = settled(epg, order_id)
        assert (callback["state"], callback["tries"]) == ("waiting", count)
        time.sleep(0.3)
        receiver.wait_for(count)
        epg.sandbox.clock(login=epg.login, move_seconds=30)
    receiver.wait_for(3)
    assert settled(epg, order_id)[0]["state"] == "failed"
    epg.sandbox.clock(login=epg.login, move_seconds=300)
    time.sleep(0.4)
    receiver.wait_for(3)


def test_success_ends_the_retries(epg: ArcaShop, receiver: Receiver) -> None:
    receiver.answers = [503]
    order_id = epg.paid()
    receiver.wait_for(1)
    settled(epg, order_id)
    epg.sandbox.clock(login=epg.login, move_seconds=31)
    receiver.wait_for(2)
    (callback,) = settled(epg, order_id)
    assert (callback["state"], callback["tries"]) == ("delivered", 2)


def test_duplicates(epg: ArcaShop, receiver: Receiver) -> None:
    epg.sandbox.fault("duplicate-callback", login=epg.login, copies=3)
    epg.paid()
    first, second, third = receiver.wait_for(3)
    assert first == second == third


def test_bad_checksum(epg: ArcaShop, receiver: Receiver) -> None:
    epg.sandbox.fault("bad-checksum", login=epg.login)
    epg.paid()
    (params,) = receiver.wait_for(1)
    signed = {name: value for name, value in params.items() if name != "school"}
    assert params["checksum"] != checksum.sign(params=signed, key=KEY)
    assert len(params["checksum"]) == 64


def test_lost_callback_never_comes(epg: ArcaShop, receiver: Receiver) -> None:
    epg.sandbox.fault("lost-callback", login=epg.login)
    order_id = epg.paid()
    assert epg.sandbox.order(order_id)["callbacks"][0]["state"] == "lost"


def test_held_callback_comes_after_the_next_one(epg: ArcaShop, receiver: Receiver) -> None:
    epg.sandbox.fault("held-callback", login=epg.login)
    order_id = epg.paid()
    epg.ask("refund", orderId=order_id, amount="1")
    assert [got["operation"] for got in receiver.wait_for(2)] == ["refunded", "deposited"]


def test_late_callback_comes_at_its_time(epg: ArcaShop, receiver: Receiver) -> None:
    epg.sandbox.fault("held-callback", login=epg.login, seconds=600)
    epg.paid()
    time.sleep(0.3)
    assert receiver.received == []
    epg.sandbox.clock(login=epg.login, move_seconds=600)
    receiver.wait_for(1)


def test_forged_callbacks_of_ones_own_making(epg: ArcaShop, receiver: Receiver) -> None:
    order_id = epg.registered()
    epg.sandbox.callback(order_id, operation="deposited", checksum="bad")
    epg.sandbox.callback(order_id, operation="declinedByTimeout", success=False, params={"orderNumber": "77"})
    epg.sandbox.callback(order_id, checksum="none")
    receiver.wait_for(3)
    forged, other, bare = receiver.received
    assert forged["operation"] == "deposited"
    assert (other["operation"], other["status"], other["orderNumber"]) == ("declinedByTimeout", "0", "77")
    assert "checksum" not in bare
    assert epg.sandbox.order(order_id)["state"] == "created"


def test_address_that_nobody_serves_fails_in_words(arca: ArcaShop, configured: Callable[..., None]) -> None:
    configured("arca-epg", callback_url="http://127.0.0.1:9/", callback_key=KEY)
    order_id = arca.paid()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        (callback,) = arca.sandbox.order(order_id)["callbacks"]
        if callback["tries"]:
            break
        time.sleep(0.02)
    assert "ConnectionRefusedError" in callback["last_answer"]
