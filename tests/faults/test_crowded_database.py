"""PostgreSQL that is there and says no: a deadlock, a lock held too long, no connection left, read only. Nothing is lost."""

import os
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, connection

from billing import lookup, settlement
from billing.models import Payment, WebhookDelivery
from config.local import ports
from tests import programs
from tests.faults import proof
from tests.faults.test_doors import KEY, signed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def other(world) -> Iterator[psycopg.Connection]:
    """A session of the serving role that holds locks as another process would."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as session:
        yield session
        session.rollback()


def lock(session: psycopg.Connection, table: str, row_id: int) -> None:
    session.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR NO KEY UPDATE", [row_id])


def settle_in_thread(payment: Payment) -> tuple[threading.Thread, list[DatabaseError]]:
    """Settle a payment beside this thread; what the database refuses is in the list when the thread has ended."""
    refused: list[DatabaseError] = []
    report = proof.paid_report(payment)

    def settle() -> None:
        try:
            settlement.settle_payment(payment_id=payment.pk, report=report)
        except DatabaseError as error:
            refused.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=settle)
    thread.start()
    return thread, refused


def paid_at_the_bank(world) -> Payment:
    payment = world.attempt()
    world.buyer_pays(payment)
    Payment.objects.filter(pk=payment.pk).update(next_lookup_at=payment.created_at)
    return payment


def sweep_until_calm(time_passes) -> None:
    time_passes(seconds=90)
    lookup.sweep()


def test_a_settlement_that_loses_a_deadlock_is_done_by_a_later_run(world, other, time_passes):
    """Somebody locks a payment before its student, against the order of the house; the settlement is the victim."""
    payment = paid_at_the_bank(world)
    lock(other, "billing_payment", payment.pk)
    thread, refused = settle_in_thread(payment)
    wait_until_somebody_waits_for(other)
    lock(other, "students_student", payment.student_id)
    thread.join()
    other.rollback()
    assert ["deadlock" in str(error) for error in refused] == [True]
    sweep_until_calm(time_passes)
    proof.require_paid_once(payment.link)


def test_a_lock_held_too_long_delays_one_payment_and_no_other(world, other, time_passes):
    stuck, free = paid_at_the_bank(world), paid_at_the_bank(world)
    lock(other, "students_student", stuck.student_id)
    with pytest.raises(ExceptionGroup) as refused:
        lookup.sweep()
    other.rollback()
    assert ["lock timeout" in str(error) for error in refused.value.exceptions] == [True]
    proof.require_paid_once(free.link)
    sweep_until_calm(time_passes)
    proof.require_paid_once(stuck.link)


def wait_until_somebody_waits_for(session: psycopg.Connection) -> None:
    """Return once another session waits for this one's lock: its clock for finding deadlocks runs from then."""
    until = time.monotonic() + 20
    question = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as watcher:
        while not watcher.execute(question, [session.info.backend_pid]).fetchone()[0]:
            assert time.monotonic() < until
            time.sleep(0.01)


@pytest.fixture
def web(django_db_setup: None, world, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real web server on this worker's database, with an account whose bank calls it, signed."""
    world.accounts["epg"] = world.account("epg", provider="arca", profile="epg")
    port = ports.choose_free_port()
    program = programs.web(
        folder=tmp_path_factory.mktemp("crowded-web"),
        port=port,
        environ={"EPG_CALLBACK_KEY": KEY, "LOG_LEVEL": "CRITICAL"},
    )
    program.start(ready=programs.is_healthy(port))
    yield port
    program.kill()


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        ("CONNECTION LIMIT 0", "CONNECTION LIMIT -1"),
        ("SET default_transaction_read_only = on", "RESET default_transaction_read_only"),
    ],
    ids=["no connection left", "nothing can be written"],
)
def test_a_message_that_cannot_be_kept_is_not_acknowledged(world, web, monkeypatch, spoil, mend):
    """The bank hears an error and comes again; the same message is then kept and the payment settled once."""
    monkeypatch.setenv("EPG_CALLBACK_KEY", KEY)
    payment = world.attempt(account="epg")
    world.buyer_pays(payment)
    call = f"/callbacks/epg/?{signed(payment)}"
    with the_server_allows(spoil, mend):
        assert programs.request(web, "GET", call)[0] >= 500
        assert not WebhookDelivery.objects.exists()
    assert programs.request(web, "GET", call)[0] == 200
    lookup.sweep()
    proof.require_paid_once(payment.link)


class the_server_allows:  # noqa: N801 -- reads as the sentence it is
    """Spoil this worker's database for new sessions of others, and mend it again."""

    def __init__(self, spoil: str, mend: str) -> None:
        self.spoil, self.mend = spoil, mend

    def __enter__(self) -> None:
        self._change(self.spoil)

    def __exit__(self, *_error: object) -> None:
        self._change(self.mend)

    def _change(self, clause: str) -> None:
        with psycopg.connect(os.environ["MUTQ_TEST_SUPERUSER_URL"], autocommit=True) as session:
            name = connection.settings_dict["NAME"]
            session.execute(f'ALTER DATABASE "{name}" {clause}')
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                mine = cursor.fetchone()[0]
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
                [name, mine],
            )
