"""Who may ask and decide, what is refused with which sentence, and that a refusal stores nothing."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from billing import lookup
from billing.models import Payment
from common import clock
from common.errors import DomainError
from refunds import approval, preview, sending
from refunds.models import Refund, RefundRequest
from students.models import OperatorTask, TimelineEvent
from tests.refunds import school

pytestmark = pytest.mark.django_db


def refused(act, **facts) -> str:
    with pytest.raises(DomainError) as caught:
        act(**facts)
    return str(caught.value)


def test_the_policy_suggests_and_its_lines_are_kept(world):
    invoice, _payments = school.paid_invoice(
        world, params={"tiers": [{"refund_percent": 50}], "costs_kept_minor": 100_000}
    )
    request = school.ask(invoice, 44_000, change_reason="")
    assert (request.amount_minor, request.suggested_minor) == (4_400_000, 4_400_000)
    assert [line["amount_minor"] for line in request.suggestion] == [9_000_000, -4_500_000, -100_000]
    assert request.policy_version == invoice.refund_policy_version


def test_another_amount_needs_a_reason(world):
    invoice, _payments = school.paid_invoice(world, params={"tiers": [{"refund_percent": 50}]})
    assert "write why" in refused(school.ask, invoice=invoice, drams=50_000, change_reason=" ")
    assert school.ask(invoice, 50_000, change_reason="a good student").change_reason


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"drams": 90_001}, "At most 90,000\u00a0֏ can be sent back."),
        ({"drams": 0}, "The amount must be more than zero."),
        ({"drams": -5}, "The amount must be more than zero."),
        ({"drams": 100, "reason": "  "}, "Write why the money goes back."),
        ({"drams": 100, "access_decision": "shorten"}, "Write the last day of access, today or later."),
    ],
)
def test_bad_input_gets_a_sentence_and_stores_nothing(world, facts, sentence):
    invoice, _payments = school.paid_invoice(world)
    assert refused(school.ask, invoice=invoice, **facts) == sentence
    assert not RefundRequest.objects.exists()
    assert not TimelineEvent.objects.filter(kind__startswith="refund_").exists()


def test_less_than_a_dram_is_refused(world):
    invoice, _payments = school.paid_invoice(world)
    for amount_minor in (1, 99, 150):
        sentence = refused(
            approval.request_refund,
            student_id=invoice.student_id,
            invoice_id=invoice.pk,
            amount_minor=amount_minor,
            reason="r",
            change_reason="c",
            by=school.person("support", "support"),
        )
        assert sentence == "The amount must be in whole drams, without a fraction."


def test_an_invoice_of_somebody_else_is_refused(world):
    invoice, _payments = school.paid_invoice(world)
    sentence = refused(
        approval.request_refund,
        student_id=world.student().pk,
        invoice_id=invoice.pk,
        amount_minor=100,
        reason="r",
        by=school.person("support", "support"),
    )
    assert sentence == "Choose an invoice of this student."


@pytest.mark.parametrize(
    ("fault", "word"), [("wrong-amount", "is held"), ("http-status", "it is outcome unknown")]
)
def test_a_held_or_unknown_payment_is_refused_by_name(world, sandbox, fault, word):
    payment = world.attempt(account="arca")
    world.buyer_pays(payment)
    facts = {"factor": 2.0} if fault == "wrong-amount" else {}
    sandbox.fault(fault, login=world.login_of("arca"), operation="lookup", times=None, **facts)
    payment = lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
    sentence = refused(
        approval.request_refund,
        student_id=payment.student_id,
        invoice_id=payment.link.invoice_id,
        payment_id=payment.pk,
        amount_minor=100,
        reason="r",
        by=school.person("support", "support"),
    )
    assert word in sentence
    assert str(payment.order_number) in sentence
    assert "Nothing is left" in refused(school.ask, invoice=payment.link.invoice, drams=10)


def test_nobody_approves_what_she_asked_for(world):
    invoice, _payments = school.paid_invoice(world)
    anna = school.person("anna")
    request = school.ask(invoice, by=anna)
    for act in (approval.approve_refund, approval.reject_refund):
        sentence = refused(act, request_id=request.pk, by=anna, reason="r")
        assert sentence == "anna asked for this refund; another person decides about it."
    assert not Refund.objects.exists()


def test_the_database_refuses_one_person_as_well(world):
    invoice, _payments = school.paid_invoice(world)
    request = school.ask(invoice)
    request.approve(by_id=request.requested_by_id, reason="")
    with pytest.raises(IntegrityError, match="refund_needs_two_people"), transaction.atomic():
        request.save()


def test_above_the_policys_limit_only_an_administrator_approves(world):
    params = {"tiers": [{"refund_percent": 100}], "administrator_above_minor": 5_000_000}
    invoice, _payments = school.paid_invoice(world, params=params)
    small, large = school.ask(invoice, 20_000), school.ask(invoice, 60_000)
    approval.approve_refund(request_id=small.pk, by=school.person("manager"))
    assert "administrator" in refused(
        approval.approve_refund, request_id=large.pk, by=school.person("manager")
    )
    approval.approve_refund(request_id=large.pk, by=school.person("boss", "administrator"))
    large.refresh_from_db()
    assert large.state == RefundRequest.State.APPROVED
    school.require_clean()


def test_the_limit_holds_for_credit_as_well(world):
    school.under(world, {"administrator_above_minor": 5_000_000})
    link = world.link(world.invoice())
    second = world.attempt(link, "arca")
    world.paid(link)
    world.buyer_pays(second)
    lookup.refresh_payment(payment_id=second.pk, asked_by="test")
    facts = {"student_id": link.student_id, "invoice_id": None, "reason": "paid twice"}
    shown = preview.preview_refund(student_id=link.student_id, invoice_id=None)
    assert (shown.amount_minor, shown.needs_administrator) == (9_000_000, True)
    request = approval.request_refund(**facts, amount_minor=9_000_000, by=school.person("support", "support"))
    assert "administrator" in refused(
        approval.approve_refund, request_id=request.pk, by=school.person("manager")
    )
    approval.approve_refund(request_id=request.pk, by=school.person("boss", "administrator"))
    assert Refund.objects.get().payment == second
    school.require_clean()


def test_the_same_form_sent_twice_asks_once(world):
    invoice, _payments = school.paid_invoice(world)
    first = school.ask(invoice, 10_000, key="a-form")
    assert school.ask(invoice, 10_000, key="a-form") == first
    assert RefundRequest.objects.count() == 1
    assert "open it again" in refused(
        school.ask, invoice=invoice, drams=10_000, key="a-form", by=school.person("somebody")
    )


def test_a_decided_request_is_not_decided_again(world):
    invoice, _payments = school.paid_invoice(world)
    request = school.ask(invoice)
    approval.approve_refund(request_id=request.pk, by=school.person("manager"))
    for act in (approval.approve_refund, approval.reject_refund):
        sentence = refused(act, request_id=request.pk, by=school.person("other"), reason="r")
        assert sentence == "manager decided about this refund already."
    assert Refund.objects.count() == 1


def test_approval_looks_again_at_what_is_left(world):
    invoice, _payments = school.paid_invoice(world)
    first, second = school.ask(invoice, 60_000), school.ask(invoice, 60_000)
    approval.approve_refund(request_id=first.pk, by=school.person("manager"))
    assert "At most 30,000" in refused(
        approval.approve_refund, request_id=second.pk, by=school.person("manager")
    )
    second.refresh_from_db()
    assert second.state == RefundRequest.State.REQUESTED
    school.require_clean()


def test_a_rejection_needs_a_reason_and_moves_nothing(world):
    invoice, [payment] = school.paid_invoice(world)
    request = school.ask(invoice)
    assert "Write why" in refused(
        approval.reject_refund, request_id=request.pk, by=school.person("manager"), reason=""
    )
    approval.reject_refund(request_id=request.pk, by=school.person("manager"), reason="too late")
    request.refresh_from_db()
    payment.refresh_from_db()
    assert (request.state, payment.refunded_minor) == (RefundRequest.State.REJECTED, 0)


def test_an_approved_refund_is_taken_back_before_it_is_sent(world):
    invoice, [payment] = school.paid_invoice(world)
    [refund] = school.approved(invoice)
    manager = school.person("manager")
    assert "Write why" in refused(approval.withdraw_refund, refund_id=refund.pk, by=manager, reason="")
    approval.withdraw_refund(refund_id=refund.pk, by=manager, reason="she stays")
    payment.refresh_from_db()
    assert (payment.refunded_minor, sending.send_refund(refund_id=refund.pk).state) == (0, "rejected")
    school.require_clean()
    [again] = school.approved(invoice)
    sending.send_refund(refund_id=again.pk)
    assert "cannot be taken back" in refused(
        approval.withdraw_refund, refund_id=again.pk, by=manager, reason="r"
    )


def test_every_step_is_told_with_its_person(world):
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice)
    sending.send_refund(refund_id=refund.pk)
    told = TimelineEvent.objects.filter(student_id=invoice.student_id).order_by("id")
    assert [(event.kind, event.actor_name) for event in told if event.kind.startswith("refund_")] == [
        ("refund_requested", "support"),
        ("refund_approved", "manager"),
        ("refund_sent", ""),
        ("refund_settled", "ameria"),
    ]


def test_the_preview_shows_everything_and_changes_nothing(world):
    invoice, payments = school.paid_invoice(world, plan="three-parts", paid=2)
    until = clock.today() + dt.timedelta(days=3)
    before = TimelineEvent.objects.count()
    shown = preview.preview_refund(
        student_id=invoice.student_id,
        invoice_id=invoice.pk,
        amount_minor=4_000_000,
        access_decision="shorten",
        access_until=until,
    )
    assert (shown.suggestion.amount_minor, shown.available_minor) == (6_000_000, 6_000_000)
    assert [(take.payment.pk, take.amount_minor, take.channel) for take in shown.takes] == [
        (payments[1].pk, 3_000_000, "provider"),
        (payments[0].pk, 1_000_000, "provider"),
    ]
    assert [(line.owed_after_minor, line.paid_after_minor) for line in shown.schedule] == [
        (2_000_000, 2_000_000),
        (0, 0),
        (3_000_000, 0),
    ]
    assert shown.balance is not None
    assert (shown.balance.paid_minor, shown.balance.remaining_minor) == (2_000_000, 3_000_000)
    assert shown.access_now is not None
    assert shown.access_after is not None
    assert (shown.access_now.state, shown.access_after.state) == ("open", "open")
    assert shown.access_after.until == clock.end_of(until)
    assert TimelineEvent.objects.count() == before
    assert Payment.objects.filter(refunded_minor__gt=0).count() == 0


def test_what_the_preview_says_is_what_happens(world):
    invoice, _payments = school.paid_invoice(world, plan="three-parts", paid=3)
    shown = preview.preview_refund(
        student_id=invoice.student_id, invoice_id=invoice.pk, amount_minor=7_000_000
    )
    for refund in school.approved(invoice, 70_000):
        sending.send_refund(refund_id=refund.pk)
    after = preview.preview_refund(student_id=invoice.student_id, invoice_id=invoice.pk, amount_minor=0)
    assert [line.owed_after_minor for line in shown.schedule] == [
        line.owed_before_minor for line in after.schedule
    ]
    assert shown.balance == after.balance
    assert not OperatorTask.objects.exists()
