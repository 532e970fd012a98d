"""Postings meet a closed month: the verb books late and says so, raw SQL by the serving role is refused."""

import datetime as dt
import os

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from billing import check_ledger, closed_months, ledger, manual_payments
from billing.models import LedgerTransaction
from common import clock
from students import timeline
from tests.world import DRAM, World

pytestmark = pytest.mark.django_db(transaction=True)

THIS_MONTH = clock.today().replace(day=1)
LAST_MONTH = (THIS_MONTH - dt.timedelta(days=1)).replace(day=1)
BEFORE = (LAST_MONTH - dt.timedelta(days=1)).replace(day=1)
LAST_DAY = THIS_MONTH - dt.timedelta(days=1)


def shut(month):
    """Shut a month as the owner's trigger does; the serving role may not."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("INSERT INTO billing_closedmonth (month, shut_at) VALUES (%s, now())", [month])


def book(key="k", day=LAST_DAY, kind="test"):
    ledger.post(
        key=key,
        kind=kind,
        student_id=None,
        occurred_at=clock.start_of(day) + dt.timedelta(hours=23, minutes=59),
        lines=[
            ledger.Line(account=ledger.Account.BANK, amount_minor=100, currency="AMD"),
            ledger.Line(account=ledger.Account.SUSPENSE, amount_minor=-100, currency="AMD"),
        ],
    )
    return LedgerTransaction.objects.get(key=key)


def raw(statement, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


INSERT = (
    "INSERT INTO billing_ledgertransaction (key, kind, occurred_at, booked_on, recorded_at)"
    " VALUES ('raw', 'test', now(), %s, now())"
)


def test_an_open_month_is_booked_on_its_own_day():
    booked = book()
    assert (booked.booked_on, booked.late_for) == (LAST_DAY, None)
    assert closed_months.first_open_day() is None


def test_a_late_fact_is_booked_on_the_first_open_day_and_names_its_month():
    shut(LAST_MONTH)
    booked = book()
    assert (booked.booked_on, booked.late_for) == (THIS_MONTH, LAST_MONTH)
    assert clock.day_of(booked.occurred_at) == LAST_DAY
    assert closed_months.first_open_day() == THIS_MONTH
    assert closed_months.is_closed(LAST_DAY)
    assert not closed_months.is_closed(THIS_MONTH)


def test_everything_before_a_closed_month_is_closed_too():
    shut(LAST_MONTH)
    booked = book(day=BEFORE)
    assert (booked.booked_on, booked.late_for) == (THIS_MONTH, BEFORE)


def test_booking_a_late_fact_again_books_nothing():
    shut(LAST_MONTH)
    assert book() == book()
    assert LedgerTransaction.objects.count() == 1


def test_a_correction_of_a_closed_month_names_the_original():
    original = book(day=LAST_DAY)
    shut(LAST_MONTH)
    ledger.reverse(key="k", kind="undone")
    undone = LedgerTransaction.objects.get(key="reversed:k")
    assert (undone.booked_on, undone.corrects) == (clock.today(), original)


@pytest.mark.parametrize("day", [LAST_DAY, LAST_MONTH, BEFORE])
def test_raw_sql_cannot_post_in_a_closed_month(day):
    shut(LAST_MONTH)
    with pytest.raises(IntegrityError, match="its month is closed"):
        raw(INSERT, day)
    raw(INSERT, THIS_MONTH)


def test_raw_sql_cannot_add_a_line_to_a_transaction_of_a_closed_month():
    booked = book()
    add = (
        "INSERT INTO billing_ledgerline (transaction_id, account, amount_minor, currency)"
        " SELECT %s, 'bank', v, 'AMD' FROM unnest(ARRAY[5, -5]) v"
    )
    raw(add, booked.pk)
    shut(LAST_MONTH)
    with pytest.raises(IntegrityError, match="its month is closed"):
        raw(add, booked.pk)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_ledgertransaction SET booked_on = booked_on + 60",
        "UPDATE billing_ledgertransaction SET kind = 'other'",
        "DELETE FROM billing_ledgerline",
        "UPDATE billing_ledgerline SET amount_minor = 0",
    ],
)
def test_not_even_the_owner_changes_a_closed_month(statement):
    book()
    shut(LAST_MONTH)
    with (
        psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner,
        pytest.raises(psycopg.errors.CheckViolation, match="its month is closed"),
    ):
        owner.execute(statement)


def test_a_transaction_that_sees_an_old_state_cannot_post():
    """REPEATABLE READ would not see that the month was closed meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT 1")
        shut(LAST_MONTH)
        with pytest.raises(IntegrityError, match="READ COMMITTED"), transaction.atomic():
            cursor.execute(INSERT, [LAST_DAY])


def test_a_temporary_table_does_not_stand_in_for_the_lock():
    shut(LAST_MONTH)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE billing_closedmonth (month date) ON COMMIT DROP")
        cursor.execute("SELECT billing_booking_day(%s)", [LAST_DAY])
        assert cursor.fetchone()[0] == THIS_MONTH
        with pytest.raises(IntegrityError, match="its month is closed"), transaction.atomic():
            cursor.execute(INSERT, [LAST_DAY])


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO billing_closedmonth (month, shut_at) VALUES ('2030-01-01', now())",
        "UPDATE billing_closedmonth SET month = '2020-01-01'",
        "DELETE FROM billing_closedmonth",
        "TRUNCATE billing_closedmonth",
        "ALTER TABLE billing_ledgertransaction DISABLE TRIGGER closed_month_stays",
        "DROP TRIGGER closed_month_stays ON billing_ledgertransaction",
        "SET session_replication_role = replica",
    ],
)
def test_the_serving_role_cannot_move_the_lock(statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        raw(statement)


def test_a_bank_transfer_is_booked_on_the_day_of_its_document_while_that_is_open():
    world = World()
    world.account("transfer", provider="manual", profile="transfer")

    def enter(number):
        return manual_payments.enter_payment(
            account_code="transfer",
            amount_minor=90_000 * DRAM,
            document_number=number,
            document_date=LAST_DAY,
            installment_id=world.installment(world.invoice()).pk,
            actor=timeline.SYSTEM,
        )

    on_time = enter("1")
    shut(LAST_MONTH)
    late = enter("2")
    told = {
        booked.key: (booked.booked_on, booked.late_for, clock.day_of(booked.occurred_at))
        for booked in LedgerTransaction.objects.filter(kind="payment_verified")
    }
    assert told == {
        f"payment:{on_time.pk}": (LAST_DAY, None, LAST_DAY),
        f"payment:{late.pk}": (THIS_MONTH, LAST_MONTH, LAST_DAY),
    }
    assert [found for found in check_ledger.problems() if found.check in check_ledger.CHECKS] == []
