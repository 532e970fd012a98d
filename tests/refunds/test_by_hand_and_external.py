"""Refused by right, sent by hand, made in the bank's cabinet, told to the student."""

import datetime as dt

import pytest
from django.core import mail as outbox

from billing import lookup
from billing.models import Installment, LedgerLine, Payment
from common import clock
from refunds import approval, external, mail, manual, sending, settlement, tasks
from refunds.models import Refund
from students.models import OperatorTask, TimelineEvent
from tests.refunds import school

pytestmark = pytest.mark.django_db

BANKS = pytest.mark.parametrize("account", ["ameria", "arca"])


def without_right(world, account: str) -> None:
    profile = "ameria" if account == "ameria" else "arca-ipay"
    world.sandbox.merchant(world.login_of(account), profile=profile, may_refund=False, may_reverse=False)


def enter(refund: Refund, **facts) -> Refund:
    facts.setdefault("document_number", "BT-17")
    facts.setdefault("document_date", clock.today())
    return manual.enter_manual_refund(
        refund_id=refund.pk, by=school.person("accountant", "accountant"), **facts
    )


@BANKS
def test_a_refund_refused_by_right_waits_for_a_bank_transfer(world, account):
    without_right(world, account)
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, access_decision="end_now")
    sending.send_refund(refund_id=refund.pk)
    refused, following = Refund.objects.order_by("pk")
    assert (refused.state, following.state, following.channel) == ("failed", "approved", "manual")
    assert refused.answer_code in ("513", "514", "5")
    payment.refresh_from_db()
    assert (payment.state, payment.refunded_minor) == ("verified", 9_000_000)
    assert world.installment(invoice).state == Installment.State.PAID
    task = OperatorTask.objects.get()
    assert task.kind == "refund_refused"
    school.require_clean()

    following = enter(following, evidence=b"%PDF-1.7", evidence_name="order.pdf")
    assert following.state == Refund.State.MANUAL
    payment.refresh_from_db()
    task.refresh_from_db()
    assert (payment.state, task.state) == ("refunded", "resolved")
    assert world.installment(invoice).state == Installment.State.CANCELLED
    assert sum(LedgerLine.objects.filter(account="bank").values_list("amount_minor", flat=True)) == -9_000_000
    assert world.sandbox.order(payment.provider_ref)["refunded_minor"] == 0
    school.require_clean()


def test_a_document_is_noted_once_and_only_where_it_belongs(world):
    without_right(world, "ameria")
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, 10_000)
    sending.send_refund(refund_id=refund.pk)
    following = Refund.objects.get(channel="manual")
    for facts in (
        {"document_number": "  "},
        {"document_number": "x" * 65},
        {"document_date": clock.today() + dt.timedelta(days=1)},
        {"evidence": b"x" * (manual.LARGEST_EVIDENCE + 1)},
    ):
        with pytest.raises(manual.ManualRefundRefused):
            enter(following, **facts)
    enter(following)
    with pytest.raises(manual.ManualRefundRefused, match="BT-17 is noted for this refund already"):
        enter(following, document_number="BT-18")
    with pytest.raises(manual.ManualRefundRefused, match="nobody sends it by hand"):
        enter(refund)
    school.require_clean()


def test_a_refund_by_hand_is_taken_back_with_its_task(world):
    without_right(world, "arca")
    invoice, _payments = school.paid_invoice(world, account="arca")
    [refund] = school.approved(invoice, 10_000)
    sending.send_refund(refund_id=refund.pk)
    following = Refund.objects.get(channel="manual")
    approval.withdraw_refund(refund_id=following.pk, by=school.person("manager"), reason="she stays")
    assert OperatorTask.objects.get().state == "resolved"
    school.require_clean()


@BANKS
def test_a_refund_in_the_banks_cabinet_is_found_and_asked_about(world, sandbox, account):
    invoice, [payment] = school.paid_invoice(world, account=account)
    sandbox.cabinet_refund(payment.provider_ref, 2_000_000)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator")
    assert (external.find_external(), external.find_external()) == (1, 0)
    found = Refund.objects.get()
    assert (found.state, found.amount_minor, found.request) == (Refund.State.EXTERNAL, 2_000_000, None)
    payment.refresh_from_db()
    assert (payment.state, payment.refunded_minor) == (Payment.State.PARTLY_REFUNDED, 2_000_000)
    assert [task.kind for task in OperatorTask.objects.all()] == ["external_refund"]
    assert TimelineEvent.objects.filter(kind="access_withdrawn").count() == 0  # a person decides
    school.require_clean()
    [rest] = school.approved(invoice, 70_000)
    assert sending.send_refund(refund_id=rest.pk).state == Refund.State.SETTLED
    school.require_clean()


def test_a_second_cabinet_refund_is_found_as_well(world, sandbox):
    _invoice, [payment] = school.paid_invoice(world)
    for _ in range(2):
        sandbox.cabinet_refund(payment.provider_ref, 1_000_000)
        lookup.refresh_payment(payment_id=payment.pk, asked_by="operator")
        external.find_external()
    assert Refund.objects.filter(state="external").count() == 2
    school.require_clean()


