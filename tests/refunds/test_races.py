"""The same refund from everywhere at once: one decision, one question to the bank, one settlement."""

import pytest

from billing.models import Payment
from common import clock
from refunds import external, tasks
from refunds.models import Refund, RefundRequest
from students.models import TimelineEvent
from tests import processes
from tests.processes import Job
from tests.refunds import jobs, school

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

BANKS = pytest.mark.parametrize("account", ["ameria", "arca"])


def moves(world, account: str) -> int:
    return int(world.sandbox.count(login=world.login_of(account), operation="refund"))


def test_two_approvers_at_once_are_one_approval(world):
    invoice, [payment] = school.paid_invoice(world)
    request = school.ask(invoice)
    people = [school.person(name) for name in ("one", "two", "three", "four")]
    outcomes = processes.together(
        [Job(act=jobs.approve, arguments={"request_id": request.pk, "user_id": p.pk}) for p in people]
    )
    assert len([outcome for outcome in outcomes if not outcome.error]) == 1
    assert all("decided about this refund already" in o.error for o in outcomes if o.error)
    payment.refresh_from_db()
    assert (payment.refunded_minor, Refund.objects.count()) == (9_000_000, 1)
    school.require_clean()


def test_requests_approved_at_once_never_exceed_what_was_captured(world):
    invoice, [payment] = school.paid_invoice(world)
    requests = [school.ask(invoice, 40_000) for _ in range(4)]
    manager = school.person("manager")
    outcomes = processes.together(
        [Job(act=jobs.approve, arguments={"request_id": r.pk, "user_id": manager.pk}) for r in requests]
    )
    assert len([outcome for outcome in outcomes if not outcome.error]) == 2
    payment.refresh_from_db()
    assert payment.refunded_minor == 8_000_000
    assert RefundRequest.objects.filter(state="approved").count() == 2
    school.require_clean()


@BANKS
def test_senders_at_once_ask_the_bank_once(world, account):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000)
    processes.values(
        processes.together(
            [Job(act=jobs.send, arguments={"refund_id": refund.pk})] * 4 + [Job(act=jobs.step)] * 2
        )
    )
    assert moves(world, account) == 1
    refund.refresh_from_db()
    assert refund.state == Refund.State.SETTLED
    assert world.sandbox.order(payment.provider_ref)["refunded_minor"] == 4_000_000
    assert TimelineEvent.objects.filter(kind="refund_settled").count() == 1
    school.require_clean()


@BANKS
def test_refunds_of_one_payment_go_one_after_another(world, shift_clock, account):
    invoice, [payment] = school.paid_invoice(world, account=account)
    refunds = [school.approved(invoice, drams)[0] for drams in (10_000, 20_000, 30_000)]
    world.sandbox.fault("slow", login=world.login_of(account), operation="refund", seconds=0.5, times=None)
    processes.values(
        processes.together([Job(act=jobs.send, arguments={"refund_id": r.pk}) for r in refunds] * 2)
    )
    for round_ in range(1, 5):
        shift_clock(seconds=130 * round_)
        tasks.take_steps()
    assert set(Refund.objects.values_list("state", flat=True)) == {"settled"}
    assert moves(world, account) == 3
    assert world.sandbox.order(payment.provider_ref)["refunded_minor"] == 6_000_000
    assert external.find_external() == 0
    school.require_clean()


def test_settling_from_everywhere_at_once_settles_once(world):
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, access_decision="end_now")
    world.sandbox.fault("drop-after", login=world.login_of("ameria"), operation="refund")
    assert processes.alone(jobs.send, crash_at="refund.after_lost_answer", refund_id=refund.pk).was_killed
    processes.values(processes.together([Job(act=jobs.refresh, arguments={"refund_id": refund.pk})] * 6))
    refund.refresh_from_db()
    assert refund.state == Refund.State.SETTLED
    assert TimelineEvent.objects.filter(kind__in=["refund_settled", "access_withdrawn"]).count() == 2
    school.require_clean()


