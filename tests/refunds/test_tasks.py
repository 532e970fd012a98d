"""Every end of every task about refunds, from its cause, as the desk does it."""

from itertools import pairwise

import pytest
from django.utils import translation

from access.models import CourseAccess
from billing import balances, lookup
from billing.models import Installment
from common import clock
from common.errors import DomainError
from refunds import external, sending, tasks
from refunds.models import Refund
from students import deciding, task_types, timeline
from students.models import OperatorTask
from tests.refunds import school

pytestmark = pytest.mark.django_db


def decide(task: OperatorTask, code: str, role: str = "accountant", **data) -> OperatorTask:
    """Preview and decide as a person of this role."""
    person = school.person(f"the {role}", role)
    chosen = task_types.type_of(task.kind).resolution(code)
    assert chosen is not None
    assert not chosen.permission or person.has_perm(chosen.permission)
    assert chosen.is_offered(task)
    assert all(chosen.preview(task, data))
    return deciding.resolve_task(
        task_id=task.pk,
        resolution=code,
        data=data,
        reason="looked at it",
        actor=timeline.Actor.person(person),
    )


def unknown(world, shift_clock) -> tuple[Refund, OperatorTask]:
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, 40_000)
    world.sandbox.fault("drop-before", login=world.login_of("ameria"), operation="refund")
    sending.send_refund(refund_id=refund.pk)
    shift_clock(seconds=2 * 3600)
    tasks.take_steps()
    return refund, OperatorTask.objects.get(kind="refund_unknown")


def refused(world) -> tuple[Refund, OperatorTask]:
    world.sandbox.merchant(world.login_of("ameria"), profile="ameria", may_refund=False)
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, 40_000)
    sending.send_refund(refund_id=refund.pk)
    return Refund.objects.get(channel="manual"), OperatorTask.objects.get(kind="refund_refused")


def found(world) -> tuple[Refund, OperatorTask]:
    _invoice, [payment] = school.paid_invoice(world)
    world.sandbox.cabinet_refund(payment.provider_ref, 9_000_000)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator")
    external.find_external()
    return Refund.objects.get(), OperatorTask.objects.get(kind="external_refund")


def test_asking_again_closes_an_unknown_only_when_the_money_moved(world, shift_clock):
    refund, task = unknown(world, shift_clock)
    assert decide(task, "ask").state == "open"
    world.sandbox.cabinet_refund(refund.payment.provider_ref, 4_000_000)
    assert decide(task, "ask").state == "resolved"
    refund.refresh_from_db()
    assert refund.state == Refund.State.SETTLED
    school.require_clean()


def test_money_that_did_not_move_is_free_again(world, shift_clock):
    refund, task = unknown(world, shift_clock)
    assert decide(task, "never_moved").state == "resolved"
    refund.refresh_from_db()
    refund.payment.refresh_from_db()
    assert (refund.state, refund.payment.refunded_minor) == (Refund.State.FAILED, 0)
    school.require_clean()


def test_a_bank_transfer_ends_a_refusal(world):
    refund, task = refused(world)
    with pytest.raises(DomainError, match="2026-11-22"):
        decide(task, "enter", document_number="7", document_date="yesterday")
    task.refresh_from_db()
    assert task.state == "open"
    decided = decide(task, "enter", document_number="7", document_date=str(clock.today()))
    refund.refresh_from_db()
    assert (decided.state, refund.state, refund.document_number) == ("resolved", "manual", "7")
    school.require_clean()


def test_a_refused_refund_is_taken_back(world):
    refund, task = refused(world)
    assert decide(task, "withdraw", "manager").state == "resolved"
    refund.refresh_from_db()
    assert refund.state == Refund.State.REJECTED
    school.require_clean()


@pytest.mark.parametrize(
    ("code", "remaining", "installment", "access"),
    [
        ("agreed", 0, Installment.State.CANCELLED, CourseAccess.State.OPEN),
        ("agreed_ends", 0, Installment.State.CANCELLED, CourseAccess.State.SUSPENDED),
        ("still_owed", 9_000_000, Installment.State.SCHEDULED, CourseAccess.State.OPEN),
    ],
)
def test_a_cabinet_refund_means_what_a_person_says(world, code, remaining, installment, access):
    refund, task = found(world)
    invoice = refund.payment.link.invoice
    assert decide(task, code, "manager").state == "resolved"
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == remaining
    assert world.installment(invoice).state == installment
    assert CourseAccess.objects.get(student=refund.student).state == access
    school.require_clean()
    with pytest.raises(external.ExternalRefused, match="already"):
        external.decide_external(
            refund_id=refund.pk,
            still_owed=True,
            ends_access=True,
            reason="r",
            actor=timeline.Actor.person(school.person("manager")),
        )


def test_a_provider_that_sends_nothing_back_asks_a_person_from_the_start(world, monkeypatch):
    invoice, _payments = school.paid_invoice(world)
    monkeypatch.setattr("billing.providers.registry.refunds", lambda _config: None)
    [refund] = school.approved(invoice)
    task = OperatorTask.objects.get(kind="refund_by_transfer")
    assert (refund.channel, tasks.take_steps()) == (Refund.Channel.MANUAL, 0)
    decide(task, "enter", "cashier", document_number="12", document_date=str(clock.today()))
    refund.refresh_from_db()
    assert refund.state == Refund.State.MANUAL
    school.require_clean()


def test_every_task_has_an_end_and_shows_its_facts(world):
    refund, task = found(world)
    for kind in ("refund_unknown", "refund_refused", "refund_by_transfer", "external_refund"):
        assert task_types.type_of(kind).resolutions
    facts = dict(task_types.type_of(task.kind).facts(task))
    assert facts["Order"] == refund.payment.order_number
    codes = [one.code for one in task_types.type_of(task.kind).resolutions]
    assert all(one != other for one, other in pairwise(codes))


def test_an_answer_that_never_came_is_said_in_the_words_of_the_reader():
    lost = Refund(answer_code="no-answer", answer_message="The provider did not answer: RemoteProtocolError.")
    assert lost.answer == "no answer came"
    with translation.override("ru"):
        assert lost.answer == "ответ не пришёл"
    assert Refund(answer_code="116", answer_message="Not enough money").answer == "116 Not enough money"
    assert Refund().answer == ""
