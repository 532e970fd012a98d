"""A student moves to another group: what was held is used, the rest goes along, and the books agree."""

import datetime as dt

import pytest

from access import why
from access.models import AccessGrant
from billing import balances, check_ledger, invoicing, lookup, schedule, transfer_plan, transfers
from billing.models import Allocation, Installment, PaymentLink, TransferSettlement
from common import clock
from courses import enrolling, moving
from courses.models import Enrollment, LegalEntity, Transfer
from students import timeline
from students.models import TimelineEvent
from tests.billing import doubtful
from tests.billing.moving_school import DRAM, group, move, student_who_paid

STATE = Installment.State


@pytest.fixture
def clean():
    yield
    assert check_ledger.problems() == []


def facts_of(student_id):
    """Return everything that a transfer could touch."""
    return (
        list(Enrollment.objects.filter(student=student_id).order_by("pk").values()),
        list(Installment.objects.filter(invoice__student=student_id).order_by("pk").values()),
        list(Allocation.objects.order_by("pk").values()),
        list(AccessGrant.objects.filter(student=student_id).order_by("pk").values()),
        list(PaymentLink.objects.filter(student=student_id).order_by("pk").values()),
        TimelineEvent.objects.filter(student=student_id).count(),
    )


def test_a_third_of_a_paid_part_goes_along_to_a_dearer_group(world, clean):
    invoice = student_who_paid(world)
    target = group(world, price=180_000)
    made = move(invoice, target)
    assert (made.used_minor, made.carried_minor, made.credit_minor) == (20_000 * DRAM, 10_000 * DRAM, 0)
    assert made.price_minor == 140_000 * DRAM  # seven of nine lessons are to come
    old = balances.invoice_balance(invoice_id=invoice.pk)
    assert (old.paid_minor, old.adjustments_minor, old.remaining_minor) == (20_000 * DRAM, 70_000 * DRAM, 0)
    assert balances.invoice_balance(invoice_id=made.new_invoice_id).remaining_minor == 130_000 * DRAM
    states = [part.state for part in invoice.installments.order_by("number")]
    assert states == [STATE.PAID, STATE.MOVED, STATE.MOVED]
    assert world.installment(made.new_invoice).state == STATE.PARTLY_PAID
    assert balances.credits_of(student_id=invoice.student_id) == []


def test_the_payment_stays_and_what_it_stands_for_moves(world, clean):
    invoice = student_who_paid(world)
    made = move(invoice, group(world))
    rows = Allocation.objects.filter(reason=f"transfer:{made.transfer_id}").order_by("pk")
    assert [(row.installment.invoice_id, row.amount_minor) for row in rows] == [
        (invoice.pk, -10_000 * DRAM),
        (made.new_invoice_id, 10_000 * DRAM),
    ]
    assert {row.payment.link.invoice_id for row in rows} == {invoice.pk}


def test_what_a_cheaper_group_does_not_need_is_the_students_credit(world, clean):
    invoice = student_who_paid(world, plan="one-off")
    made = move(invoice, group(world, price=60_000))
    assert (made.carried_minor, made.price_minor) == (70_000 * DRAM, 46_666 * DRAM)
    assert made.credit_minor == 23_334 * DRAM
    [(payment, left)] = balances.credits_of(student_id=invoice.student_id)
    assert left == 23_334 * DRAM
    assert payment.link.invoice_id == invoice.pk
    assert world.installment(made.new_invoice).state == STATE.PAID
    assert doubtful.open_tasks() == ["overpayment"]


def test_a_monthly_student_with_nothing_held_takes_everything_along(world, clean):
    invoice = world.invoice(group=group(world, held=0, starts_on=clock.today()), plan="monthly")
    for number in (1, 2):
        world.paid(world.link(invoice, number=number))
    paid = balances.invoice_balance(invoice_id=invoice.pk).paid_minor
    made = move(invoice, group(world, held=0, starts_on=clock.today()))
    assert (made.used_minor, made.carried_minor, made.credit_minor) == (0, paid, 0)
    assert set(invoice.installments.values_list("state", flat=True)) == {STATE.MOVED}


