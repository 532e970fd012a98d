"""What the calendar does to a student who stops paying, and what one late payment mends."""

import pytest

from access import changes, why
from access.models import CourseAccess
from billing import check_ledger, daily
from billing.models import Installment, PaymentLink
from students.models import TimelineEvent

pytestmark = pytest.mark.django_db

DAY = 86_400


class Calendar:
    """Moves the whole school to a day and lets it do what it does by itself."""

    def __init__(self, shift_clock):
        self.shift_clock = shift_clock

    def turn_to(self, day):
        self.shift_clock(seconds=day * DAY)
        daily.expire_links()
        daily.mark_due()
        daily.mark_overdue()
        changes.follow_changes()


@pytest.fixture
def calendar(shift_clock):
    return Calendar(shift_clock)


@pytest.fixture
def invoice(world):
    """Three parts of thirty days from today, five days of grace after each due date; the first is paid."""
    invoice = world.invoice(plan="three-parts")
    world.paid(world.link(invoice))
    return invoice


def access_of(invoice):
    return CourseAccess.objects.get(student_id=invoice.student_id)


def sentence(invoice):
    return why.explain(student_id=invoice.student_id, course_id=invoice.enrollment.group.course_id).sentence


def test_while_the_paid_days_last_nothing_changes(world, invoice, calendar):
    calendar.turn_to(29)
    assert world.installment(invoice, 2).state == Installment.State.SCHEDULED
    assert access_of(invoice).state == CourseAccess.State.OPEN


def test_on_its_day_a_part_falls_due_and_access_goes_on_in_grace(world, invoice, calendar):
    calendar.turn_to(30)
    assert world.installment(invoice, 2).state == Installment.State.DUE
    assert access_of(invoice).state == CourseAccess.State.GRACE
    assert "Open in grace" in sentence(invoice)


def test_after_the_grace_it_is_overdue_and_the_course_is_closed(world, invoice, calendar):
    calendar.turn_to(30)
    calendar.turn_to(36)
    assert world.installment(invoice, 2).state == Installment.State.OVERDUE
    assert access_of(invoice).state == CourseAccess.State.SUSPENDED
    assert "the grace is over and the part is not paid" in sentence(invoice)


def test_a_late_payment_opens_it_again(world, invoice, calendar):
    calendar.turn_to(30)
    calendar.turn_to(40)
    world.paid(world.link(invoice, number=2))
    assert world.installment(invoice, 2).state == Installment.State.PAID
    assert access_of(invoice).state == CourseAccess.State.OPEN
    assert check_ledger.problems() == []


def test_each_turn_is_told_once_in_the_history(world, invoice, calendar):
    for day in (30, 30, 36, 36):
        calendar.turn_to(day)
    told = list(
        TimelineEvent.objects.filter(
            student_id=invoice.student_id,
            kind__in=["installment_due", "installment_overdue", "access_in_grace", "access_suspended"],
        )
        .order_by("id")
        .values_list("kind", flat=True)
    )
    assert sorted(told) == [
        "access_in_grace",
        "access_suspended",
        "installment_due",
        "installment_overdue",
    ]


def test_a_link_that_nobody_paid_expires_and_makes_room_for_the_next(world, invoice, calendar):
    link = world.link(invoice, number=2)
    calendar.turn_to(8)
    link.refresh_from_db()
    assert link.state == PaymentLink.State.EXPIRED
    assert world.link(invoice, number=2).state == PaymentLink.State.ACTIVE
