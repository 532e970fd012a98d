"""Signing a month: what stands in the way, what is refused, what is kept, and opening again by another person."""

import datetime as dt
import hashlib
import json

import pytest

from billing import check_ledger, closed_months
from billing.models import LedgerTransaction, Payment
from common import clock
from reconciliation import blockers, closing, kept_reports
from reconciliation.models import Discrepancy, MonthClose
from reconciliation.months import Month
from students.models import TimelineEvent
from tests.reconciliation.closings import close, paid_month, person, reopen, stand_in_the_middle
from tests.reconciliation.months import as_file, reconcile, row_of, stand_at
from tests.reconciliation.statements import load, profile_of

pytestmark = pytest.mark.django_db

State = MonthClose.State


def kinds_of(month, **facts):
    return [str(blocker.kind) for blocker in blockers.blockers(month.first, **facts)]


def test_a_settled_month_is_signed_and_its_books_are_shut(world, shift_clock):
    month, paid = paid_month(world, shift_clock)
    assert blockers.blockers(month.first) == []
    signed = close(month)
    assert (signed.state, signed.closed_by) == (State.CLOSED, person())
    assert closed_months.first_open_day() == month.next.first
    text = signed.snapshots.get().text
    assert signed.snapshot_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(text) == signed.snapshot
    told = {(row["account"], row["closing_minor"]) for row in signed.snapshot["accounts"]}
    assert ("provider_clearing", 18_000_000) in told
    assert ("receivable", 0) in told
    [account] = signed.snapshot["merchant_accounts"]
    assert (account["merchant_account"], account["payments"], account["payments_minor"]) == (
        "arca",
        2,
        18_000_000,
    )
    assert signed.snapshot["checks"] == check_ledger.names()
    events = TimelineEvent.objects.filter(subject_kind="reconciliation.monthclose").order_by("id")
    assert [(event.kind, event.student_id, event.data["month"]) for event in events] == [
        ("month_in_review", None, str(month)),
        ("month_closed", None, str(month)),
    ]
    assert len(paid) == 2


