"""What students owe, from opening to closing: every fact in one column, and the sum is the books'."""

import ast
import datetime as dt
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Sum

from billing import settlement
from billing.models import LedgerLine, Payment
from common import clock
from reconciliation.reports import base, kinds, ledger_lines, registry, screen
from refunds import booking
from tests.faults import proof
from tests.refunds import school
from tests.reports import files
from tests.world import DRAM, World

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
RECEIVABLES = registry.REPORTS["receivables"]
MONEY = ["opening", "invoiced", "adjustments", "paid", "from_credit", "refunded", "other", "closing"]


@pytest.fixture
def school_world(db):
    return World()


def this_month():
    return clock.today().replace(day=1)


def paid(world, invoice, number=1, copies=1):
    """Pay a part of an invoice, perhaps more than once, without asking a bank."""
    link = world.link(invoice, number=number)
    payments = []
    for copy in range(copies):
        payment = Payment.objects.create(
            link=link,
            student_id=link.student_id,
            course_id=link.course_id,
            group_id=link.group_id,
            account=world.accounts["ameria"],
            order_number=10 * link.pk + copy,
            provider_ref=f"ref-{link.pk}-{copy}",
            amount_minor=link.amount_minor,
            currency="AMD",
            session_ends_at=clock.now(),
        )
        settlement.settle_payment(payment_id=payment.pk, report=proof.paid_report(payment))
        payments.append(payment)
    return payments


def sent(refund):
    """Book a refund as sent, the bank not being asked."""
    refund.send(total_before_minor=0, whole=False)
    refund.save()
    booking.book_sent(refund)
    return refund


def row_of(invoice, month=None):
    (row,) = [
        row for row in files.rows_of(RECEIVABLES, month or this_month()) if row["invoice"] == invoice.number
    ]
    return {code: row[code] for code in MONEY}


def amounts(**drams):
    return {code: f"{drams.get(code, 0)}.00" for code in MONEY}


def test_an_invoice_and_its_payment(school_world):
    invoice = school_world.invoice(plan="three-parts")
    paid(school_world, invoice)
    assert row_of(invoice) == amounts(invoiced=90000, paid=30000, closing=60000)


def test_the_closing_is_the_opening_of_the_next_month(school_world, shift_clock):
    invoice = school_world.invoice(plan="three-parts")
    first = this_month()
    shift_clock(seconds=32 * 86400)
    paid(school_world, invoice)
    assert row_of(invoice, first) == amounts(invoiced=90000, closing=90000)
    assert row_of(invoice) == amounts(opening=90000, paid=30000, closing=60000)


def test_a_closed_account_is_no_row_of_later_months(school_world, shift_clock):
    invoice = school_world.invoice()
    paid(school_world, invoice)
    shift_clock(seconds=32 * 86400)
    assert files.rows_of(RECEIVABLES, this_month()) == []


def test_a_refund_is_refunded_and_lowered(school_world):
    school.under(school_world, school.EVERYTHING)
    invoice = school_world.invoice()
    paid(school_world, invoice)
    (refund,) = school.approved(invoice, 20000)
    sent(refund)
    assert row_of(invoice) == amounts(invoiced=90000, paid=90000, refunded=20000, adjustments=20000)


def test_a_failed_refund_leaves_nothing(school_world):
    school.under(school_world, school.EVERYTHING)
    invoice = school_world.invoice()
    paid(school_world, invoice)
    (refund,) = school.approved(invoice, 20000)
    sent(refund)
    booking.book_failed(refund)
    assert row_of(invoice) == amounts(invoiced=90000, paid=90000)


def test_a_refund_that_is_still_owed_is_not_lowered(school_world):
    school.under(school_world, school.EVERYTHING)
    invoice = school_world.invoice()
    paid(school_world, invoice)
    (refund,) = school.approved(invoice, 20000)
    sent(refund)
    booking.book_still_owed(refund)
    assert row_of(invoice) == amounts(invoiced=90000, paid=90000, refunded=20000, closing=20000)


def test_the_report_is_what_the_books_say(school_world):
    school.under(school_world, school.EVERYTHING, "three-parts")
    for copies in (1, 2):
        invoice = school_world.invoice(plan="three-parts")
        paid(school_world, invoice, copies=copies)
    (refund,) = school.approved(invoice, 10000)
    sent(refund)
    (check,) = screen.proofs(RECEIVABLES, base.Period.of_month(this_month()))
    booked = LedgerLine.objects.filter(account="receivable").aggregate(sum=Sum("amount_minor"))["sum"]
    assert check.holds
    assert check.sides == [("AMD", booked, booked)]
    told = sum(round(float(row["closing"]) * DRAM) for row in files.rows_of(RECEIVABLES, this_month()))
    assert told == booked


def test_a_fact_that_no_column_knows_is_seen(school_world):
    invoice = school_world.invoice()
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH t AS (INSERT INTO billing_ledgertransaction (key, kind, occurred_at, booked_on, recorded_at)"
            " VALUES ('strange:1', 'strange', now(), %s, now()) RETURNING id)"
            " INSERT INTO billing_ledgerline (transaction_id, account, amount_minor, currency, invoice_id)"
            " SELECT t.id, a, m, 'AMD', %s FROM t, (VALUES ('receivable', 500), ('adjustments', -500)) v (a, m)",
            [clock.today(), invoice.pk],
        )
    assert row_of(invoice) == amounts(invoiced=90000, other=5, closing=90005)
    (check,) = screen.proofs(RECEIVABLES, base.Period.of_month(this_month()))
    assert not check.holds


def test_every_kind_of_booking_in_the_code_stands_in_one_column():
    posted = kinds_in_code()
    assert posted >= {"invoice_issued", "payment_verified", "refund_sent", "fee_noted"}
    ways = [part for parts in (kinds.RECEIVABLE, kinds.CLEARING) for part in parts]
    elsewhere = posted - {part.kind for part in ways}
    assert elsewhere == set(), "tell in reconciliation/reports/kinds.py where these stand"
    assert posted == {part.kind for part in ways}
    assert set(ledger_lines.FACTS) == posted


def test_no_booking_fits_two_columns():
    for parts in (kinds.RECEIVABLE, kinds.CLEARING):
        for number, one in enumerate(parts):
            for other in parts[number + 1 :]:
                apart = (
                    one.kind != other.kind
                    or one.sign * other.sign < 0
                    or (one.key and other.key and one.key != other.key)
                )
                assert apart, (one, other)


def kinds_in_code():
    """Return the kinds with which the named verbs post."""
    found = set()
    for app in ("billing", "refunds"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in {"ledger.post", "ledger.reverse"}:
                    found |= {
                        keyword.value.value
                        for keyword in node.keywords
                        if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant)
                    }
    return found


def test_columns_add_up_for_every_month(school_world, shift_clock):
    invoice = school_world.invoice(plan="three-parts")
    for number in (1, 2):
        paid(school_world, invoice, number)
        shift_clock(seconds=number * 32 * 86400)
    month = this_month()
    while month > this_month() - dt.timedelta(days=100):
        for row in files.rows_of(RECEIVABLES, month):
            n = {code: round(float(row[code]) * DRAM) for code in MONEY}
            moved = (
                n["invoiced"] - n["adjustments"] - n["paid"] - n["from_credit"] + n["refunded"] + n["other"]
            )
            assert n["opening"] + moved == n["closing"]
        month = (month - dt.timedelta(days=1)).replace(day=1)
