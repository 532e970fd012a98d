"""The business in short: a verified payment opens the course, and only that does."""

import pytest

from access.models import AccessGrant, CourseAccess
from billing import balances, check_ledger, lookup
from billing.models import Installment, Payment, PaymentLink
from students.models import OperatorTask, TimelineEvent

BANKS = pytest.mark.parametrize("account", ["ameria", "arca"])


def kinds(student_id):
    return list(
        TimelineEvent.objects.filter(student_id=student_id).order_by("id").values_list("kind", flat=True)
    )


@BANKS
def test_a_verified_payment_opens_the_course(world, account):
    link = world.link()
    payment = world.paid(link, account)

    link.refresh_from_db()
    assert payment.state == Payment.State.VERIFIED
    assert link.state == PaymentLink.State.PAID
    assert world.installment(link.invoice).state == Installment.State.PAID
    balance = balances.invoice_balance(invoice_id=link.invoice_id)
    assert (balance.full_minor, balance.paid_minor, balance.remaining_minor) == (9_000_000, 9_000_000, 0)
    access = CourseAccess.objects.get(student=link.student, course=link.course)
    assert access.state == CourseAccess.State.OPEN
    assert kinds(link.student_id) == [
        "student_registered",
        "enrolled",
        "invoice_issued",
        "link_created",
        "attempt_started",
        "payment_at_provider",
        "payment_verified",
        "link_paid",
        "installment_paid",
        "access_granted",
        "access_opened",
    ]
    assert check_ledger.problems() == []


@BANKS
def test_a_return_without_payment_opens_nothing(world, account):
    payment = world.attempt(account=account)
    payment = lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    assert payment.state == Payment.State.AT_PROVIDER
    assert not CourseAccess.objects.filter(state=CourseAccess.State.OPEN).exists()


@BANKS
def test_a_declined_payment_opens_nothing_and_another_attempt_may_follow(world, account):
    link = world.link()
    declined = world.attempt(link, account)
    world.buyer_pays(declined, "decline")
    assert lookup.refresh_payment(payment_id=declined.pk, asked_by="return").state == Payment.State.FAILED
    assert not AccessGrant.objects.exists()
    assert world.paid(link, account).state == Payment.State.VERIFIED


@BANKS
def test_a_second_report_changes_nothing(world, account):
    payment = world.paid(account=account)
    before = kinds(payment.student_id)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="sweeper")
    assert kinds(payment.student_id) == before
    assert AccessGrant.objects.count() == 1
    assert check_ledger.problems() == []


def test_two_paid_links_keep_all_money_and_open_once(world):
    link = world.link()
    first, second = world.attempt(link, "ameria"), world.attempt(link, "arca")
    for payment in (first, second):
        world.buyer_pays(payment)
    for payment in (first, second):
        assert (
            lookup.refresh_payment(payment_id=payment.pk, asked_by="sweeper").state == Payment.State.VERIFIED
        )
    assert AccessGrant.objects.count() == 1
    assert [(p.pk, left) for p, left in balances.credits_of(student_id=link.student_id)] == [
        (second.pk, 9_000_000)
    ]
    assert OperatorTask.objects.get().kind == "second_payment"
    assert check_ledger.problems() == []


def test_the_first_of_three_parts_opens_its_own_days_and_the_grace_after(world):
    invoice = world.invoice(plan="three-parts")
    world.paid(world.link(invoice))
    grants = AccessGrant.objects.order_by("opens_at")
    assert [grant.kind for grant in grants] == ["paid", "grace"]
    first, second = world.installment(invoice, 1), world.installment(invoice, 2)
    assert grants[0].closes_at == grants[1].opens_at
    assert second.due_date == second.period_from
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == 6_000_000
    assert first.expected_minor + second.expected_minor == 6_000_000


@pytest.mark.django_db(transaction=True)
def test_settling_takes_at_most_twelve_statements(world, django_assert_max_num_queries):
    from billing import settlement
    from billing.providers.base import PaymentReport, ReportedStatus

    payment = world.attempt()
    report = PaymentReport(
        status=ReportedStatus.PAID,
        order_number=payment.order_number,
        provider_ref=payment.provider_ref,
        amount_minor=payment.amount_minor,
        currency="AMD",
    )
    with django_assert_max_num_queries(12):
        settlement.settle_payment(payment_id=payment.pk, report=report)
    payment.refresh_from_db()
    assert payment.state == Payment.State.VERIFIED