def test_the_same_month_signed_again_is_the_same_bytes(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    first = close(month)
    reopen(month)
    second = close(month, by="nare")
    assert [kept.generation for kept in second.snapshots.order_by("generation")] == [1, 2]
    assert len({kept.text for kept in second.snapshots.all()}) == 1
    assert first.snapshot_sha256 == second.snapshot_sha256


@pytest.mark.parametrize("verb", [closing.start_review, closing.close_month])
def test_a_month_that_is_not_over_is_refused(world, shift_clock, verb):
    month = stand_in_the_middle(shift_clock)
    world.invoice()
    with pytest.raises(closing.CloseRefused, match="is not over yet"):
        verb(month=month.first, by=person())
    with pytest.raises(closing.CloseRefused, match="has not begun yet"):
        verb(month=month.next.first, by=person())
    assert not MonthClose.objects.exists()


def test_a_month_after_an_open_one_is_refused(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    world.invoice()
    stand_at(shift_clock, month.next.stop + dt.timedelta(days=1))
    with pytest.raises(closing.CloseRefused, match="is open and comes first"):
        close(month.next)
    assert "earlier_month" in kinds_of(month.next)
    close(month)
    assert close(month.next).state == State.CLOSED


def test_a_month_without_postings_is_refused(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    with pytest.raises(closing.CloseRefused, match="Nothing is booked"):
        close(month.before)
    close(month)
    with pytest.raises(closing.CloseRefused, match="lies before a closed month"):
        close(month.before)


def test_closing_twice_is_refused_and_names_who_did_it(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    close(month)
    with pytest.raises(closing.CloseRefused, match="is closed already, by aram"):
        close(month, by="nare")
    assert MonthClose.objects.get().snapshots.count() == 1


def test_a_month_is_reviewed_before_it_is_closed(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    with pytest.raises(closing.CloseRefused, match="Begin the review"):
        closing.close_month(month=month.first, by=person())
    closing.start_review(month=month.first, by=person())
    again = closing.start_review(month=month.first, by=person("nare"))
    assert again.reviewed_by == person()
    assert TimelineEvent.objects.filter(kind="month_in_review").count() == 1


def test_a_critical_break_stands_in_the_way_and_a_timing_break_is_carried_over(world, shift_clock):
    month, paid = paid_month(world, shift_clock)
    load(world.accounts["arca"], as_file([row_of(paid[0], Fee="5", Net="1")]))
    run = reconcile(world.accounts["arca"], month)
    assert run.summary["breaks"] == {"duplicate": 1, "fee_mismatch": 1}
    found = blockers.blockers(month.first)
    broken = Discrepancy.objects.get(kind="duplicate")
    assert [(str(item.kind), item.subject_kind, item.subject_id) for item in found] == [
        ("break", "reconciliation.discrepancy", broken.pk)
    ]
    assert str(paid[0].order_number) in found[0].detail
    closing.start_review(month=month.first, by=person())
    with pytest.raises(closing.Blocked, match="1 thing must be settled"):
        closing.close_month(month=month.first, by=person())
    broken.resolve(resolution="accept", reason="The bank sent it twice.", resolved_by_id=person().pk)
    broken.save()
    signed = closing.close_month(month=month.first, by=person())
    [carried] = signed.snapshot["carried_over"]["breaks"]
    assert (carried["kind"], carried["merchant_account"]) == ("fee_mismatch", "arca")
    assert str(paid[0].order_number) in carried["key"]


def test_a_break_found_after_its_month_was_closed_stops_the_next(world, shift_clock):
    month, paid = paid_month(world, shift_clock)
    close(month)
    load(world.accounts["arca"], as_file([row_of(paid[0], Fee="5")]))
    reconcile(world.accounts["arca"], month)
    assert kinds_of(month) == ["break"]
    assert kinds_of(month.next) == ["break"]


def test_money_whose_outcome_nobody_knows_stands_in_the_way(world, shift_clock):
    month, _paid = paid_month(world, shift_clock, before_the_end=lambda _paid: world.attempt(account="arca"))
    payment = Payment.objects.get(state="at_provider")
    assert blockers.blockers(month.first) == []  # nobody tried to pay
    Payment.objects.filter(pk=payment.pk).update(was_attempted=True)
    [found] = blockers.blockers(month.first)
    assert (str(found.kind), found.subject_id) == ("payment_unknown", payment.pk)
    assert str(payment.order_number) in found.words


def test_an_account_that_had_money_wants_its_statement(world, shift_clock):
    month = stand_in_the_middle(shift_clock)
    profile_of(world.accounts["arca"])
    paid = world.paid(account="arca")
    stand_at(shift_clock, month.stop + dt.timedelta(days=1))
    assert kinds_of(month) == ["no_statement"]
    load(world.accounts["arca"], as_file([row_of(paid)]))
    assert kinds_of(month) == ["not_compared"]
    reconcile(world.accounts["arca"], month)
    assert kinds_of(month) == []


def test_a_comparison_within_the_month_is_not_enough(world, shift_clock):
    month = stand_in_the_middle(shift_clock)
    profile_of(world.accounts["arca"])
    load(world.accounts["arca"], as_file([row_of(world.paid(account="arca"))]))
    reconcile(world.accounts["arca"], month)
    stand_at(shift_clock, month.stop + dt.timedelta(days=1))
    assert kinds_of(month) == ["not_compared"]


def test_books_that_contradict_themselves_stand_in_the_way(world, shift_clock):
    month, paid = paid_month(world, shift_clock)
    Payment.objects.filter(pk=paid[0].pk).update(captured_minor=1)
    found = blockers.blockers(month.first)
    assert {str(blocker.kind) for blocker in found} == {"books"}
    assert kinds_of(month, prove=False) == []


def test_numbers_that_changed_since_they_were_seen_are_not_signed(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    closing.start_review(month=month.first, by=person())
    seen = closing.preview(month.first)
    assert seen.blockers == []
    world.student()
    world.account("desk", provider="manual", profile="cash")
    enter_late(world, month, "1")
    with pytest.raises(closing.Changed):
        closing.close_month(month=month.first, by=person(), seen=seen.sha256)
    fresh = closing.preview(month.first)
    assert closing.close_month(month=month.first, by=person(), seen=fresh.sha256).state == State.CLOSED


def enter_late(world, month, number):
    """Enter cash whose document is dated on the last day of a month."""
    from billing import manual_payments
    from students import timeline

    return manual_payments.enter_payment(
        account_code="desk",
        amount_minor=9_000_000,
        document_number=number,
        document_date=month.next.first - dt.timedelta(days=1),
        installment_id=world.installment(world.invoice()).pk,
        actor=timeline.SYSTEM,
    )


def test_cash_of_a_closed_month_lands_in_the_next_and_is_named_there(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    world.account("desk", provider="manual", profile="cash")
    signed = close(month)
    payment = enter_late(world, month, "7")
    booked = LedgerTransaction.objects.get(key=f"payment:{payment.pk}")
    assert (booked.booked_on, booked.late_for) == (month.next.first, month.first)
    assert Payment.objects.get(pk=payment.pk).state == "verified"
    assert check_ledger.problems() == []
    assert MonthClose.objects.get(pk=signed.pk).snapshot_sha256 == signed.snapshot_sha256
    stand_at(shift_clock, month.next.stop + dt.timedelta(days=1))
    late = closing.preview(month.next.first).totals["late"]
    assert [(row["key"], row["late_for"]) for row in late] == [
        (f"payment:{payment.pk}", month.first.isoformat())
    ]


def test_only_another_person_reopens_with_a_reason(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    close(month)
    with pytest.raises(closing.CloseRefused, match="Write why"):
        reopen(month, reason=" ")
    with pytest.raises(closing.CloseRefused, match="You closed this month yourself"):
        reopen(month, by="aram")
    opened = reopen(month)
    assert (opened.state, opened.reopened_by, opened.reopen_reason) == (
        State.REOPENED,
        person("nare"),
        "A payment was missing.",
    )
    assert closed_months.first_open_day() is None
    assert TimelineEvent.objects.get(kind="month_reopened").reason == "A payment was missing."
    with pytest.raises(closing.CloseRefused, match="is not closed"):
        reopen(month)


def test_the_last_closed_month_is_reopened_first(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    world.invoice()
    close(month)
    stand_at(shift_clock, month.next.stop + dt.timedelta(days=1))
    close(month.next)
    with pytest.raises(closing.CloseRefused, match="is closed on top of this month"):
        reopen(month)
    reopen(month.next)
    assert closed_months.first_open_day() == month.next.first
    reopen(month)
    assert closed_months.first_open_day() is None


def test_a_fact_booked_after_reopening_is_in_the_second_generation_alone(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    world.account("desk", provider="manual", profile="cash")
    close(month)
    reopen(month)
    payment = enter_late(world, month, "9")
    booked = LedgerTransaction.objects.get(key=f"payment:{payment.pk}")
    assert (booked.booked_on, booked.late_for) == (month.next.first - dt.timedelta(days=1), None)
    signed = close(month, by="nare")
    first, second = signed.snapshots.order_by("generation")
    assert first.sha256 != second.sha256 == signed.snapshot_sha256
    assert Month(signed.month) == month
    assert clock.today() > month.first


def test_every_monthly_report_is_kept_in_every_form_with_its_hash(world, shift_clock):
    month, _paid = paid_month(world, shift_clock)
    assert closing.kept_file(month.first, "payments", "csv") is None
    signed = close(month)
    kept = list(signed.snapshots.get().reports.all())
    assert [
        {"report": item.report, "form": item.form, "size": item.size, "sha256": item.sha256} for item in kept
    ] == signed.snapshot["reports"]
    for item in kept:
        assert closing.kept_file(month.first, item.report, item.form) == item
        content = b"".join(kept_reports.pieces_of(item))
        assert (len(content), hashlib.sha256(content).hexdigest()) == (item.size, item.sha256)