def test_days_count_where_a_group_has_no_lessons(world, clean):
    invoice = student_who_paid(world)
    invoice.enrollment.group.lessons.all().delete()
    made = move(invoice, group(world))
    assert made.carried_minor == 15_000 * DRAM  # fifteen of thirty days are over


def test_access_follows_in_both_courses(world, clean):
    invoice = student_who_paid(world, plan="one-off")
    target = group(world)
    plan = transfer_plan.preview_transfer(enrollment_id=invoice.enrollment_id, group_id=target.pk)
    made = move(invoice, target)
    old = why.explain(student_id=invoice.student_id, course_id=invoice.enrollment.group.course_id)
    new = why.explain(student_id=invoice.student_id, course_id=target.course_id)
    assert (old.state, new.state) == ("suspended", "open")
    assert (new.state, new.until) == (plan.new_access.state, plan.new_access.until)
    assert "evening suits better" in old.sentence
    ground = AccessGrant.objects.get(enrollment=made.transfer.to_enrollment_id)
    assert ground.opens_at >= made.transfer.made_at - dt.timedelta(seconds=5)


def test_a_part_that_was_used_up_keeps_its_days(world, clean):
    invoice = student_who_paid(world, held=3)  # all lessons of the first part
    made = move(invoice, group(world))
    assert (made.used_minor, made.carried_minor) == (30_000 * DRAM, 0)
    old = why.explain(student_id=invoice.student_id, course_id=invoice.enrollment.group.course_id)
    assert old.state == "open"


def test_the_preview_tells_what_happens_and_changes_nothing(world, clean):
    invoice = student_who_paid(world)
    target = group(world, price=60_000)
    before = facts_of(invoice.student_id)
    plan = transfer_plan.preview_transfer(enrollment_id=invoice.enrollment_id, group_id=target.pk)
    assert facts_of(invoice.student_id) == before
    made = move(invoice, target, seen=plan.seen)
    parts = [
        (line.installment.expected_minor, line.paid_minor, line.due_date)
        for line in balances.schedule_of(invoice_id=made.new_invoice_id)
    ]
    assert parts == [(new.part.amount_minor, new.paid_minor, new.part.due_date) for new in plan.new]
    assert (made.used_minor, made.carried_minor, made.lowered_minor, made.credit_minor) == (
        plan.used_minor,
        plan.carried_minor,
        plan.lowered_minor,
        plan.credit_minor,
    )


def test_one_event_tells_every_number(world, clean):
    invoice = student_who_paid(world)
    made = move(invoice, group(world))
    event = TimelineEvent.objects.get(kind="transferred")
    assert event.reason == "evening suits better"
    assert event.data["carried_minor"] == 10_000 * DRAM
    assert event.data["owed_minor"] == made.price_minor - made.carried_minor
    assert event.after["invoice"] == made.new_invoice.number


def test_a_second_time_is_refused_and_changes_nothing(world, clean):
    invoice = student_who_paid(world)
    target = group(world)
    move(invoice, target)
    before = facts_of(invoice.student_id)
    for again in (target, group(world)):
        with pytest.raises(moving.TransferRefused, match="already"):
            move(invoice, again)
    assert facts_of(invoice.student_id) == before


def test_the_moved_student_moves_on_with_what_is_left(world, clean):
    invoice = student_who_paid(world, plan="one-off")
    first = move(invoice, group(world))
    second = move(first.new_invoice, group(world))
    assert second.carried_minor == first.carried_minor == 70_000 * DRAM


def test_an_effect_that_changed_meanwhile_is_shown_again(world, clean):
    invoice = student_who_paid(world)
    target = group(world)
    plan = transfer_plan.preview_transfer(enrollment_id=invoice.enrollment_id, group_id=target.pk)
    invoice.enrollment.group.lessons.filter(number=3).update(held_at=clock.now())
    with pytest.raises(transfers.ChangedMeanwhile):
        move(invoice, target, seen=plan.seen)
    assert not Transfer.objects.exists()


