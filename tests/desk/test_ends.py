"""Every kind of task from its cause to each of its ends, through the pages; the books are clean after each."""

import pytest
from django.urls import reverse

from access.models import AccessGrant
from billing import (
    acceptance,
    balances,
    check_ledger,
    credits,
    deliveries,
    links,
    lookup,
    outcome_sweep,
    settlement,
    unknown_orders,
    unopened,
)
from billing.models import HoldDecision, Installment, Payment
from billing.providers.base import Callback, Hint, PaymentReport, ReportedStatus
from students.models import OperatorTask, TimelineEvent
from tests.backoffice.people import person
from tests.billing import doubtful
from tests.desk.deciding import decide, effect, only_task


def resolved(task):
    task.refresh_from_db()
    return (task.state, task.resolution)


@pytest.fixture(autouse=True)
def clean_books(db):
    yield
    assert check_ledger.problems() == []


@pytest.mark.parametrize(
    ("code", "words", "state"),
    [
        ("accept", "50,000 ֏ is accepted as this payment; 90,000 ֏ was asked. 40,000 ֏ remains", "verified"),
        ("keep", "50,000 ֏ becomes the student's credit", "verified"),
        ("not_ours", "50,000 ֏ leaves our books; the payment counts as declined", "failed"),
    ],
)
def test_held_money_is_decided_with_its_effect_in_view(world, manager, code, words, state):
    payment = doubtful.held(world)
    task = only_task(kind="payment_held")
    assert words in effect(manager, task, code)[0]
    answer = decide(manager, task, code)
    assert answer.status_code == 302
    payment.refresh_from_db()
    assert payment.state == state
    assert resolved(task) == ("resolved", code)
    assert HoldDecision.objects.get().decided_by == manager.user
    assert TimelineEvent.objects.filter(kind="task_resolved", actor=manager.user).count() == 1


def test_money_in_another_currency_offers_only_that_it_is_not_ours(world, manager):
    doubtful.held(world, currency="USD")
    page = manager.get(reverse("desk-task", args=[only_task().pk])).content.decode()
    assert "Not our money" in page
    assert "Accept the difference" not in page


def test_held_money_that_agrees_after_all_closes_its_task(world):
    payment = doubtful.held(world)
    task = only_task()
    doubtful.report_paid(payment)
    assert resolved(task) == ("resolved", "facts")


