"""From a wish to money that is back, at both banks, and what it leaves in books, schedule, access and history."""

import datetime as dt

import pytest

from access.models import AccessGrant, CourseAccess
from billing import balances, lookup
from billing.models import Installment, LedgerLine, Payment
from common import clock
from refunds import approval, external, sending, tasks
from refunds.models import Refund
from students.models import OperatorTask, TimelineEvent
from tests.refunds import school

pytestmark = pytest.mark.django_db

BANKS = pytest.mark.parametrize("account", ["ameria", "arca"])


def sent(refund: Refund) -> Refund:
    sending.send_refund(refund_id=refund.pk)
    return Refund.objects.get(pk=refund.pk)


def at_bank(world, payment: Payment) -> int:
    return int(world.sandbox.order(payment.provider_ref)["refunded_minor"])


def booked(account: str) -> int:
    return sum(LedgerLine.objects.filter(account=account).values_list("amount_minor", flat=True))


@BANKS
def test_a_whole_refund_goes_back_and_nothing_is_owed(world, account):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice)
    school.require_clean()
    refund = sent(refund)

    assert (refund.state, at_bank(world, payment)) == (Refund.State.SETTLED, 9_000_000)
    payment.refresh_from_db()
    assert (payment.state, payment.refunded_minor) == (Payment.State.REFUNDED, 9_000_000)
    assert payment.provider_refunded_minor == 9_000_000
    assert world.installment(invoice).state == Installment.State.CANCELLED
    balance = balances.invoice_balance(invoice_id=invoice.pk)
    assert (balance.adjustments_minor, balance.paid_minor, balance.remaining_minor) == (9_000_000, 0, 0)
    assert booked("provider_clearing") == booked("refunds_in_flight") == booked("receivable") == 0
    assert booked("adjustments") == 9_000_000
    school.require_clean()


@BANKS
def test_parts_go_back_one_after_another_until_nothing_is_left(world, account):
    invoice, [payment] = school.paid_invoice(world, account=account)
    for drams, state in [(30_000, "partly_refunded"), (20_000, "partly_refunded"), (40_000, "refunded")]:
        [refund] = school.approved(invoice, drams)
        assert sent(refund).state == Refund.State.SETTLED
        payment.refresh_from_db()
        assert payment.state == state
        school.require_clean()
    assert at_bank(world, payment) == 9_000_000


def test_a_part_that_goes_back_leaves_the_installment_paid(world):
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, 30_000)
    sent(refund)
    installment = world.installment(invoice)
    assert installment.state == Installment.State.PAID
    [line] = balances.schedule_of(invoice_id=invoice.pk)
    assert (line.adjusted_minor, line.paid_minor, line.remaining_minor) == (3_000_000, 6_000_000, 0)


@pytest.mark.parametrize(("drams", "state"), [(90_000, "scheduled"), (30_000, "partly_paid")])
def test_what_the_student_still_owes_is_asked_for_again(world, drams, state):
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, drams, keep_owed=True)
    sent(refund)
    assert world.installment(invoice).state == state
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == drams * 100
    school.require_clean()
    world.paid(world.link(invoice))
    assert world.installment(invoice).state == Installment.State.PAID
    school.require_clean()


@BANKS
def test_a_refund_over_several_payments_takes_the_newest_first(world, account):
    invoice, payments = school.paid_invoice(world, account=account, plan="three-parts", paid=3)
    refunds = school.approved(invoice, 50_000)
    assert [(item.payment_id, item.amount_minor) for item in refunds] == [
        (payments[2].pk, 3_000_000),
        (payments[1].pk, 2_000_000),
    ]
    for refund in refunds:
        assert sent(refund).state == Refund.State.SETTLED
    assert [at_bank(world, payment) for payment in payments] == [0, 2_000_000, 3_000_000]
    states = list(invoice.installments.order_by("number").values_list("state", flat=True))
    assert states == ["paid", "paid", "cancelled"]
    school.require_clean()


@BANKS
def test_credit_goes_back_and_leaves_the_invoice_alone(world, account):
    link = world.link()
    other = "arca" if account == "ameria" else "ameria"
    first, second = world.attempt(link, other), world.attempt(link, account)
    for payment in (first, second):
        world.buyer_pays(payment)
        lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
    assert [task.kind for task in OperatorTask.objects.all()] == ["second_payment"]
    request = approval.request_refund(
        student_id=link.student_id,
        invoice_id=None,
        amount_minor=9_000_000,
        reason="paid twice",
        by=school.person("support", "support"),
    )
    approval.approve_refund(request_id=request.pk, by=school.person("manager"))
    [refund] = request.refunds.all()
    assert refund.payment_id == second.pk
    assert balances.credits_of(student_id=link.student_id) == []
    assert sent(refund).state == Refund.State.SETTLED
    assert world.installment(link.invoice).state == Installment.State.PAID
    assert booked("student_credit") == 0
    school.require_clean()


@BANKS
def test_a_whole_payment_is_cancelled_where_that_is_asked_for(world, account):
    invoice, _payments = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, prefer_cancel=True)
    refund = sent(refund)
    assert (refund.state, refund.whole) == (Refund.State.SETTLED, True)
    assert world.sandbox.count(login=world.login_of(account), operation="cancel") == 1
    assert world.sandbox.count(login=world.login_of(account), operation="refund") == 0
    school.require_clean()