def test_sending_taking_back_and_noting_a_document_at_once_is_one_of_them(world):
    invoice, [payment] = school.paid_invoice(world)
    [refund] = school.approved(invoice)
    manager = school.person("manager")
    one = {"refund_id": refund.pk, "user_id": manager.pk}
    outcomes = processes.together(
        [
            Job(act=jobs.send, arguments={"refund_id": refund.pk}),
            Job(act=jobs.withdraw, arguments=one),
            Job(act=jobs.enter, arguments={**one, "day": clock.today()}),
        ]
    )
    assert any(not outcome.error for outcome in outcomes)
    refund.refresh_from_db()
    assert refund.state in ("settled", "rejected", "manual")
    back = world.sandbox.order(payment.provider_ref)["refunded_minor"]
    assert back == (9_000_000 if refund.state == "settled" else 0)
    school.require_clean()


@BANKS
def test_a_refund_racing_look_ups_and_sweepers_of_its_payment(world, account):
    link = world.link()
    other = "arca" if account == "ameria" else "ameria"
    second = world.attempt(link, other)
    first = world.paid(link, account)
    world.buyer_pays(second)
    [refund] = school.approved(link.invoice, 40_000, change_reason="agreed")
    processes.values(
        processes.together(
            [
                Job(act=jobs.send, arguments={"refund_id": refund.pk}),
                Job(act=jobs.ask_payment, arguments={"payment_id": second.pk}),
                Job(act=jobs.ask_payment, arguments={"payment_id": first.pk}),
                Job(act=jobs.find_external),
                Job(act=jobs.step),
            ]
        )
    )
    refund.refresh_from_db()
    second.refresh_from_db()
    assert (refund.state, second.state) == (Refund.State.SETTLED, Payment.State.VERIFIED)
    assert not Refund.objects.filter(state="external").exists()
    school.require_clean()


def test_external_sweepers_at_once_record_one_refund(world):
    _invoice, [payment] = school.paid_invoice(world)
    world.sandbox.cabinet_refund(payment.provider_ref, 1_000_000)
    jobs.ask_payment(payment_id=payment.pk)
    processes.values(processes.together([Job(act=jobs.find_external)] * 4))
    assert Refund.objects.filter(state="external").count() == 1
    school.require_clean()


def test_mails_from_several_processes_are_one(world):
    invoice, _payments = school.paid_invoice(world)
    school.approved(invoice)
    tasks.take_steps()
    assert sum(processes.values(processes.together([Job(act=jobs.tell)] * 4))) == 1


def test_one_form_sent_from_everywhere_at_once_asks_once(world):
    invoice, _payments = school.paid_invoice(world)
    support = school.person("support", "support")
    facts = {
        "student_id": invoice.student_id,
        "invoice_id": invoice.pk,
        "amount_minor": 1_000_000,
        "user_id": support.pk,
        "key": "one-form",
    }
    made = processes.values(processes.together([Job(act=jobs.ask, arguments=facts)] * 4))
    assert len(set(made)) == 1
    assert RefundRequest.objects.count() == 1
    assert TimelineEvent.objects.filter(kind="refund_requested").count() == 1


def test_concluding_and_asking_at_once_end_in_one_way(world, shift_clock):
    invoice, [payment] = school.paid_invoice(world)
    [refund] = school.approved(invoice, 40_000)
    world.sandbox.fault("drop-before", login=world.login_of("ameria"), operation="refund")
    jobs.send(refund_id=refund.pk)
    shift_clock(seconds=2 * 3600)
    people = [school.person(name, "accountant") for name in ("one", "two")]
    outcomes = processes.together(
        [Job(act=jobs.conclude, arguments={"refund_id": refund.pk, "user_id": p.pk}) for p in people]
        + [Job(act=jobs.refresh, arguments={"refund_id": refund.pk})] * 2
    )
    assert any(not outcome.error for outcome in outcomes)
    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (refund.state, payment.refunded_minor) == (Refund.State.FAILED, 0)
    assert TimelineEvent.objects.filter(kind="refund_failed").count() == 1
    assert moves(world, "ameria") <= 1
    school.require_clean()
