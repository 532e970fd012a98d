"""When an open payment is asked about: often during the bank's session, seldom after it, never twice at once, never too many."""

import contextlib
import datetime as dt
import http.server
import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from billing import lookup, settlement
from billing.models import Payment
from billing.providers.base import PaymentReport
from common import clock
from tests import processes
from tests.faults import jobs, proof
from tests.processes import Job

pytestmark = pytest.mark.django_db(transaction=True)

SESSION = 1200
HOUR, DAY = 3600, 86_400


def asked(payment: Payment) -> int:
    payment.refresh_from_db()
    return payment.lookups


def test_an_open_attempt_is_asked_every_twenty_seconds_while_the_session_lasts(world, time_passes):
    payment = world.attempt()
    lookup.sweep()
    assert asked(payment) == 0
    for number in range(1, 6):
        time_passes(seconds=10)
        lookup.sweep()
        assert asked(payment) == number - 1
        time_passes(seconds=10.5)
        lookup.sweep()
        assert asked(payment) == number


def test_after_the_session_come_one_six_and_twenty_four_hours_then_every_day(world, sandbox, time_passes):
    payment = world.attempt()
    sandbox.fault("http-status", login=world.login_of("ameria"), operation="lookup", times=None)
    ends_at = payment.session_ends_at
    time_passes(seconds=SESSION + 301)
    lookup.sweep()
    due = []
    for _ in range(6):
        payment.refresh_from_db()
        assert payment.next_lookup_at is not None
        due.append((payment.next_lookup_at - ends_at).total_seconds())
        time_passes(seconds=(payment.next_lookup_at - clock.now()).total_seconds() + 0.01)
        lookup.sweep()
    assert due[:3] == [HOUR, 6 * HOUR, 24 * HOUR]
    assert [round((b - a) / DAY, 3) for a, b in itertools.pairwise(due[2:])] == [1.0] * 3
    assert asked(payment) == 7


def test_what_is_final_is_asked_no_more(world, time_passes):
    paid, open_one = world.paid(), world.attempt()
    time_passes(seconds=21)
    assert lookup.sweep() == 1
    assert (asked(paid), asked(open_one)) == (1, 1)
    time_passes(seconds=SESSION + DAY + 60)
    lookup.sweep()
    time_passes(seconds=10 * DAY)
    assert lookup.sweep() == 0


def test_a_declined_payment_is_asked_after_the_session_and_then_left_alone(world, time_passes):
    payment = world.attempt()
    world.buyer_pays(payment, "decline")
    for pause in (21, 21, SESSION + HOUR, 6 * HOUR, DAY):
        time_passes(seconds=pause)
        lookup.sweep()
    payment.refresh_from_db()
    assert (payment.lookups, payment.next_lookup_at) == (5, None)


def test_a_message_hastens_the_next_question_and_a_look_up_under_way_does_not_undo_it(world, time_passes):
    payment = world.attempt()
    time_passes(seconds=SESSION + 2 * HOUR)
    lookup.sweep()
    time_passes(seconds=60)
    report = proof.paid_report(payment, status="pending")
    assert jobs.keep_return(payment_id=payment.pk) == "new"
    jobs.settle(payment_id=payment.pk, report=report)
    assert lookup.sweep() == 1
    assert asked(payment) == 2


@pytest.mark.parametrize("repeats", [1, 4])
def test_many_messages_ask_once_in_twenty_seconds(world, time_passes, repeats):
    payment = world.attempt()
    for number in range(30):
        for _ in range(repeats):
            jobs.keep_return(payment_id=payment.pk, key=f"message {number}")
        lookup.sweep()
    assert asked(payment) == 1
    time_passes(seconds=20.5)
    lookup.sweep()
    assert asked(payment) == 2


class _CountingBank(http.server.BaseHTTPRequestHandler):
    """A bank that is slow and says nothing of use, and counts how many questions it has at the same time."""

    lock = threading.Lock()
    now = most = total = 0

    def do_POST(self) -> None:
        kind = type(self)
        with kind.lock:
            kind.now, kind.total = kind.now + 1, kind.total + 1
            kind.most = max(kind.most, kind.now)
        time.sleep(0.15)
        with kind.lock:
            kind.now -= 1
        self.send_error(503)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@contextlib.contextmanager
def counting_bank() -> Iterator[tuple[str, type[_CountingBank]]]:
    bank = type("Bank", (_CountingBank,), {"lock": threading.Lock()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), bank)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", bank
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_account_gets_eight_questions_at_a_time_from_all_sweepers_together(
    world, monkeypatch, time_passes
):
    payments = [world.attempt(account="arca") for _ in range(24)]
    time_passes(seconds=25)
    with counting_bank() as (address, bank):
        monkeypatch.setenv("ARCA_BASE_URL", address)
        processes.values(processes.together([Job(act=jobs.sweep)] * 3))
        lookup.sweep()
    assert 2 <= bank.most <= lookup.PER_ACCOUNT
    assert bank.total == len(payments)
    assert set(Payment.objects.values_list("lookups", flat=True)) == {1}


def test_a_slow_bank_does_not_keep_another_waiting(world, sandbox, time_passes):
    slow = [world.attempt(account="arca") for _ in range(10)]
    quick = world.attempt(account="ameria")
    world.buyer_pays(quick)
    sandbox.fault("slow", login=world.login_of("arca"), operation="lookup", seconds=0.4, times=None)
    time_passes(seconds=25)
    assert lookup.sweep() == len(slow) + 1
    last_slow = max(payment.last_lookup_at for payment in Payment.objects.exclude(pk=quick.pk))
    quick.refresh_from_db()
    assert quick.verified_at < last_slow


def test_a_payment_that_cannot_be_settled_does_not_hold_up_the_others(world, monkeypatch, time_passes):
    payments = [world.attempt(account="arca") for _ in range(10)]
    for payment in payments:
        world.buyer_pays(payment)
    time_passes(seconds=25)
    settle = settlement.settle_payment

    def refuse_one(*, payment_id: int, report: PaymentReport) -> None:
        if payment_id == payments[0].pk:
            raise LookupError("this one cannot be settled")
        settle(payment_id=payment_id, report=report)

    with monkeypatch.context() as patched:
        patched.setattr(settlement, "settle_payment", refuse_one)
        with pytest.raises(ExceptionGroup):
            lookup.sweep()
    assert Payment.objects.filter(state=Payment.State.VERIFIED).count() == 9
    time_passes(seconds=21)
    lookup.sweep()
    assert Payment.objects.filter(state=Payment.State.VERIFIED).count() == 10
    proof.require_clean()


def test_the_schedule_in_a_table(world):
    payment = world.attempt()
    ends_at = payment.session_ends_at

    def after(**passed: float) -> float:
        now = ends_at + dt.timedelta(**passed)
        then = lookup.next_lookup_after(payment=payment, now=now)
        assert then is not None
        return (then - now).total_seconds()

    assert after(minutes=-19) == 20
    assert after(minutes=4) == 20
    assert after(minutes=5) == 55 * 60
    assert after(hours=1) == 5 * HOUR
    assert after(hours=6) == 18 * HOUR
    assert after(hours=24) == DAY
    assert after(days=9) == DAY
