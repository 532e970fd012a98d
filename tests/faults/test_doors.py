"""What strangers and banks may send to our doors: kept or counted, answered at once, and never a storm of look-ups."""

import collections
import os
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.db.models import Sum

from access.models import AccessGrant
from billing import lookup
from billing.models import Payment, WebhookDelivery
from billing.providers import arca_callback
from config.local import ports
from tests import programs
from tests.faults import proof

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

KEY = "callback-key-of-this-test"


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real web server on this worker's database."""
    port = ports.choose_free_port()
    program = programs.web(
        folder=tmp_path_factory.mktemp("web"),
        port=port,
        environ={"EPG_CALLBACK_KEY": KEY, "LOG_LEVEL": "ERROR"},
    )
    program.start(ready=programs.is_healthy(port))
    yield port
    program.kill()


@pytest.fixture
def epg_payment(world, monkeypatch) -> Payment:
    """A payment at an account whose bank calls our server, signed."""
    world.accounts["epg"] = world.account("epg", provider="arca", profile="epg")
    monkeypatch.setenv("EPG_CALLBACK_KEY", KEY)
    return world.attempt(account="epg")


def signed(payment: Payment, **more: str) -> str:
    """Return the query of a callback that is signed with the account's key."""
    fields = {
        "mdOrder": payment.provider_ref,
        "orderNumber": str(payment.order_number),
        "operation": "deposited",
        "status": "1",
        **more,
    }
    return urllib.parse.urlencode({**fields, "checksum": arca_callback.checksum(fields, key=KEY)})


def call(port: int, query: str, *, method: str = "GET", account: str = "epg", **rest) -> int:
    return programs.request(port, method, f"/callbacks/{account}/?{query}", **rest)[0]


def delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def test_a_thousand_callbacks_for_one_payment_ask_a_few_times(world, sandbox, web, epg_payment):
    """Half of them repeat one message, half are all different; the sweeper works all the while."""
    world.buyer_pays(epg_payment, "wait")
    queries = [signed(epg_payment, attempt=str(number if number % 2 else 0)) for number in range(1000)]
    over = threading.Event()
    sweeper = threading.Thread(target=sweep_until, args=(over,))
    sweeper.start()
    started = time.monotonic()
    with ThreadPoolExecutor(max_workers=8) as callers:
        statuses = list(callers.map(lambda query: call(web, query), queries))
    took = time.monotonic() - started
    over.set()
    sweeper.join()
    lookup.sweep()
    assert collections.Counter(statuses) == {200: 1000}
    assert took < 60
    kept = WebhookDelivery.objects.filter(payment=epg_payment)
    assert kept.count() == 501
    assert kept.aggregate(Sum("seen"))["seen__sum"] == 1000
    asked = sandbox.count(
        order_number=epg_payment.order_number, login=world.login_of("epg"), operation="lookup"
    )
    assert 1 <= asked <= took / 20 + 2
    assert not AccessGrant.objects.exists()


def sweep_until(over: threading.Event) -> None:
    while not over.is_set():
        lookup.sweep()
        time.sleep(0.05)
    connections.close_all()


def test_a_signed_callback_of_a_paid_order_settles_it_in_the_next_sweep(world, web, epg_payment):
    world.buyer_pays(epg_payment)
    assert call(web, signed(epg_payment)) == 200
    lookup.sweep()
    proof.require_paid_once(epg_payment.link)


def test_a_forged_callback_moves_nothing(world, sandbox, web, epg_payment):
    query = signed(epg_payment)
    spoiled = query[:-1] + ("0" if query[-1] != "0" else "1")
    assert call(web, spoiled) == 403
    assert call(web, query.rpartition("&")[0]) == 403
    assert call(web, signed(epg_payment).replace("deposited", "approved")) == 403
    lookup.sweep()
    assert set(WebhookDelivery.objects.values_list("verdict", flat=True)) == {"rejected"}
    assert sandbox.count(order_number=epg_payment.order_number, operation="lookup") == 0


def test_a_signed_callback_without_payment_opens_nothing(world, web, epg_payment):
    assert call(web, signed(epg_payment)) == 200
    lookup.sweep()
    epg_payment.refresh_from_db()
    assert (epg_payment.state, epg_payment.lookups) == (Payment.State.AT_PROVIDER, 1)


def test_a_callback_for_an_unknown_order_is_kept_and_asks_nobody(world, sandbox, web, epg_payment):
    stranger = Payment(provider_ref="a" * 36, order_number=2_000_000_000)
    assert call(web, signed(stranger)) == 200
    lookup.sweep()
    assert (delivery().verdict, delivery().payment) == ("unknown_order", None)
    assert sandbox.count(login=world.login_of("epg"), operation="lookup") == 0