def test_an_approved_refund_gives_way_to_money_that_is_gone_already(world, sandbox):
    invoice, [payment] = school.paid_invoice(world)
    [refund] = school.approved(invoice)
    sandbox.cabinet_refund(payment.provider_ref, 9_000_000)
    assert sending.send_refund(refund_id=refund.pk).state == Refund.State.FAILED
    payment.refresh_from_db()
    assert (payment.state, payment.refunded_minor) == ("refunded", 9_000_000)
    assert sandbox.count(login=world.login_of("ameria"), operation="refund") == 0
    assert {task.kind for task in OperatorTask.objects.all()} == {"refund_refused", "external_refund"}
    school.require_clean()


def test_a_person_concludes_that_an_unknown_refund_never_happened(world, sandbox, shift_clock):
    invoice, [payment] = school.paid_invoice(world)
    [refund] = school.approved(invoice, 40_000)
    sandbox.fault("drop-before", login=world.login_of("ameria"), operation="refund")
    sending.send_refund(refund_id=refund.pk)
    accountant = school.person("accountant", "accountant")
    with pytest.raises(settlement.NotToConclude, match="an hour"):
        settlement.conclude_refund(refund_id=refund.pk, by=accountant, reason="not in the cabinet")
    shift_clock(seconds=2 * 3600)
    tasks.take_steps()
    with pytest.raises(settlement.NotToConclude, match="how you know"):
        settlement.conclude_refund(refund_id=refund.pk, by=accountant, reason=" ")
    concluded = settlement.conclude_refund(refund_id=refund.pk, by=accountant, reason="not in the cabinet")
    assert concluded.state == Refund.State.FAILED
    payment.refresh_from_db()
    assert payment.refunded_minor == 0
    assert OperatorTask.objects.get().state == "resolved"
    school.require_clean()
    sandbox.cabinet_refund(payment.provider_ref, 4_000_000)  # and should it move after all
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator")
    assert external.find_external() == 1
    school.require_clean()


def test_concluding_asks_the_bank_first(world, sandbox, shift_clock):
    invoice, [payment] = school.paid_invoice(world)
    [refund] = school.approved(invoice, 40_000)
    sandbox.fault("drop-before", login=world.login_of("ameria"), operation="refund")
    sending.send_refund(refund_id=refund.pk)
    sandbox.cabinet_refund(payment.provider_ref, 4_000_000)
    shift_clock(seconds=2 * 3600)
    concluded = settlement.conclude_refund(
        refund_id=refund.pk, by=school.person("accountant", "accountant"), reason="I see nothing"
    )
    assert concluded.state == Refund.State.SETTLED


def test_a_failed_refund_gives_the_money_its_place_again_even_if_it_was_paid_meanwhile(
    world, sandbox, shift_clock
):
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, keep_owed=True)
    sandbox.fault("drop-before", login=world.login_of("ameria"), operation="refund")
    sending.send_refund(refund_id=refund.pk)
    assert world.installment(invoice).state == Installment.State.SCHEDULED
    world.paid(world.link(invoice), "arca")
    shift_clock(seconds=2 * 3600)
    tasks.take_steps()
    settlement.conclude_refund(
        refund_id=refund.pk, by=school.person("accountant", "accountant"), reason="not in the cabinet"
    )
    assert world.installment(invoice).state == Installment.State.PAID
    credit = LedgerLine.objects.filter(account="student_credit").values_list("amount_minor", flat=True)
    assert sum(credit) == -9_000_000
    school.require_clean()


@pytest.mark.parametrize("language", ["hy", "ru", "en"])
def test_the_student_is_told_once(world, language):
    student = world.student(language=language)
    school.under(world, school.EVERYTHING)
    invoice = world.invoice(student=student)
    world.paid(world.link(invoice))
    [refund] = school.approved(invoice, 20_000)
    assert mail.tell_students() == 0
    sending.send_refund(refund_id=refund.pk)
    assert (mail.tell_students(), mail.tell_students()) == (1, 0)
    [message] = outbox.outbox
    assert message.to == [student.email]
    assert message.extra_headers["Message-ID"] == f"<refund-{refund.pk}@mutq>"
    assert "20" in message.body
    assert TimelineEvent.objects.filter(kind="refund_mailed").count() == 1
    if language == "en":
        assert message.subject.startswith("Refund for")
        assert "20,000" in message.body


def test_a_student_without_an_address_is_not_asked_for_again(world):
    student = world.student(email="")
    school.under(world, school.EVERYTHING)
    invoice = world.invoice(student=student)
    world.paid(world.link(invoice))
    [refund] = school.approved(invoice)
    sending.send_refund(refund_id=refund.pk)
    assert mail.tell_students() == 0
    refund.refresh_from_db()
    assert (refund.mail_due_at, refund.mailed_at) == (None, None)