def test_a_part_is_never_cancelled_as_a_whole(world):
    invoice, [payment] = school.paid_invoice(world)
    [refund] = school.approved(invoice, 10_000, prefer_cancel=True)
    assert sent(refund).whole is False
    assert at_bank(world, payment) == 1_000_000


@BANKS
def test_a_cancel_that_the_bank_refuses_goes_on_as_a_refund(world, account):
    world.sandbox.merchant(
        world.login_of(account),
        profile="ameria" if account == "ameria" else "arca-ipay",
        may_reverse=False,
    )
    invoice, _payments = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, prefer_cancel=True)
    refund = sent(refund)
    assert (refund.state, refund.whole) == (Refund.State.SETTLED, False)
    assert world.sandbox.count(login=world.login_of(account), operation="refund") == 1
    assert TimelineEvent.objects.filter(kind="refund_cancel_refused").exists()
    school.require_clean()


@pytest.mark.parametrize(
    ("decision", "until", "state", "live"),
    [("keep", None, "open", 1), ("end_now", None, "suspended", 0), ("shorten", 10, "open", 1)],
)
def test_access_becomes_what_was_decided_when_the_money_is_back(world, decision, until, state, live):
    invoice, _payments = school.paid_invoice(world)
    day = clock.today() + dt.timedelta(days=until) if until else None
    [refund] = school.approved(invoice, access_decision=decision, access_until=day)
    access = CourseAccess.objects.get(student_id=invoice.student_id)
    assert access.state == CourseAccess.State.OPEN
    sent(refund)
    access.refresh_from_db()
    grants = AccessGrant.objects.filter(student_id=invoice.student_id)
    assert (access.state, grants.filter(withdrawn_at=None).count()) == (state, live)
    assert grants.count() == (2 if decision == "shorten" else 1)  # history stays
    if day:
        assert access.closes_at == clock.end_of(day)
    school.require_clean()


@BANKS
@pytest.mark.parametrize("fault", ["drop-after", "malformed-json", "fault500-done"])
def test_an_answer_lost_after_the_money_moved_is_found_by_the_total(world, account, fault):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000)
    lose_answer(world, account, fault)
    assert sent(refund).state == Refund.State.SETTLED
    assert (at_bank(world, payment), calls(world, account)) == (4_000_000, 1)
    school.require_clean()


@BANKS
@pytest.mark.parametrize("fault", ["drop-before", "fault500"])
def test_an_answer_lost_before_the_money_moved_is_unknown_and_never_sent_again(
    world, shift_clock, account, fault
):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000)
    lose_answer(world, account, fault)
    refund = sent(refund)
    assert refund.state == Refund.State.UNKNOWN
    payment.refresh_from_db()
    assert payment.refunded_minor == 4_000_000  # counts as refunded until known
    school.require_clean()
    for hours in (0.01, 0.1, 2, 8, 30, 60):
        shift_clock(seconds=hours * 3600)
        tasks.take_steps()
    refund.refresh_from_db()
    assert refund.state == Refund.State.UNKNOWN
    assert refund.lookups >= 5
    assert (at_bank(world, payment), calls(world, account)) == (0, 1)
    assert [task.kind for task in OperatorTask.objects.all()] == ["refund_unknown"]
    school.require_clean()


@BANKS
def test_money_that_moves_late_settles_an_unknown_refund(world, sandbox, shift_clock, account):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000)
    lose_answer(world, account, "drop-before")
    assert sent(refund).state == Refund.State.UNKNOWN
    shift_clock(seconds=2 * 3600)
    tasks.take_steps()
    sandbox.cabinet_refund(payment.provider_ref, 4_000_000)
    shift_clock(seconds=9 * 3600)
    tasks.take_steps()
    refund.refresh_from_db()
    assert refund.state == Refund.State.SETTLED
    task = OperatorTask.objects.get()
    assert (task.state, task.resolution) == ("resolved", "facts")
    assert external.find_external() == 0
    school.require_clean()


def test_a_bank_that_tells_no_total_is_sent_nothing(world, sandbox, shift_clock):
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, 40_000)
    sandbox.fault("http-status", login=world.login_of("ameria"), operation="lookup", times=1)
    assert sent(refund).state == Refund.State.APPROVED
    assert calls(world, "ameria") == 0
    shift_clock(seconds=300)
    tasks.take_steps()
    refund.refresh_from_db()
    assert refund.state == Refund.State.SETTLED


@BANKS
def test_a_refund_that_is_not_approved_is_never_sent(world, account):
    invoice, _payments = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice)
    assert sent(refund).state == Refund.State.SETTLED
    sent(refund)
    assert calls(world, account) == 1


def lose_answer(world, account: str, fault: str) -> None:
    kind, _dash, done = fault.partition("500-")
    facts = {"done": True} if done else {}
    world.sandbox.fault(
        "fault500" if fault.startswith("fault500") else kind,
        login=world.login_of(account),
        operation="refund",
        **facts,
    )


def calls(world, account: str) -> int:
    return int(world.sandbox.count(login=world.login_of(account), operation="refund"))
