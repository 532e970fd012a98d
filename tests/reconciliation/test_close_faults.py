"""Two closers, posting while closing, `kill -9` while closing, midnight in Yerevan: one outcome, and the books stay proven."""

import datetime as dt
import threading
import time

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from billing import check_ledger, closed_months, ledger, lookup
from billing.models import ClosedMonth, LedgerTransaction
from common import clock
from common.errors import DomainError
from reconciliation import closing, kept_reports
from reconciliation.models import KeptReport, MonthClose, MonthSnapshot
from students.models import TimelineEvent
from tests import processes
from tests.processes import Job
from tests.reconciliation.closings import (
    close_in_review,
    enter_late,
    paid_month,
    person,
    reopen,
    reopen_by,
)
from tests.reconciliation.months import stand_at, this_month

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

State = MonthClose.State


@pytest.fixture
def month(world, shift_clock):
    """A settled month in review, and two people who may close it."""
    month, _paid = paid_month(world, shift_clock)
    world.account("desk", provider="manual", profile="cash")
    closing.start_review(month=month.first, by=person("aram"))
    person("nare")
    return month


def in_thread(act, **facts):
    """Run something on a connection of its own; `join` returns what it returned or raised."""
    outcome = []

    def run():
        try:
            outcome.append(act(**facts))
        except (DomainError, DatabaseError) as error:
            outcome.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()

    def join():
        thread.join(30)
        assert not thread.is_alive()
        return outcome[0]

    return join


def wait_for_waiting_lock():
    """Wait until somebody waits for the lock of a month."""
    until = time.monotonic() + 4
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def booked(payment_id):
    return LedgerTransaction.objects.get(key=f"payment:{payment_id}")


def test_two_people_close_at_once_and_one_does(month):
    outcomes = processes.together(
        [Job(act=close_in_review, arguments={"month": month, "by": name}) for name in ("aram", "nare")] * 2
    )
    assert sorted(outcome.value or "refused" for outcome in outcomes) == ["closed"] + ["refused"] * 3
    refused = [outcome.error for outcome in outcomes if outcome.error]
    assert all("CloseRefused" in error for error in refused)
    assert MonthSnapshot.objects.count() == 1
    assert TimelineEvent.objects.filter(kind="month_closed").count() == 1
    assert check_ledger.problems() == []


def test_two_people_reopen_at_once_and_one_does(month):
    close_in_review(month=month, by="aram")
    person("vard")
    outcomes = processes.together(
        [Job(act=reopen_by, arguments={"month": month, "by": name}) for name in ("nare", "vard")]
    )
    assert sorted(bool(outcome.error) for outcome in outcomes) == [False, True]
    assert TimelineEvent.objects.filter(kind="month_reopened").count() == 1
    assert check_ledger.problems() == []


def test_a_posting_under_way_is_part_of_what_is_signed(world, month):
    installment = world.installment(world.invoice()).pk
    with transaction.atomic():
        payment_id = enter_late(installment_id=installment, month=month, number="1")
        closer = in_thread(close_in_review, month=month, by="aram")
        wait_for_waiting_lock()
    assert closer() == State.CLOSED
    assert (booked(payment_id).booked_on, booked(payment_id).late_for) == (
        month.next.first - dt.timedelta(days=1),
        None,
    )
    desk = [
        row
        for row in MonthClose.objects.get().snapshot["merchant_accounts"]
        if row["merchant_account"] == "desk"
    ]
    assert [row["payments_minor"] for row in desk] == [9_000_000]
    assert check_ledger.problems() == []


@pytest.fixture
def held_open(monkeypatch):
    """Stop a closing inside, with the month's lock held; yields (wait until it is there, let it go on)."""
    inside, go_on = threading.Event(), threading.Event()
    write = kept_reports.write_all

    def slowly(**facts):
        inside.set()
        assert go_on.wait(30)
        return write(**facts)

    monkeypatch.setattr(kept_reports, "write_all", slowly)
    yield (lambda: inside.wait(30)), go_on.set
    go_on.set()


def test_money_that_comes_while_a_month_is_closed_does_not_wait(world, month, held_open):
    is_inside, go_on = held_open
    installment = world.installment(world.invoice()).pk
    closer = in_thread(close_in_review, month=month, by="aram")
    assert is_inside()
    started = time.monotonic()
    payment_id = enter_late(installment_id=installment, month=month, number="1")
    assert time.monotonic() - started < 4  # a lock would be waited for five seconds, and then refused
    go_on()
    assert closer() == State.CLOSED
    assert (booked(payment_id).booked_on, booked(payment_id).late_for) == (month.next.first, month.first)
    assert check_ledger.problems() == []


def test_raw_sql_that_meets_a_close_waits_and_is_refused(month, held_open):
    is_inside, go_on = held_open

    def insert():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO billing_ledgertransaction (key, kind, occurred_at, booked_on, recorded_at)"
                " VALUES ('raw', 'test', now(), %s, now())",
                [month.first],
            )

    closer = in_thread(close_in_review, month=month, by="aram")
    assert is_inside()
    raw = in_thread(insert)
    wait_for_waiting_lock()
    go_on()
    assert closer() == State.CLOSED
    assert isinstance(raw(), IntegrityError)
    assert not LedgerTransaction.objects.filter(key="raw").exists()


