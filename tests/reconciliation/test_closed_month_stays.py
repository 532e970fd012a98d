"""What is signed stays: against raw SQL by the serving role, and through everything that happens later."""

import hashlib

import pytest
from django.db import DatabaseError, connection, transaction

from billing import check_ledger, credits, settlement
from billing.models import LedgerTransaction
from billing.providers.base import PaymentReport, ReportedStatus
from reconciliation import closing, kept_reports, snapshot
from reconciliation.models import KeptReport, MonthClose
from refunds import sending
from students import registration, timeline
from tests.billing import doubtful
from tests.reconciliation.closings import close, paid_month, person, reopen
from tests.refunds import school

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(world, shift_clock):
    month, paid = paid_month(world, shift_clock)
    close(month)
    person("nare")
    return month, paid


OURS = r"is closed: another|stays that month|was signed and stays|kept as it is|begins open|permission denied|must be owner"


def refused(statement, *parameters, words=OURS):
    with pytest.raises(DatabaseError, match=words), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'open'",
        "state = 'in_review'",
        "snapshot = '{}'",
        "snapshot_sha256 = 'x'",
        "closed_at = now()",
        "month = '2020-01-01'",
        "state = 'reopened'",
        "state = 'reopened', reopened_by_id = closed_by_id, reopened_at = now(), reopen_reason = 'x'",
        "state = 'reopened', reopened_by_id = NULL, reopened_at = now(), reopen_reason = 'x'",
        "state = 'reopened', reopened_by_id = (SELECT id FROM auth_user WHERE username = 'nare'), reopened_at = now(),"
        " reopen_reason = ' '",
        "state = 'reopened', reopened_by_id = (SELECT id FROM auth_user WHERE username = 'nare'), reopened_at = now(),"
        " reopen_reason = 'x', snapshot = '{}'",
    ],
)
def test_raw_sql_cannot_change_a_closed_month(closed, change):
    refused(f"UPDATE reconciliation_monthclose SET {change}")
    assert MonthClose.objects.get().state == MonthClose.State.CLOSED


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM reconciliation_monthclose",
        "TRUNCATE reconciliation_monthclose CASCADE",
        "UPDATE reconciliation_monthsnapshot SET text = ''",
        "DELETE FROM reconciliation_keptreportpart",
        "INSERT INTO reconciliation_monthsnapshot (month_close_id, generation, text, sha256, closed_at, closed_by_id)"
        " SELECT id, 9, '{}', 'x', now(), closed_by_id FROM reconciliation_monthclose",
        "INSERT INTO reconciliation_keptreport (snapshot_id, report, form, size, sha256)"
        " SELECT id, 'more', 'csv', 0, '' FROM reconciliation_monthsnapshot",
        "INSERT INTO reconciliation_keptreportpart (report_id, number, data)"
        " SELECT id, 9, 'more' FROM reconciliation_keptreport",
        "INSERT INTO reconciliation_monthclose (month, state, created_at, snapshot, snapshot_sha256, reopen_reason, closed_at,"
        " closed_by_id) SELECT '2020-01-01', 'closed', now(), '{}', 'x', '', now(), id FROM auth_user LIMIT 1",
        "ALTER TABLE reconciliation_monthclose DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION public.billing_booking_day(wanted date) RETURNS date LANGUAGE sql AS 'SELECT wanted'",
    ],
)
def test_raw_sql_cannot_add_to_or_take_from_what_was_signed(closed, statement):
    refused(statement)


def test_what_was_signed_first_gets_nothing_more_while_the_month_is_open_again(closed):
    month, _paid = closed
    reopen(month)
    closing.start_review(month=month.first, by=person())
    refused(
        "INSERT INTO reconciliation_keptreportpart (report_id, number, data)"
        " SELECT id, 9, 'more' FROM reconciliation_keptreport",
        words="is kept as it is",
    )


