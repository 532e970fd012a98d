"""Held money: three decisions, each clears suspense and loses nothing."""

import pytest

from access.models import CourseAccess
from billing import balances, check_ledger, held
from billing.models import HoldDecision, Installment, LedgerLine, Payment, PaymentLink
from students.models import OperatorTask, TimelineEvent
from tests.billing import doubtful


def decide(payment, decision, reason="checked with the bank"):
    return held.resolve_held_payment(
        payment_id=payment.pk, decision=decision, reason=reason, actor=doubtful.colleague()
    )


def suspense(payment):
    return sum(
        LedgerLine.objects.filter(payment=payment, account="suspense").values_list("amount_minor", flat=True)
    )


def test_less_money_accepted_pays_a_part_and_frees_the_rest_for_another_link(world):
    link = world.link()
    payment = doubtful.held(world, link=link)
    assert suspense(payment) == -5_000_000
    payment = decide(payment, "accept")
    assert (payment.state, payment.captured_minor, suspense(payment)) == (
        Payment.State.VERIFIED,
        5_000_000,
        0,
    )
    assert world.installment(link.invoice).state == Installment.State.PARTLY_PAID
    assert balances.invoice_balance(invoice_id=link.invoice_id).remaining_minor == 4_000_000
    link.refresh_from_db()
    assert link.state == PaymentLink.State.CANCELLED
    assert world.link(link.invoice).amount_minor == 4_000_000
    assert doubtful.open_tasks() == []
    assert check_ledger.problems() == []


def test_more_money_accepted_pays_the_link_and_the_surplus_is_credit(world):
    payment = decide(doubtful.held(world, amount_minor=9_500_000), "accept")
    assert balances.credits_of(student_id=payment.student_id) == [(payment, 500_000)]
    assert CourseAccess.objects.get(student=payment.student).state == CourseAccess.State.OPEN
    assert doubtful.open_tasks() == ["overpayment"]
    assert check_ledger.problems() == []


def test_money_kept_as_credit_pays_nothing_and_opens_nothing(world):
    payment = decide(doubtful.held(world), "credit")
    assert balances.credits_of(student_id=payment.student_id) == [(payment, 5_000_000)]
    assert not CourseAccess.objects.filter(student=payment.student).exists()
    assert payment.link.state == PaymentLink.State.ACTIVE
    assert suspense(payment) == 0
    assert check_ledger.problems() == []


def test_money_that_is_not_ours_leaves_the_books_and_a_right_report_is_still_accepted(world):
    payment = decide(doubtful.held(world), "not_ours")
    assert (payment.state, payment.captured_minor, suspense(payment)) == (Payment.State.FAILED, 0, 0)
    assert check_ledger.problems() == []
    doubtful.report_paid(payment, amount_minor=5_000_000)
    assert payment.state == Payment.State.FAILED  # decided already: the same facts ask nobody again
    assert doubtful.open_tasks() == []
    doubtful.report_paid(payment)
    assert payment.state == Payment.State.VERIFIED
    assert check_ledger.problems() == []


def test_other_facts_after_a_decision_are_held_anew(world):
    payment = decide(doubtful.held(world), "not_ours")
    doubtful.report_paid(payment, amount_minor=6_000_000)
    assert (payment.state, suspense(payment)) == (Payment.State.HELD, -6_000_000)
    payment = decide(payment, "accept")
    assert (payment.captured_minor, suspense(payment)) == (6_000_000, 0)
    assert check_ledger.problems() == []


def test_a_right_report_frees_held_money_and_closes_the_task_by_itself(world):
    payment = doubtful.report_paid(doubtful.held(world))
    assert payment.state == Payment.State.VERIFIED
    task = OperatorTask.objects.get()
    assert (task.state, task.resolution) == ("resolved", "facts")
    assert suspense(payment) == 0
    assert check_ledger.problems() == []


@pytest.mark.parametrize("decision", ["accept", "credit"])
def test_another_currency_is_neither_accepted_nor_kept(world, decision):
    payment = doubtful.held(world, currency="USD")
    with pytest.raises(held.HoldRefused, match="came in USD"):
        decide(payment, decision)
    assert not HoldDecision.objects.exists()
    decide(payment, "not_ours")
    assert suspense(payment) == 0
    assert check_ledger.problems() == []


def test_the_money_of_another_order_of_ours_is_not_taken_twice(world):
    other = world.attempt()
    payment = doubtful.held(world, order_number=other.order_number)
    with pytest.raises(held.HoldRefused, match=str(other.order_number)):
        decide(payment, "accept")
    assert held.why_not_ours_only(payment=payment)


def test_a_foreign_number_may_be_accepted_by_a_person(world):
    payment = decide(doubtful.held(world, order_number=77), "accept")
    assert payment.state == Payment.State.VERIFIED
    assert check_ledger.problems() == []


def test_no_reason_no_decision(world):
    with pytest.raises(held.HoldRefused, match="Write why"):
        decide(doubtful.held(world), "accept", reason=" ")


def test_an_unknown_decision_changes_nothing(world):
    payment = doubtful.held(world)
    with pytest.raises(held.HoldRefused, match="Choose"):
        decide(payment, "burn")
    payment.refresh_from_db()
    assert payment.state == Payment.State.HELD


def test_only_held_money_is_decided(world):
    payment = doubtful.report_paid(world.attempt())
    with pytest.raises(held.HoldRefused, match="not held any more"):
        decide(payment, "accept")


def test_the_decision_stands_in_the_history_with_person_and_reason(world):
    payment = decide(doubtful.held(world), "accept", reason="the bank took a fee")
    event = TimelineEvent.objects.get(kind="held_accepted")
    assert (event.actor_kind, event.reason) == ("person", "the bank took a fee")
    assert HoldDecision.objects.get(payment=payment).decided_by == event.actor