def test_a_second_payment_is_used_for_another_installment(world, manager):
    invoice = world.invoice(plan="three-parts")
    doubtful.paid_twice(world, world.link(invoice))
    task, part = only_task(kind="second_payment"), world.installment(invoice, 2)
    words, _seen = effect(manager, task, "allocate", installment=part.pk, amount="10 000")
    assert "10,000 ֏ of the credit stands for installment 2" in words
    assert "20,000 ֏ of it remains to be paid; 20,000 ֏ stays credit" in words
    assert decide(manager, task, "allocate", installment=part.pk, amount="").status_code == 302
    part.refresh_from_db()
    assert part.state == Installment.State.PAID
    assert resolved(task) == ("resolved", "allocate")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("30001", "At most 30,000 ֏"),
        ("12.34", "whole drams"),
        ("-5", "more than zero"),
        ("plenty", "as a number"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_in_words(world, manager, amount, words):
    invoice = world.invoice(plan="three-parts")
    doubtful.paid_twice(world, world.link(invoice))
    task = only_task()
    data = {"installment": world.installment(invoice, 2).pk, "amount": amount}
    assert words in effect(manager, task, "allocate", **data)[0]
    assert decide(manager, task, "allocate", **data).status_code == 422
    assert resolved(task)[0] == "open"


def test_a_second_payment_stays_credit(world, support):
    payment = doubtful.paid_twice(world)
    task = only_task()
    assert decide(support, task, "keep").status_code == 302
    assert resolved(task) == ("resolved", "keep")
    assert balances.credits_of(student_id=payment.student_id) == [(payment, 9_000_000)]


def test_an_overpayment_accepted_from_held_money_asks_what_to_do_with_the_surplus(world, manager):
    doubtful.held(world, amount_minor=9_500_000)
    decide(manager, only_task(), "accept")
    task = only_task(kind="overpayment")
    assert "5,000 ֏ stays the student's credit" in effect(manager, task, "keep")[0]
    decide(manager, task, "keep")
    assert resolved(task) == ("resolved", "keep")


def test_credit_that_was_used_elsewhere_closes_the_question(world):
    payment = doubtful.paid_twice(world)
    task = only_task()
    other = world.invoice(student=payment.student, group=world.group(price=90_000))
    assert outcome_sweep.sweep() == 0
    credits.allocate_credit(
        payment_id=payment.pk,
        installment_id=world.installment(other).pk,
        reason="asked by phone",
        actor=doubtful.colleague(),
    )
    assert resolved(task) == ("resolved", "facts")


def test_a_paid_closed_link_is_kept_as_booked(world, support):
    link = world.link()
    payment = world.attempt(link)
    links.cancel_payment_link(link_id=link.pk, reason="moved away", actor=doubtful.colleague())
    doubtful.report_paid(payment)
    task = only_task(kind="paid_closed_link")
    assert "90,000 ֏ stays for installment 1" in effect(support, task, "keep")[0]
    decide(support, task, "keep")
    assert resolved(task) == ("resolved", "keep")


@pytest.fixture
def overdue_unknown(world, shift_clock):
    """A payment whose bank gives no readable answer a day after its session."""
    payment = world.attempt()
    shift_clock(seconds=26 * 3600)
    settlement.settle_payment(payment_id=payment.pk, report=PaymentReport(status=ReportedStatus.UNKNOWN))
    return payment


def test_an_unknown_outcome_is_asked_again_and_closes_by_the_facts(world, support, overdue_unknown):
    task = only_task(kind="outcome_unknown")
    world.buyer_pays(overdue_unknown)
    answer = decide(support, task, "ask")
    assert answer.status_code == 302
    assert resolved(task) == ("resolved", "facts")


def test_an_outcome_that_stays_unknown_keeps_its_task(world, support, overdue_unknown, monkeypatch):
    task = only_task(kind="outcome_unknown")
    monkeypatch.setattr(lookup, "refresh_payment", lambda **_facts: overdue_unknown)
    answer = decide(support, task, "ask")
    assert answer["Location"] == reverse("desk-task", args=[task.pk])
    assert resolved(task)[0] == "open"


def test_an_unknown_outcome_is_declared_not_paid(manager, overdue_unknown):
    task = only_task(kind="outcome_unknown")
    decide(manager, task, "not_paid", reason="the cabinet shows nothing")
    overdue_unknown.refresh_from_db()
    assert overdue_unknown.state == Payment.State.FAILED
    assert resolved(task) == ("resolved", "not_paid")


def signed(account, order_number, *, authentic=True):
    callback = Callback(method="GET", query={"order": str(order_number)}, headers={}, body=b"")
    hint = Hint(order_number=order_number, authentic=authentic, event_key=f"e{order_number}{authentic}")
    deliveries.store(account=account, door="callback", callback=callback, hint=hint)
    deliveries.work()


def test_an_order_that_we_do_not_know_is_said_once_to_be_not_ours(world, manager):
    signed(world.accounts["arca"], 777)
    assert unknown_orders.sweep() == 1
    assert unknown_orders.sweep() == 0
    task = only_task(kind="unknown_order")
    decide(manager, task, "not_ours")
    assert unknown_orders.sweep() == 0
    assert resolved(task) == ("resolved", "not_ours")


def test_an_unsigned_message_about_an_unknown_order_asks_nobody(world):
    signed(world.accounts["arca"], 777, authentic=False)
    assert unknown_orders.sweep() == 0


def test_an_order_that_is_found_closes_its_task(world):
    payment = world.attempt(account="arca")
    signed(world.accounts["arca"], payment.order_number + 1)
    unknown_orders.sweep()
    task = only_task(kind="unknown_order")
    second = world.attempt(account="arca")
    assert second.order_number == payment.order_number + 1
    unknown_orders.sweep()
    assert resolved(task) == ("resolved", "facts")


def test_an_unknown_order_is_said_to_stand_in_the_books(world, manager):
    signed(world.accounts["arca"], 777)
    unknown_orders.sweep()
    task = only_task(kind="unknown_order")
    assert "No verified payment" in effect(manager, task, "recorded", order="999")[0]
    assert decide(manager, task, "recorded", order="999").status_code == 422
    payment = doubtful.report_paid(world.attempt())
    decide(manager, task, "recorded", order=str(payment.order_number))
    assert resolved(task) == ("resolved", "recorded")


@pytest.fixture
def unopened_payment(world, monkeypatch):
    """A verified payment whose access the program forgot."""
    with monkeypatch.context() as patch:
        patch.setattr(acceptance, "give_access", lambda *_facts, **_more: [])
        return doubtful.report_paid(world.attempt())


def test_paid_and_not_open_is_found_and_opened(support, unopened_payment):
    assert unopened.sweep() == 1
    assert unopened.sweep() == 0
    task = only_task(kind="access_not_opened")
    decide(support, task, "open")
    assert AccessGrant.objects.filter(kind="paid").count() == 1
    assert resolved(task) == ("resolved", "open")
    assert unopened.sweep() == 0


def test_access_that_opens_meanwhile_closes_the_task(unopened_payment):
    unopened.sweep()
    task = only_task()
    part = Installment.objects.get()
    unopened.open_access(installment_id=part.pk, reason="by an engineer", actor=doubtful.colleague())
    assert resolved(task) == ("resolved", "facts")


def test_a_manager_leaves_it_closed(world, manager, unopened_payment):
    unopened.sweep()
    task = only_task()
    decide(manager, task, "leave")
    assert resolved(task) == ("resolved", "leave")
    assert not AccessGrant.objects.exists()


@pytest.mark.parametrize(("code", "grounds"), [("confirm", 1), ("decline", 0)])
def test_a_review_is_confirmed_or_declined(world, manager, code, grounds):
    doubtful.report_paid(world.attempt(world.link(world.invoice(plan="reviewed"))))
    task = only_task(kind="manual_review")
    assert decide(manager, task, code).status_code == 302
    assert AccessGrant.objects.count() == grounds
    assert resolved(task) == ("resolved", code)
    assert not OperatorTask.objects.exclude(state="resolved").exists()


def test_refunds_are_asked_for_on_their_own_page(world):
    doubtful.paid_twice(world)
    manager = person(role="manager")
    assert manager.get(reverse("desk-resolve", args=[only_task().pk, "refund"])).status_code == 404
