"""What is owed changes between link and payment: the link's amount is what was promised, and every dram has a place (D2)."""

from typing import Any

import pytest

from billing import balances, credits, links, lookup
from billing.models import Installment, Payment, PaymentLink
from refunds import tasks
from students import timeline
from students.models import OperatorTask
from tests.billing import doubtful
from tests.refunds import school
from tests.world import DRAM

pytestmark = pytest.mark.django_db

BANKS = pytest.mark.parametrize("account", ["ameria", "arca"])


def half_paid(world):
    """An installment of 90,000 of which 40,000 is paid, and an attempt for the other 50,000 at the bank's page."""
    school.under(world, school.EVERYTHING, "flexible")
    invoice = world.invoice(plan="flexible")
    world.paid(world.link(invoice, amount_minor=40_000 * DRAM))
    return invoice, world.link(invoice, amount_minor=50_000 * DRAM)


def pay(world, payment: Payment) -> Payment:
    world.buyer_pays(payment)
    return lookup.refresh_payment(payment_id=payment.pk, asked_by="test")


@BANKS
@pytest.mark.parametrize(("keep_owed", "remaining"), [(False, 0), (True, 40_000 * DRAM)])
def test_a_part_that_went_back_meanwhile_leaves_the_links_promise(world, account, keep_owed, remaining):
    invoice, link = half_paid(world)
    attempt = world.attempt(link, account)
    school.approved(invoice, 40_000, keep_owed=keep_owed)
    tasks.take_steps()
    assert pay(world, attempt).state == Payment.State.VERIFIED
    link.refresh_from_db()
    assert (link.state, link.amount_minor) == (PaymentLink.State.PAID, 50_000 * DRAM)
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == remaining
    assert (world.installment(invoice).state == Installment.State.PAID) == (remaining == 0)
    assert not OperatorTask.objects.exists()
    school.require_clean()


@BANKS
def test_credit_waits_for_a_student_at_the_bank_and_late_money_becomes_credit_with_a_task(world, account):
    student = world.student()
    credit = doubtful.paid_twice(world, world.link(world.invoice(student=student)))
    invoice = world.invoice(student=student)
    attempt = world.attempt(world.link(invoice), account)
    use: Any = {
        "payment_id": credit.pk,
        "installment_id": world.installment(invoice).pk,
        "actor": timeline.SYSTEM,
        "reason": "she asked for it",
    }
    with pytest.raises(credits.CreditRefused, match="at the bank just now"):
        credits.allocate_credit(**use)
    links.cancel_payment_link(link_id=attempt.link_id, reason="credit pays it", actor=timeline.SYSTEM)
    credits.allocate_credit(**use)
    late = pay(world, attempt)
    assert late.state == Payment.State.VERIFIED
    assert dict(balances.credits_of(student_id=student.pk)) == {late: 90_000 * DRAM}
    assert OperatorTask.objects.filter(subject_id=late.pk).exclude(state="resolved").exists()
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == 0
    school.require_clean()


def test_an_installment_that_was_given_back_whole_takes_no_more_money(world):
    school.under(world, school.EVERYTHING)
    invoice = world.invoice()
    link = world.link(invoice)
    second = world.attempt(link, "arca")
    world.paid(link)
    school.approved(invoice)
    tasks.take_steps()
    assert world.installment(invoice).state == Installment.State.CANCELLED
    assert pay(world, second).state == Payment.State.VERIFIED
    assert dict(balances.credits_of(student_id=invoice.student_id)) == {second: 90_000 * DRAM}
    assert "second_payment" in doubtful.open_tasks()
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == 0
    school.require_clean()


@BANKS
def test_money_of_another_amount_than_the_link_names_is_held_for_a_person(world, account):
    attempt = world.attempt(account=account)
    held = doubtful.report_paid(attempt, amount_minor=attempt.amount_minor - 1_000)
    assert held.state == Payment.State.HELD
    assert doubtful.open_tasks() == ["payment_held"]
    assert not held.allocations.exists()
    school.require_clean()
