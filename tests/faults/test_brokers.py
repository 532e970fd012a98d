"""
Killing worker, beat, broker or web loses nothing, with either broker; work resumes within seconds of the restart.

The programs are those of production, on this worker's database; only their clock can be moved. That Redis is not installed
leaves its half out.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis as redis_client
from django.conf import settings
from django.db import transaction

from billing import tasks
from billing.models import Payment, PaymentLink, WebhookDelivery
from config.local import ports
from tests import programs
from tests.faults import proof
from tests.programs import Program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]

RESUMED_SECONDS = 10


class Installation:
    """Web server, worker, beat and broker around one database."""

    def __init__(self, folder: Path, *, with_redis: bool) -> None:
        self.folder = folder
        self.port = ports.choose_free_port()
        self.data = folder / "data"
        self.data.mkdir()
        environ = {"MUTQ_DATA": str(self.data)}
        self.redis_port = ports.choose_free_port() if with_redis else 0
        if with_redis:
            environ["REDIS_URL"] = f"redis://{ports.HOST}:{self.redis_port}/0"
        self.broker = programs.redis(folder=folder, port=self.redis_port) if with_redis else None
        self.web = programs.web(folder=folder, port=self.port, environ=environ)
        self.worker = programs.worker(folder=folder, environ=environ)
        self.beat = programs.beat(folder=folder, environ=environ)
        self.second_beat = programs.beat(folder=folder, environ=environ, name="beat-2")

    def start(self) -> None:
        if self.broker:
            self.start_broker()
        for program in (self.web, self.worker, self.beat):
            self.start_one(program)

    def start_broker(self) -> None:
        assert self.broker is not None
        self.broker.start(ready=programs.answers(self.redis_port))

    def start_one(self, program: Program) -> None:
        ready: Callable[[], bool] = {
            "web": programs.is_healthy(self.port),
            "worker": program_says(program, " ready."),
            "beat": program_says(program, "beat: Starting"),
            "beat-2": program_says(program, "beat: Starting"),
        }[program.name]
        program.start(ready=ready)

    def kill(self) -> None:
        for program in (self.second_beat, self.beat, self.worker, self.web, self.broker):
            if program is not None:
                program.kill()

    def wipe_broker(self) -> None:
        """Lose every message that waits."""
        if self.broker is not None:
            with redis_client.Redis(host=ports.HOST, port=self.redis_port) as client:
                client.flushall()
        else:
            for message in (self.data / "broker" / "queue").iterdir():
                message.unlink(missing_ok=True)

    def come_back(self, payment: Payment) -> int:
        """Return from the bank as a browser does, and answer the status."""
        path = f"/pay/{payment.link.token}/return?orderID={payment.order_number}"
        return programs.request(self.port, "GET", path)[0]

    def logs(self) -> str:
        return "\n".join(self.worker.said().splitlines()[-15:] + self.beat.said().splitlines()[-5:])


def program_says(program: Program, text: str) -> Callable[[], bool]:
    return program.says(text)


@pytest.fixture(
    params=["filesystem", pytest.param("redis", marks=pytest.mark.redis)],
)
def installation(request, world, tmp_path) -> Iterator[Installation]:
    if request.param == "redis" and shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed")
    installation = Installation(tmp_path, with_redis=request.param == "redis")
    try:
        installation.start()
        yield installation
    finally:
        installation.kill()


def wait_until_paid(payment: Payment, installation: Installation, *, seconds: float) -> None:
    def is_paid() -> bool:
        payment.refresh_from_db()
        is_worked_on = not WebhookDelivery.objects.filter(verdict=WebhookDelivery.Verdict.NEW).exists()
        return payment.state == Payment.State.VERIFIED and is_worked_on

    programs.wait_until(is_paid, seconds=seconds, why=installation.logs)
    proof.require_paid_once(PaymentLink.objects.get(pk=payment.link_id))


@pytest.mark.long
def test_killing_any_program_loses_nothing(world, sandbox, installation, time_passes):
    def paid_and_gone() -> Payment:
        """Start a payment that is paid at the bank, whose student closes the tab, and whose next question is due."""
        payment = world.attempt()
        world.buyer_pays(payment, **{"return": False})
        time_passes(seconds=21)
        return payment

    # Everything runs.
    wait_until_paid(paid_and_gone(), installation, seconds=RESUMED_SECONDS)

    # The worker dies with a look-up in its hands, and comes back.
    sandbox.fault("slow", login=world.login_of("ameria"), operation="lookup", seconds=2.0)
    payment = paid_and_gone()
    programs.wait_until(
        lambda: (
            sandbox.count(order_number=payment.order_number, operation="lookup") > 0
            or Payment.objects.get(pk=payment.pk).lookups > 0
            or Payment.objects.get(pk=payment.pk).next_lookup_at != payment.next_lookup_at
        ),
        seconds=30,
        why=installation.logs,
    )
    installation.worker.kill()
    time_passes(seconds=21)
    installation.start_one(installation.worker)
    wait_until_paid(payment, installation, seconds=RESUMED_SECONDS)

    # Beat dies and comes back.
    installation.beat.kill()
    payment = paid_and_gone()
    installation.start_one(installation.beat)
    wait_until_paid(payment, installation, seconds=RESUMED_SECONDS)

    # The web server dies and comes back; meanwhile worker and beat go on.
    installation.web.kill()
    wait_until_paid(paid_and_gone(), installation, seconds=RESUMED_SECONDS)
    installation.start_one(installation.web)
    assert programs.request(installation.port, "GET", "/readyz")[0] == 200

    # Two beats at once ask no bank twice.
    installation.start_one(installation.second_beat)
    payment = paid_and_gone()
    wait_until_paid(payment, installation, seconds=RESUMED_SECONDS)
    time.sleep(6)
    assert sandbox.count(order_number=payment.order_number, operation="lookup") == 1
    installation.second_beat.kill()

    # Every message is lost.
    installation.wipe_broker()
    wait_until_paid(paid_and_gone(), installation, seconds=RESUMED_SECONDS)


@pytest.mark.long
@pytest.mark.redis
@pytest.mark.parametrize("installation", ["redis"], indirect=True)
def test_without_its_broker_nobody_gets_an_error_and_nothing_is_lost(world, installation, time_passes):
    before = world.attempt()
    world.buyer_pays(before)
    assert installation.come_back(before) == 303  # this opens the web server's connection to the broker
    wait_until_paid(before, installation, seconds=RESUMED_SECONDS)
    payment = world.attempt()
    world.buyer_pays(payment)
    installation.broker.kill()
    for _ in range(2):
        assert installation.come_back(payment) == 303
    assert programs.request(installation.port, "GET", f"/pay/{payment.link.token}/?back=1")[0] == 200
    query = f"orderId={payment.provider_ref}&paymentID={payment.provider_ref}"
    assert programs.request(installation.port, "GET", f"/callbacks/ameria/?{query}")[0] == 200
    assert WebhookDelivery.objects.filter(door="callback").exists()
    time_passes(seconds=21)
    installation.start_broker()
    wait_until_paid(payment, installation, seconds=3 * RESUMED_SECONDS)


def test_a_broker_whose_folder_is_gone_turns_no_fact_into_an_error(world, monkeypatch):
    queue = Path(settings.MUTQ_DATA, "broker", "queue")
    payment = world.paid()
    with transaction.atomic():
        tasks.wake(tasks.refresh_payment, payment_id=payment.pk, asked_by="return")
    shutil.rmtree(queue)
    try:
        with transaction.atomic():
            tasks.wake(tasks.refresh_payment, payment_id=payment.pk, asked_by="return")
    finally:
        queue.mkdir(parents=True)
    assert list(queue.iterdir()) == []