def test_a_callback_at_one_account_never_touches_a_payment_of_another(world, web, epg_payment):
    other = world.attempt(account="arca")
    assert call(web, signed(other)) == 200
    lookup.sweep()
    assert delivery().verdict == "unknown_order"
    other.refresh_from_db()
    assert other.lookups == 0


def test_a_body_of_ten_megabytes_gets_a_quick_no(world, web, epg_payment):
    started = time.monotonic()
    answer = send_head(web, "POST", "/callbacks/epg/", length=10_000_000, body=b"x" * 200_000)
    assert answer.startswith(b"HTTP/1.1 413")
    assert time.monotonic() - started < 5
    assert (delivery().verdict, delivery().body_bytes, bytes(delivery().body)) == (
        "rejected",
        10_000_000,
        b"",
    )


@pytest.mark.parametrize("length", [99_999_999_999_999, 2**31])
def test_a_claimed_length_beyond_all_measure_is_no_accident(world, web, length):
    answer = send_head(web, "POST", "/callbacks/ameria/", length=length, body=b"x")
    assert answer.startswith(b"HTTP/1.1 413")
    assert delivery().verdict == "rejected"


def send_head(port: int, method: str, path: str, *, length: int, body: bytes) -> bytes:
    """Send a request that claims a length and return the first line of the answer, without sending it all."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n".encode()
    with socket.create_connection((ports.HOST, port), timeout=10) as caller:
        caller.sendall(head + body)
        return caller.recv(4096).partition(b"\r\n")[0]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_a_wrong_method_is_refused_and_kept(world, web, epg_payment, method):
    assert call(web, signed(epg_payment), method=method) == 405
    assert (delivery().verdict, delivery().note, delivery().method) == ("rejected", "method", method)


def test_an_unknown_account_is_not_found_and_kept(world, web):
    assert call(web, "orderNumber=1", account="nobody") == 404
    assert (delivery().verdict, delivery().account) == ("rejected", None)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "orderNumber=abc",
        "orderNumber=99999999999999999999",
        "orderID=-1&paymentID=" + "9" * 3000,
        "paymentID=%00%00",
        "%00=%00",
        "paymentID=%ff%fe&orderID=%D5%84",
        "a[]=1&" * 500,
    ],
)
@pytest.mark.parametrize("account", ["ameria", "arca"])
def test_malformed_callbacks_are_kept_and_refused(world, web, account, query):
    assert call(web, query, account=account) == 400
    assert delivery().verdict == "rejected"


def test_a_number_that_could_be_a_reference_is_kept_and_found_unknown(world, web):
    assert call(web, "orderId=99999999999999999999", account="arca") == 200
    lookup.sweep()
    assert delivery().verdict == "unknown_order"


def test_a_body_of_any_bytes_is_kept_and_refused(world, web):
    body = os.urandom(5000) + b"\0"
    assert call(web, "", method="POST", account="arca", body=body) == 400
    assert bytes(delivery().body) == body


# What a browser may bring back


def come_back(client, payment: Payment, **query: str):
    return client.get(f"/pay/{payment.link.token}/return", query)


def test_a_return_with_a_foreign_order_asks_nobody_about_it(world, sandbox, client):
    mine, foreign = world.attempt(), world.attempt()
    answer = come_back(client, mine, orderID=str(foreign.order_number), paymentID=foreign.provider_ref)
    assert answer.status_code == 303
    lookup.sweep()
    foreign.refresh_from_db()
    assert foreign.lookups == 0
    assert sandbox.count(order_number=foreign.order_number, operation="lookup") == 0
    assert delivery().payment is None
    page = client.get(answer["Location"]).content.decode()
    assert foreign.link.student.full_name not in page
    assert foreign.link.token not in page


@pytest.mark.parametrize("number", ["", "abc", "99999999999999999999 ", "-1", "1 OR 1=1", "\0"])
@pytest.mark.parametrize("account", ["ameria", "arca"])
def test_a_return_with_a_malformed_order_is_kept_and_shows_the_page(world, client, account, number):
    payment = world.attempt(account=account)
    answer = come_back(client, payment, orderID=number, orderId=number, paymentID=number)
    assert answer.status_code == 303
    assert client.get(answer["Location"]).status_code == 200
    assert delivery().verdict == "rejected"


def test_a_return_that_claims_success_opens_nothing(world, sandbox, client):
    payment = world.attempt()
    forged = urllib.parse.urlsplit(sandbox.forged_return(payment.provider_ref))
    assert client.get(f"{forged.path}?{forged.query}").status_code == 303
    lookup.sweep()
    payment.refresh_from_db()
    assert payment.state == Payment.State.AT_PROVIDER
    assert not AccessGrant.objects.exists()