def test_money_for_the_old_link_after_the_transfer_is_accepted_as_credit(world, clean):
    invoice = student_who_paid(world)
    link = world.link(invoice, number=2)
    payment = world.attempt(link)
    move(invoice, group(world))
    link.refresh_from_db()
    assert link.state == PaymentLink.State.SUPERSEDED
    world.buyer_pays(payment)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
    assert balances.credits_of(student_id=invoice.student_id) == [(payment, link.amount_minor)]
    assert doubtful.open_tasks() == ["second_payment"]
    assert world.installment(invoice, 2).state == STATE.MOVED
    assert not AccessGrant.objects.filter(
        source__startswith=f"installment:{link.lines.get().installment_id}:paid"
    )


def test_money_that_the_bank_has_already_is_found_before_and_goes_along(world, clean):
    invoice = student_who_paid(world)
    payment = world.attempt(world.link(invoice, number=2))
    world.buyer_pays(payment)
    made = move(invoice, group(world))
    assert made.carried_minor == 40_000 * DRAM
    assert doubtful.open_tasks() == []


def refused(invoice, target, error, words):
    before = facts_of(invoice.student_id)
    with pytest.raises(error, match=words):
        transfer_plan.preview_transfer(enrollment_id=invoice.enrollment_id, group_id=target.pk)
    with pytest.raises(error, match=words):
        move(invoice, target)
    assert facts_of(invoice.student_id) == before


def test_a_full_group_takes_nobody(world, clean):
    target = group(world, capacity=1)
    world.invoice(group=target)
    refused(student_who_paid(world), target, enrolling.EnrollmentRefused, "places")


def test_money_does_not_change_its_currency(world, clean):
    refused(student_who_paid(world), group(world, currency="USD"), moving.TransferRefused, "currencies")


def test_money_does_not_change_its_legal_entity(world, clean):
    target = group(world)
    target.legal_entity = LegalEntity.objects.create(code="other", name="Other", tax_id="00000002")
    target.save()
    refused(student_who_paid(world), target, moving.TransferRefused, "legal entities")


def test_the_same_group_is_no_transfer(world, clean):
    invoice = student_who_paid(world)
    refused(invoice, invoice.enrollment.group, moving.TransferRefused, "already")


def test_held_lessons_that_nobody_paid_are_paid_first(world, clean):
    invoice = world.invoice(group=group(world), plan="three-parts")
    refused(invoice, group(world), moving.TransferRefused, "20000.* not paid")


def test_a_group_without_a_lesson_to_come_is_refused(world, clean):
    refused(student_who_paid(world), group(world, held=9), moving.TransferRefused, "No lesson is left")


def test_a_plan_that_wants_a_person_waits_for_the_person(world, clean):
    invoice = student_who_paid(world, plan="reviewed")
    with pytest.raises(moving.TransferRefused, match="look at the payment"):
        move(invoice, group(world))
    assert not Transfer.objects.exists()


def test_a_reason_is_asked_for(world, clean):
    with pytest.raises(moving.TransferRefused, match="why"):
        move(student_who_paid(world), group(world), reason="  ")
    assert not TransferSettlement.objects.exists()


def test_the_last_evening_of_a_month_in_yerevan_counts_as_that_day(world, clean, shift_clock):
    end_of_january = dt.datetime(2027, 1, 31, 23, 59, 30, tzinfo=clock.SCHOOL_ZONE)
    shift_clock(seconds=(end_of_january - clock.now()).total_seconds())
    invoice = student_who_paid(world)
    made = move(invoice, group(world))
    assert made.transfer.day == made.transfer.to_enrollment.period_from == dt.date(2027, 1, 31)


def test_a_price_below_the_number_of_parts_is_refused_before_anything_moves(world, clean):
    target = group(world, price=1, held=0, starts_on=clock.today())
    refused(student_who_paid(world), target, schedule.ImpossibleSchedule, "part")


def test_somebody_who_studies_there_already_does_not_move_there(world, clean):
    invoice = student_who_paid(world)
    target = group(world)
    invoicing.enroll_and_invoice(
        student_id=invoice.student_id, group_id=target.pk, plan_code="one-off", actor=timeline.SYSTEM
    )
    refused(invoice, target, enrolling.AlreadyEnrolled, "already enrolled")