def test_payments_and_a_close_at_once_leave_proven_books(world, month):
    """Whichever comes first: each posting is in the signed month or named as late in the next."""
    group = world.group(capacity=10)
    installments = [world.installment(world.invoice(group=group)).pk for _ in range(6)]
    jobs = [
        Job(act=enter_late, arguments={"installment_id": pk, "month": month, "number": str(pk)})
        for pk in installments
    ]
    jobs.insert(3, Job(act=close_in_review, arguments={"month": month, "by": "aram"}))
    outcomes = processes.together(jobs)
    payments = [outcome.value for number, outcome in enumerate(outcomes) if number != 3]
    assert all(payments), [outcome.error for outcome in outcomes]
    close = MonthClose.objects.get()
    if close.state != State.CLOSED:  # a posting took longer than it waits: it says so, and is asked again
        assert "Somebody else works" in outcomes[3].error
        close_in_review(month=month, by="aram")
        close = MonthClose.objects.get()
    days = [booked(pk) for pk in payments]
    in_month = [one for one in days if one.late_for is None]
    assert {one.booked_on for one in days} <= {month.next.first - dt.timedelta(days=1), month.next.first}
    desk = [row for row in close.snapshot["merchant_accounts"] if row["merchant_account"] == "desk"]
    assert sum(row["payments_minor"] for row in desk) == 9_000_000 * len(in_month)
    assert check_ledger.problems() == []


POINTS = [
    "close.before_lock",
    "close.after_lock",
    "close.after_files",
    "close.after_snapshot",
    "close.after_kept_report",
    "close.after_kept_report:3",
    "close.after_reports",
    "close.after_month",
    "close.before_commit",
]


def test_a_close_that_is_killed_leaves_nothing(world, month):
    for number, point in enumerate(POINTS):
        outcome = processes.alone(close_in_review, crash_at=point, month=month, by="aram")
        assert outcome.was_killed, f"{point} is not on the path: {outcome}"
        assert MonthClose.objects.get().state == State.IN_REVIEW
        for model in (ClosedMonth, MonthSnapshot, KeptReport):
            assert not model.objects.exists()
        if number == 3:  # and its lock is free again
            payment_id = enter_late(
                installment_id=world.installment(world.invoice()).pk, month=month, number="after"
            )
            assert booked(payment_id).late_for is None
    assert processes.alone(close_in_review, crash_at="close.after_commit", month=month, by="aram").was_killed
    assert MonthClose.objects.get().state == State.CLOSED
    assert MonthSnapshot.objects.count() == 1
    assert check_ledger.problems() == []


def test_a_reopening_that_is_killed_leaves_the_month_closed(month):
    close_in_review(month=month, by="aram")
    assert processes.alone(reopen_by, crash_at="reopen.after_month", month=month, by="nare").was_killed
    assert MonthClose.objects.get().state == State.CLOSED
    assert closed_months.first_open_day() == month.next.first
    reopen(month)
    assert closed_months.first_open_day() is None


def post_at(moment, key):
    lines = [
        ledger.Line(account=account, amount_minor=amount, currency="AMD")
        for account, amount in ((ledger.Account.BANK, 100), (ledger.Account.SUSPENSE, -100))
    ]
    ledger.post(key=key, kind="test", student_id=None, lines=lines, occurred_at=moment)
    return LedgerTransaction.objects.get(key=key)


def test_midnight_in_yerevan_parts_the_months(month):
    """The month ends at 20:00 UTC, in every process and for every fact."""
    last = month.stop - dt.timedelta(microseconds=1)
    assert last.astimezone(dt.UTC).hour == 19
    assert post_at(last, "last").booked_on == month.next.first - dt.timedelta(days=1)
    assert post_at(month.stop, "first").booked_on == month.next.first
    close_in_review(month=month, by="aram")
    late = post_at(last, "too late")
    assert (late.booked_on, late.late_for, late.occurred_at) == (month.next.first, month.first, last)
    on_time = post_at(month.stop, "on time")
    assert (on_time.booked_on, on_time.late_for) == (month.next.first, None)


def test_the_month_can_be_closed_from_midnight_on(world, shift_clock):
    month = this_month()
    world.invoice()
    stand_at(shift_clock, month.stop - dt.timedelta(seconds=30))
    with pytest.raises(closing.CloseRefused, match="is not over yet"):
        closing.start_review(month=month.first, by=person())
    stand_at(shift_clock, month.stop + dt.timedelta(seconds=1))
    closing.start_review(month=month.first, by=person())
    assert close_in_review(month=month, by="aram") == State.CLOSED
    assert clock.today() == month.next.first


def test_money_verified_a_moment_before_midnight_and_stored_after_the_close_is_late(
    world, month, monkeypatch
):
    """A process looked at the clock, then stood still while the month was closed."""
    invoice = world.invoice()
    close_in_review(month=month, by="aram")
    payment = world.attempt(world.link(invoice), "ameria")
    world.buyer_pays(payment)
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: min(now(), month.stop - dt.timedelta(seconds=1)))
    settled = lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
    monkeypatch.undo()
    assert settled.state == "verified"
    found = booked(payment.pk)
    assert (found.booked_on, found.late_for) == (month.next.first, month.first)
    assert check_ledger.problems() == []
