"""What the calendar changes by itself, at the school's midnight, once."""

import datetime as dt

import pytest

from access import changes
from access.models import CourseAccess
from billing import daily, lookup
from billing.models import Installment, Payment, PaymentLink
from common import clock
from students import set_changes, timeline
from students.models import TimelineDispatch, TimelineEvent

DAY = 86_400


def seconds_until(day: dt.date) -> float:
    return (clock.start_of(day) - dt.datetime.now(dt.UTC)).total_seconds()


def test_installments_fall_due_and_become_overdue_at_midnight_in_yerevan(world, shift_clock):
    invoice = world.invoice(plan="three-parts")
    second = world.installment(invoice, 2)
    shift_clock(seconds=seconds_until(second.due_date) - 1)
    assert daily.mark_due() == 0
    shift_clock(seconds=seconds_until(second.due_date))
    assert (daily.mark_due(), daily.mark_due()) == (1, 0)
    shift_clock(seconds=seconds_until(second.grace_date + dt.timedelta(days=1)))
    assert daily.mark_overdue() == 2  # the first part was never paid either
    states = [i.state for i in Installment.objects.filter(invoice=invoice).order_by("number")]
    assert states == ["overdue", "overdue", "scheduled"]


def test_moving_a_set_equals_moving_one_by_one(world, shift_clock):
    set_wise, one_by_one = (world.invoice(plan="three-parts") for _ in range(2))
    due = world.installment(set_wise, 2)
    shift_clock(seconds=seconds_until(due.due_date))
    set_changes.apply_to_set(
        Installment.objects.filter(pk=due.pk), Installment.fall_due, student="invoice__student_id"
    )
    single = world.installment(one_by_one, 2)
    before = single.state
    single.fall_due()
    single.save()
    timeline.record(
        [
            timeline.Event(
                kind="installment_due",
                student_id=one_by_one.student_id,
                actor=timeline.SYSTEM,
                before={"state": before},
                after={"state": single.state},
                subject_kind="billing.installment",
                subject_id=single.pk,
            )
        ]
    )
    mine, theirs = TimelineEvent.objects.filter(kind="installment_due").order_by("id")
    ignored = {"id", "student_id", "subject_id", "at", "recorded_at", "_state"}
    assert {k: v for k, v in vars(mine).items() if k not in ignored} == {
        k: v for k, v in vars(theirs).items() if k not in ignored
    }
    assert TimelineDispatch.objects.filter(event__in=[mine, theirs]).count() == 2
    due.refresh_from_db()
    assert due.state == single.state == Installment.State.DUE


def test_a_link_expires_at_its_moment_and_can_no_longer_be_paid(world, shift_clock):
    link = world.link()
    assert daily.expire_links() == 0
    shift_clock(seconds=8 * DAY)
    assert (daily.expire_links(), daily.expire_links()) == (1, 0)
    link.refresh_from_db()
    assert link.state == PaymentLink.State.EXPIRED
    assert not link.lines.get().is_open


def test_the_bank_is_asked_before_a_link_expires(world, shift_clock):
    link = world.link()
    payment = world.attempt(link)
    world.buyer_pays(payment)
    shift_clock(seconds=8 * DAY)
    assert daily.expire_links() == 0
    link.refresh_from_db()
    assert link.state == PaymentLink.State.PAID


def test_money_that_comes_after_expiry_pays_the_link_late(world, shift_clock):
    link = world.link()
    payment = world.attempt(link)
    shift_clock(seconds=8 * DAY)
    daily.expire_links()
    world.buyer_pays(payment, late=True)
    assert lookup.refresh_payment(payment_id=payment.pk, asked_by="test").state == Payment.State.VERIFIED
    link.refresh_from_db()
    assert link.state == PaymentLink.State.PAID
    assert TimelineEvent.objects.get(kind="link_paid").data == {"late": True}


def test_access_follows_the_clock_from_open_through_grace_to_closed(world, shift_clock):
    invoice = world.invoice(plan="three-parts")
    world.paid(world.link(invoice))
    second = world.installment(invoice, 2)
    access = CourseAccess.objects.get()
    for moment, state in [
        (second.period_from, CourseAccess.State.GRACE),
        (second.grace_date + dt.timedelta(days=1), CourseAccess.State.SUSPENDED),
    ]:
        shift_clock(seconds=seconds_until(moment) - 5)
        assert changes.follow_changes() == 0
        shift_clock(seconds=seconds_until(moment) + 1)
        assert (changes.follow_changes(), changes.follow_changes()) == (1, 0)
        access = CourseAccess.objects.get()
        assert access.state == state
    world.paid(world.link(invoice, number=2))
    assert CourseAccess.objects.get().state == CourseAccess.State.OPEN


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("account", ["ameria", "arca"])
def test_the_sweeper_opens_the_course_of_a_student_who_closed_the_tab(world, shift_clock, account):
    payment = world.attempt(account=account)
    world.buyer_pays(payment, "pay-and-close")
    assert lookup.sweep() == 0
    shift_clock(seconds=21)
    assert lookup.sweep() == 1
    payment.refresh_from_db()
    assert payment.state == Payment.State.VERIFIED