def test_raw_sql_cannot_sign_a_month_of_which_nothing_is_kept(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    closing.start_review(month=month.first, by=person())
    refused(
        "UPDATE reconciliation_monthclose SET state = 'closed', closed_at = now(), closed_by_id = reviewed_by_id,"
        " snapshot_sha256 = 'x'",
        words="nothing was kept",
    )


def test_nobody_hangs_the_owners_trigger_on_a_table_of_his_own(closed):
    """It may write the lock of the books, so on a temporary table it would open a month."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE mine (LIKE reconciliation_monthclose) ON COMMIT DROP")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(
                "CREATE TRIGGER mine BEFORE UPDATE ON mine FOR EACH ROW EXECUTE FUNCTION reconciliation_guard_month()"
            )


def bytes_of(month):
    return {
        (kept.report, kept.form): b"".join(kept_reports.pieces_of(kept))
        for kept in KeptReport.objects.filter(snapshot__month_close__month=month.first)
    }


def test_later_facts_land_in_the_open_month_and_change_no_byte(world, shift_clock):
    """A rename, a refund, credit that is used, a late success and money that differs, all after the month was closed."""
    school.under(world, school.EVERYTHING)
    invoices = []

    def before_the_end(paid):
        invoices.extend([world.invoice(), world.invoice(), world.invoice(plan="three-parts")])
        paid.append(world.paid(world.link(invoices[0]), "arca"))
        paid.append(world.attempt(account="arca"))

    month, paid = paid_month(world, shift_clock, before_the_end=before_the_end)
    [late] = [payment for payment in paid if payment.state == "at_provider"]
    close_signed = close(month)
    kept, told = bytes_of(month), close_signed.snapshot
    assert kept

    student = invoices[0].student
    registration.change_student(
        student_id=student.pk, full_name='=HYPERLINK("http://x")', actor=timeline.SYSTEM
    )
    second = doubtful.paid_twice(world, world.link(invoices[2]))
    credits.allocate_credit(
        payment_id=second.pk,
        installment_id=world.installment(invoices[2], 2).pk,
        reason="a test",
        actor=timeline.SYSTEM,
    )
    settlement.settle_payment(payment_id=late.pk, report=PaymentReport(status=ReportedStatus.FAILED))
    doubtful.report_paid(late)  # declined, then paid after all
    held = doubtful.report_paid(world.attempt(world.link(invoices[1]), "ameria"), amount_minor=5_000_000)
    assert held.state == "held"
    [refund] = school.approved(invoices[0])
    assert str(sending.send_refund(refund_id=refund.pk).state) in ("sent", "settled")

    later = LedgerTransaction.objects.filter(recorded_at__gt=close_signed.closed_at)
    assert {booked.kind for booked in later} >= {
        "payment_verified",
        "payment_held",
        "credit_used",
        "refund_sent",
    }
    assert {booked.booked_on >= month.next.first for booked in later} == {True}
    assert check_ledger.problems() == []
    assert bytes_of(month) == kept
    again = snapshot.totals_of(month.first)
    for part in ("accounts", "merchant_accounts", "kinds", "groups", "late"):
        assert again[part] == told[part], part
    assert again["carried_over"]["held"] == told["carried_over"]["held"]
    for report in told["reports"]:
        content = kept[report["report"], report["form"]]
        assert hashlib.sha256(content).hexdigest() == report["sha256"]


def test_refunds_on_their_way_and_held_money_are_carried_over_by_name(world, shift_clock):
    found = {}

    def before_the_end(paid):
        found["held"] = doubtful.report_paid(world.attempt(account="ameria"), amount_minor=5_000_000)

    month, _paid = paid_month(world, shift_clock, before_the_end=before_the_end)
    told = closing.preview(month.first)
    assert told.totals["carried_over"]["held"] == [
        {
            "merchant_account": "ameria",
            "order_number": found["held"].order_number,
            "currency": "AMD",
            "minor": 5_000_000,
        }
    ]
    assert [str(blocker.kind) for blocker in told.blockers] == [
        "no_statement"
    ]  # Ameria had money, and was not asked
