"""A discount lowers what is still owed, is visible beside the full price, and can be taken back while nothing was paid at it."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from billing import balances, check_ledger, discount_plan, discount_shares, discounts, lookup
from billing.models import Discount, PaymentLink
from common import money
from common.errors import DomainError
from students import timeline
from students.models import TimelineEvent
from tests import processes
from tests.faults import jobs
from tests.processes import Job

UNIT = 100


def give(invoice, **facts):
    facts = {"ground": "sibling", "reason": "her brother studies here", "actor": timeline.SYSTEM, **facts}
    return discounts.give_discount(invoice_id=invoice.pk, **facts)


def remaining(invoice):
    return [line.remaining_minor for line in balances.schedule_of(invoice_id=invoice.pk)]


@given(
    remaining=st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=24),
    share=st.floats(0, 1),
)
def test_shares_sum_to_the_discount_and_leave_something_of_each(remaining, share):
    parts = [units * UNIT for units in remaining]
    largest = discount_shares.largest(remaining=parts, unit=UNIT)
    amount = int(largest * share) // UNIT * UNIT
    if not amount:
        with pytest.raises(ValueError, match=str(amount)):
            discount_shares.divide(amount_minor=amount, remaining=parts, unit=UNIT)
        return
    taken = discount_shares.divide(amount_minor=amount, remaining=parts, unit=UNIT)
    assert sum(taken) == amount
    assert all(0 <= one <= part - UNIT and one % UNIT == 0 for one, part in zip(taken, parts, strict=True))


@pytest.mark.django_db
def test_a_percentage_of_the_full_price_over_all_open_parts(world):
    invoice = world.invoice(plan="three-parts")
    discount = give(invoice, percent=10)
    assert discount.amount_minor == 900_000
    assert remaining(invoice) == [2_700_000] * 3
    balance = balances.invoice_balance(invoice_id=invoice.pk)
    assert (balance.full_minor, balance.adjustments_minor, balance.remaining_minor) == (
        9_000_000,
        900_000,
        8_100_000,
    )
    told = TimelineEvent.objects.get(kind="discount_given")
    assert told.reason == "her brother studies here"
    assert check_ledger.problems() == []


@pytest.mark.django_db
def test_what_is_paid_stays_paid_and_the_rest_takes_all(world):
    invoice = world.invoice(plan="three-parts")
    world.paid(link=world.link(invoice))
    give(invoice, amount_minor=1_000_000)
    assert remaining(invoice) == [0, 2_500_000, 2_500_000]
    assert check_ledger.problems() == []


@pytest.mark.django_db
def test_links_that_ask_for_the_old_sum_are_closed_and_money_for_them_still_counts(world):
    invoice = world.invoice()
    link = world.link(invoice)
    payment = world.attempt(link)
    give(invoice, amount_minor=1_000_000)
    link.refresh_from_db()
    assert (link.state, link.close_reason) == (PaymentLink.State.SUPERSEDED, "The price was lowered.")
    world.buyer_pays(payment)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    payment.refresh_from_db()
    assert payment.state == payment.State.VERIFIED
    assert remaining(invoice) == [0]
    assert sum(left for _payment, left in balances.credits_of(student_id=invoice.student_id)) == 1_000_000
    assert check_ledger.problems() == []


@pytest.mark.django_db
def test_the_lower_price_paid_opens_the_course(world):
    invoice = world.invoice()
    give(invoice, percent=50)
    world.paid(link=world.link(invoice))
    assert remaining(invoice) == [0]
    assert invoice.student.accesses.get().state == "open"
    assert check_ledger.problems() == []


@pytest.mark.django_db
def test_taken_back_it_is_owed_again(world):
    invoice = world.invoice(plan="three-parts")
    discount = give(invoice, percent=20)
    discounts.withdraw_discount(discount_id=discount.pk, reason="wrong student", actor=timeline.SYSTEM)
    assert remaining(invoice) == [3_000_000] * 3
    assert check_ledger.problems() == []
    with pytest.raises(discount_plan.DiscountRefused, match="taken back before"):
        discounts.withdraw_discount(discount_id=discount.pk, reason="again", actor=timeline.SYSTEM)


@pytest.mark.django_db
def test_what_was_paid_at_the_lower_price_cannot_be_asked_again(world):
    invoice = world.invoice(plan="three-parts")
    discount = give(invoice, percent=20)
    world.paid(link=world.link(invoice))
    with pytest.raises(discount_plan.DiscountRefused, match="paid at the lower price"):
        discounts.withdraw_discount(discount_id=discount.pk, reason="wrong student", actor=timeline.SYSTEM)
    assert remaining(invoice) == [0, 2_400_000, 2_400_000]


@pytest.mark.django_db
def test_two_discounts_add_up(world):
    invoice = world.invoice()
    give(invoice, percent=10)
    give(invoice, percent=10)
    assert remaining(invoice) == [7_200_000]
    assert check_ledger.problems() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"percent": 10, "reason": " "}, "Write why"),
        ({}, "either percent or an amount"),
        ({"percent": 10, "amount_minor": 100}, "either percent or an amount"),
        ({"percent": 100}, "from 1 to 99"),
        ({"percent": 0}, "from 1 to 99"),
        ({"amount_minor": 9_000_000}, "At most 89999"),
        ({"amount_minor": -100}, "more than zero"),
        ({"amount_minor": 150}, "whole drams"),
    ],
)
def test_what_cannot_be_changes_nothing(world, facts, words):
    invoice = world.invoice()
    with pytest.raises(DomainError, match=words):
        give(invoice, **facts)
    assert remaining(invoice) == [9_000_000]
    assert not Discount.objects.exists()


@pytest.mark.django_db
def test_nothing_owed_is_nothing_to_lower(world):
    payment = world.paid()
    with pytest.raises(discount_plan.DiscountRefused, match="Nothing is owed"):
        give(payment.link.invoice, percent=10)


@pytest.mark.django_db
def test_an_effect_that_changed_is_not_done(world):
    invoice = world.invoice(plan="three-parts")
    seen = discount_plan.preview_discount(invoice_id=invoice.pk, percent=10).seen
    give(invoice, percent=10, seen=seen)
    with pytest.raises(discounts.ChangedMeanwhile):
        give(invoice, percent=10, seen=seen)
    assert Discount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "point",
    ["discount.after_questions", "discount.after_rows", "discount.after_ledger", "discount.before_commit"],
)
def test_a_death_on_the_way_leaves_nothing(world, point):
    invoice = world.invoice()
    link = world.link(invoice)
    assert processes.alone(jobs.give_discount, crash_at=point, invoice_id=invoice.pk, seen="").was_killed
    link.refresh_from_db()
    assert link.state == PaymentLink.State.ACTIVE
    assert remaining(invoice) == [9_000_000]
    assert not Discount.objects.exists()
    assert check_ledger.problems() == []


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_preview_give_one(world):
    invoice = world.invoice()
    seen = discount_plan.preview_discount(invoice_id=invoice.pk, percent=10).seen
    facts = {"invoice_id": invoice.pk, "seen": seen}
    done = processes.together([Job(act=jobs.give_discount, arguments=facts) for _ in range(2)])
    assert sorted(bool(outcome.error) for outcome in done) == [False, True]
    assert remaining(invoice) == [8_100_000]


@pytest.mark.django_db(transaction=True)
def test_a_payment_and_a_discount_at_once_leave_true_books(world):
    invoice = world.invoice()
    payment = world.attempt(world.link(invoice))
    world.buyer_pays(payment)
    processes.together(
        [
            Job(act=jobs.give_discount, arguments={"invoice_id": invoice.pk, "seen": ""}),
            Job(act=jobs.ask, arguments={"payment_id": payment.pk}),
        ]
    )
    lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    payment.refresh_from_db()
    assert payment.state == payment.State.VERIFIED
    assert remaining(invoice) == [0]
    assert check_ledger.problems() == []
    credit = sum(left for _payment, left in balances.credits_of(student_id=invoice.student_id))
    assert credit == 900_000 * Discount.objects.count()
    assert money.payable_unit(invoice.currency) == UNIT
