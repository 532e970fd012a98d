"""`kill -9` inside what people decide about money: nothing half-done stays, and deciding again ends it once."""

import pytest

from billing import check_ledger, credits, held, manual_payments
from billing.models import Allocation, HoldDecision, LedgerTransaction, ManualEntry, Payment
from common import clock
from students import timeline
from tests import processes
from tests.billing import doubtful

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def decide(*, payment_id, decision):
    held.resolve_held_payment(
        payment_id=payment_id, decision=decision, reason="a test", actor=timeline.SYSTEM
    )


def use_credit(*, payment_id, installment_id):
    credits.allocate_credit(
        payment_id=payment_id, installment_id=installment_id, reason="a test", actor=timeline.SYSTEM
    )


def enter(*, installment_id):
    manual_payments.enter_payment(
        account_code="desk",
        amount_minor=9_000_000,
        document_number="17",
        document_date=clock.today(),
        installment_id=installment_id,
        actor=timeline.SYSTEM,
    )


def die_at(point, act, **arguments):
    assert processes.alone(act, crash_at=point, **arguments).was_killed, f"{point} is not on the path"
    assert check_ledger.problems() == []


@pytest.mark.parametrize(
    ("decision", "points", "state"),
    [
        ("accept", ["settle.after_payment", "settle.after_ledger", "held.before_commit"], "verified"),
        ("not_ours", ["held.after_payment", "held.before_commit"], "failed"),
    ],
)
def test_a_decision_about_held_money_is_whole_or_not_at_all(world, decision, points, state):
    payment = doubtful.held(world)
    for point in points:
        die_at(point, decide, payment_id=payment.pk, decision=decision)
        payment.refresh_from_db()
        assert payment.state == Payment.State.HELD
        assert not HoldDecision.objects.exists()
    decide(payment_id=payment.pk, decision=decision)
    payment.refresh_from_db()
    assert payment.state == state
    assert check_ledger.problems() == []


def test_credit_is_used_whole_or_not_at_all(world):
    invoice = world.invoice(plan="three-parts")
    payment = doubtful.paid_twice(world, world.link(invoice))
    facts = {"payment_id": payment.pk, "installment_id": world.installment(invoice, 2).pk}
    for point in ("credit.after_allocation", "credit.after_ledger", "credit.before_commit"):
        die_at(point, use_credit, **facts)
        assert not Allocation.objects.filter(payment=payment).exists()
    use_credit(**facts)
    assert LedgerTransaction.objects.filter(kind="credit_used").count() == 1
    assert check_ledger.problems() == []


def test_two_people_use_the_same_credit_once(world):
    invoice = world.invoice(plan="three-parts")
    payment = doubtful.paid_twice(world, world.link(invoice))
    outcomes = processes.together(
        [
            processes.Job(
                act=use_credit,
                arguments={"payment_id": payment.pk, "installment_id": world.installment(invoice, number).pk},
            )
            for number in (2, 3)
        ]
    )
    assert sorted(bool(outcome.error) for outcome in outcomes) == [False, True]
    assert credits.credit_of(payment=payment) == 0
    assert check_ledger.problems() == []


def test_a_document_is_entered_whole_or_not_at_all(world):
    world.account("desk", provider="manual", profile="cash")
    part = world.installment(world.invoice())
    for point in ("manual.after_document", "settle.after_ledger", "manual.before_commit"):
        die_at(point, enter, installment_id=part.pk)
        assert not ManualEntry.objects.exists()
    enter(installment_id=part.pk)
    assert Payment.objects.get().state == Payment.State.VERIFIED
    assert check_ledger.problems() == []


def test_two_cashiers_enter_one_document_once(world):
    world.account("desk", provider="manual", profile="cash")
    jobs = [
        processes.Job(act=enter, arguments={"installment_id": world.installment(world.invoice()).pk})
        for _cashier in range(2)
    ]
    outcomes = processes.together(jobs)
    assert sorted(bool(outcome.error) for outcome in outcomes) == [False, True]
    assert ManualEntry.objects.count() == 1
    assert check_ledger.problems() == []
