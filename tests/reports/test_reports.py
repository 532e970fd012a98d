"""What the reports beside receivables say of a small month, made by the real verbs."""

import datetime as dt

import pytest

from access import by_hand
from billing import fees
from common import clock
from reconciliation.reports import base, registry, screen
from refunds import booking
from students import timeline
from tests.backoffice.people import person
from tests.refunds import school
from tests.reports import files
from tests.reports.test_receivables import paid, sent, this_month
from tests.world import DRAM, World

pytestmark = pytest.mark.django_db
DAY = 86400


@pytest.fixture
def small(db):
    return World()


def rows_of(code, month=None, **facts):
    return files.rows_of(registry.REPORTS[code], month or this_month(), **facts)


def holds(code):
    return all(
        proof.holds for proof in screen.proofs(registry.REPORTS[code], base.Period.of_month(this_month()))
    )


def refunded(small, drams):
    school.under(small, school.EVERYTHING)
    invoice = small.invoice()
    paid(small, invoice)
    (refund,) = school.approved(invoice, drams)
    return invoice, refund


def settled(refund):
    sent(refund)
    booking.book_back(refund)


def test_money_is_told_by_day_with_what_the_bank_holds(small, shift_clock):
    _invoice, refund = refunded(small, 20000)
    settled(refund)
    account = small.accounts["ameria"]
    fees.note_fee(
        key="x",
        account_id=account.pk,
        amount_minor=500 * DRAM,
        currency="AMD",
        student_id=None,
        actor=timeline.SYSTEM,
        reason="r",
    )
    (row,) = rows_of("money")
    told = {
        code: row[code] for code in ("payments", "opening", "captured", "refunds", "fees", "net", "balance")
    }
    assert told == {
        "payments": "1",
        "opening": "0.00",
        "captured": "90000.00",
        "refunds": "20000.00",
        "fees": "500.00",
        "net": "69500.00",
        "balance": "69500.00",
    }
    assert holds("money")
    assert holds("refunds")
    shift_clock(seconds=32 * DAY)
    (quiet,) = rows_of("money")
    assert (quiet["opening"], quiet["net"], quiet["balance"]) == ("69500.00", "0.00", "69500.00")


def test_a_refund_is_told_with_its_people_and_as_it_stood_then(small, shift_clock):
    first = this_month()
    _invoice, refund = refunded(small, 20000)
    (row,) = rows_of("refunds")
    assert (row["standing"], row["requested_by"], row["decided_by"]) == ("approved", "support", "manager")
    sent(refund)
    shift_clock(seconds=32 * DAY)
    booking.book_back(refund)
    (then,) = rows_of("refunds", first)
    assert (then["standing"], then["sent"], then["settled"]) == ("sent", "20000.00", "")
    (now,) = rows_of("refunds")
    assert (now["standing"], now["sent"], now["settled"]) == ("settled", "", "20000.00")


def test_a_refund_that_nobody_decided_is_told(small):
    school.under(small, school.EVERYTHING)
    invoice = small.invoice()
    paid(small, invoice)
    school.ask(invoice, 1000)
    (row,) = rows_of("refunds")
    assert (row["standing"], row["refund"], row["asked"], row["decided_by"]) == (
        "requested",
        "",
        "1000.00",
        "",
    )


def test_an_opening_by_hand_is_told_with_its_end(small, shift_clock):
    manager = person(role="manager")
    actor = timeline.Actor.person(manager.user)
    first = this_month()
    by_hand.open_by_hand(
        student_id=small.student(full_name="=1+1").pk,
        course_id=small.group().course_id,
        until=clock.today() + dt.timedelta(days=40),
        reason="-waits for the bank",
        actor=actor,
    )
    (row,) = rows_of("openings")
    assert (row["student"], row["reason"], row["standing"]) == ("'=1+1", "'-waits for the bank", "in_force")
    assert row["granted_by"] == "Մարիամ"
    shift_clock(seconds=75 * DAY)
    assert rows_of("openings", first)[0]["standing"] == "in_force"
    assert rows_of("openings") == []


def test_overdue_is_told_by_age_from_the_books(small, shift_clock):
    invoice = small.invoice(plan="three-parts")
    due = small.installment(invoice).due_date
    month = due.replace(day=1)
    assert rows_of("overdue", month, day=due) == []
    ages = {1: "in_grace", 10: "to_30", 40: "to_60", 70: "to_90", 100: "over_90"}
    for days, age in ages.items():
        day = due + dt.timedelta(days=days)
        first = [row for row in rows_of("overdue", day, day=day) if row["installment"] == "1"]
        assert [(row["age"], row["days"], row["remaining"]) for row in first] == [
            (age, str(days), "30000.00")
        ]
    shift_clock(seconds=20 * DAY)
    paid(small, invoice)
    day = due + dt.timedelta(days=40)
    assert not [row for row in rows_of("overdue", day, day=day) if row["installment"] == "1"]
    then = due + dt.timedelta(days=10)
    assert [row["remaining"] for row in rows_of("overdue", then, day=then)] == ["30000.00"]


def test_the_comparison_counts_both_sides(small):
    paid(small, small.invoice())
    (row,) = rows_of("reconciliation")
    told = {
        code: row[code] for code in ("section", "item", "our_count", "their_count", "our_sum", "difference")
    }
    assert told == {
        "section": "sums",
        "item": "payments",
        "our_count": "1",
        "their_count": "0",
        "our_sum": "90000.00",
        "difference": "90000.00",
    }


def test_codes_of_reports_and_columns_are_what_others_rely_on():
    assert list(registry.REPORTS) == [
        "reconciliation",
        "receivables",
        "money",
        "refunds",
        "openings",
        "overdue",
        "breaks",
        "statement_rows",
        "ledger_lines",
    ]
    for report in registry.REPORTS.values():
        codes = [column.code for column in report.columns]
        assert len(codes) == len(set(codes))
        assert not report.group or report.column(report.group).filter
        for column in report.columns:
            for source in (column.source, column.other_source):
                if source is not None:
                    there = registry.REPORTS[source.report]
                    assert {*source.fixed, *source.same} <= {kept.code for kept in there.filters}
