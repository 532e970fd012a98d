"""Any mixture of refunds: never more than was captured, and books that agree after each step."""

import contextlib

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import settlement as payment_settlement
from billing.models import Payment
from common import clock
from common.errors import DomainError
from refunds import approval, booking, external, manual, records, settlement
from refunds.models import Refund
from students import timeline
from tests.faults import proof
from tests.refunds import school
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "send", "settle", "lose", "refuse", "enter", "withdraw", "cabinet"]),
        st.integers(1, 95_000),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


class Undo(Exception):  # noqa: N818
    """Leave the world as it was before this example."""


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, plan=st.sampled_from(["one-off", "three-parts"]))
def test_no_mixture_of_refunds_breaks_the_books(world, steps, plan):
    with pytest.raises(Undo), transaction.atomic():
        invoice = paid(world, plan)
        for step, drams, flag in steps:
            take(invoice, step, drams, flag=flag)
            require_sound()
        raise Undo


@pytest.fixture
def world(db):
    return World()


def paid(world, plan):
    """Pay an invoice's parts without asking a bank: the books are what is tried here."""
    school.under(world, school.EVERYTHING, plan)
    invoice = world.invoice(plan=plan)
    for installment in invoice.installments.order_by("number"):
        link = world.link(invoice, number=installment.number)
        for copy in range(2 if installment.number == 1 else 1):
            payment = Payment.objects.create(
                link=link,
                student_id=link.student_id,
                course_id=link.course_id,
                group_id=link.group_id,
                account=world.accounts["ameria"],
                order_number=10 * link.pk + copy,
                provider_ref=f"ref-{link.pk}-{copy}",
                amount_minor=link.amount_minor,
                currency="AMD",
                session_ends_at=clock.now(),
            )
            payment_settlement.settle_payment(payment_id=payment.pk, report=proof.paid_report(payment))
    return invoice


def take(invoice, step: str, drams: int, *, flag: bool) -> None:
    with contextlib.suppress(DomainError):  # refused in a sentence; what it left behind is looked at next
        TAKES[step](invoice, drams * 100, flag)


def ask(invoice, amount_minor: int, flag: bool) -> None:
    request = approval.request_refund(
        student_id=invoice.student_id,
        invoice_id=None if amount_minor % 300 == 0 else invoice.pk,
        amount_minor=amount_minor,
        reason="r",
        change_reason="c",
        keep_owed=flag,
        by=school.person("support", "support"),
    )
    approval.approve_refund(request_id=request.pk, by=school.person("manager"))


def send(_invoice, _amount: int, _flag: bool) -> None:
    """Do what sending commits before it asks the bank."""
    for refund_id in first(Refund.State.APPROVED):
        refund = records.lock_refund(refund_id)
        if refund.payment.refunds.filter(state__in=Refund.IN_FLIGHT).exists():
            return
        total = external.explained_minor(payment_id=refund.payment_id)
        refund.send(total_before_minor=total, whole=False)
        refund.save()
        timeline.record(booking.book_sent(refund))


def settle(_invoice, _amount: int, _flag: bool) -> None:
    for refund_id in first(*Refund.IN_FLIGHT):
        refund = Refund.objects.get(pk=refund_id)
        total = (refund.provider_total_before_minor or 0) + refund.amount_minor
        Payment.objects.filter(pk=refund.payment_id).update(provider_refunded_minor=total)
        settlement.settle_refund(refund_id=refund_id, total_minor=total)


def lose(_invoice, _amount: int, _flag: bool) -> None:
    for refund_id in first(Refund.State.SENT):
        settlement.lose_answer(refund_id=refund_id, code="no-answer", message="")


def refuse(_invoice, _amount: int, _flag: bool) -> None:
    for refund_id in first(*Refund.IN_FLIGHT):
        settlement.refuse(refund_id=refund_id, code="513", message="no right")


def enter(_invoice, _amount: int, _flag: bool) -> None:
    for refund_id in first(Refund.State.APPROVED):
        manual.enter_manual_refund(
            refund_id=refund_id,
            document_number="BT-1",
            document_date=clock.today(),
            by=school.person("accountant", "accountant"),
        )


def withdraw(_invoice, _amount: int, _flag: bool) -> None:
    for refund_id in first(Refund.State.APPROVED):
        approval.withdraw_refund(refund_id=refund_id, by=school.person("manager"), reason="r")


def cabinet(invoice, amount_minor: int, flag: bool) -> None:
    payment = Payment.objects.filter(student_id=invoice.student_id).order_by("pk" if flag else "-pk")[0]
    total = min(payment.captured_minor, payment.provider_refunded_minor + amount_minor)
    Payment.objects.filter(pk=payment.pk).update(provider_refunded_minor=total)
    external.find_external()


TAKES = {
    "ask": ask,
    "send": send,
    "settle": settle,
    "lose": lose,
    "refuse": refuse,
    "enter": enter,
    "withdraw": withdraw,
    "cabinet": cabinet,
}


def first(*states: str) -> list[int]:
    return list(Refund.objects.filter(state__in=states).order_by("pk").values_list("pk", flat=True)[:1])


def require_sound() -> None:
    for payment in Payment.objects.all():
        taken = sum(payment.refunds.filter(state__in=Refund.RESERVING).values_list("amount_minor", flat=True))
        assert taken == payment.refunded_minor <= payment.captured_minor
    school.require_clean()
