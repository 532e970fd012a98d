"""Giving a student more time: the due date moves with its grace and the access behind it, and nothing that is owed changes."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.urls import reverse

from access import why
from access.models import AccessGrant
from billing import balances, daily, due_dates
from billing.models import Installment
from common import clock
from common.errors import DomainError
from students import timeline
from students.models import TimelineEvent
from tests.backoffice.people import person

MANAGER = timeline.SYSTEM


def until(day: dt.date) -> float:
    return (clock.start_of(day) - dt.datetime.now(dt.UTC)).total_seconds()


def move(installment, days, reason="She asked for a week"):
    to = installment.due_date + dt.timedelta(days=days)
    return due_dates.move_due_date(installment_id=installment.pk, to=to, reason=reason, actor=MANAGER)


def test_the_due_date_moves_with_its_grace_and_tells_who_and_why(world):
    invoice = world.invoice(plan="three-parts")
    second = world.installment(invoice, 2)
    moved = move(second, 7)
    assert moved.due_date - second.due_date == moved.grace_date - second.grace_date == dt.timedelta(days=7)
    event = TimelineEvent.objects.get(kind="due_date_moved")
    assert (event.reason, event.before["due_date"], event.after["due_date"]) == (
        "She asked for a week",
        second.due_date.isoformat(),
        moved.due_date.isoformat(),
    )
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == invoice.full_minor


def test_what_is_overdue_waits_again_and_becomes_overdue_on_its_new_day(world, shift_clock):
    first = world.installment(world.invoice(plan="three-parts"))
    shift_clock(seconds=until(first.grace_date + dt.timedelta(days=1)))
    daily.mark_overdue()
    moved = move(Installment.objects.get(pk=first.pk), 20)
    assert moved.state == Installment.State.SCHEDULED
    assert TimelineEvent.objects.get(kind="installment_waits_again").before == {"state": "overdue"}
    assert daily.mark_overdue() == 0
    shift_clock(seconds=until(moved.grace_date + dt.timedelta(days=1)))
    daily.mark_due()
    assert daily.mark_overdue() == 1


def test_what_is_partly_paid_stays_partly_paid(world, shift_clock):
    invoice = world.invoice(plan="flexible")
    world.paid(world.link(invoice, amount_minor=1_000_000))
    first = world.installment(invoice)
    shift_clock(seconds=until(first.grace_date + dt.timedelta(days=1)))
    daily.mark_overdue()
    moved = move(world.installment(invoice), 30)
    assert moved.state == Installment.State.PARTLY_PAID


def test_access_that_waits_for_the_money_waits_as_much_longer(world, shift_clock):
    invoice = world.invoice(plan="three-parts")
    world.paid(world.link(invoice))
    second = world.installment(invoice, 2)
    course_id = invoice.enrollment.group.course_id
    moved = move(second, 10)
    grace = AccessGrant.objects.get(source=f"installment:{second.pk}:grace", withdrawn_at=None)
    assert grace.closes_at == clock.end_of(moved.grace_date)
    assert (
        AccessGrant.objects.filter(source=grace.source).count() == 2
    )  # what was promised before stays in the history
    shift_clock(seconds=until(second.grace_date + dt.timedelta(days=2)))
    assert why.explain(student_id=invoice.student_id, course_id=course_id).state == "grace"
    shift_clock(seconds=until(moved.grace_date + dt.timedelta(days=1)))
    assert why.explain(student_id=invoice.student_id, course_id=course_id).state == "suspended"
    assert not TimelineEvent.objects.filter(
        kind="access_suspended", at__lt=clock.start_of(second.due_date)
    ).exists()


def test_a_grace_that_was_never_given_is_not_given_by_more_time(world):
    invoice = world.invoice(plan="three-parts")
    move(world.installment(invoice, 2), 10)
    assert not AccessGrant.objects.exists()


@pytest.mark.parametrize(
    ("days", "reason", "code"),
    [
        (0, "why", "bad-due-date"),
        (-200, "why", "bad-due-date"),
        (500, "why", "bad-due-date"),
        (7, " ", "bad-due-date"),
    ],
)
def test_a_day_that_makes_no_sense_is_refused_and_changes_nothing(world, days, reason, code):
    second = world.installment(world.invoice(plan="three-parts"), 2)
    with pytest.raises(DomainError) as refused:
        move(second, days, reason)
    assert refused.value.code == code
    assert Installment.objects.get(pk=second.pk).due_date == second.due_date
    assert not TimelineEvent.objects.filter(kind="due_date_moved").exists()


def test_what_is_paid_has_no_due_date_to_move(world):
    invoice = world.invoice()
    world.paid(world.link(invoice))
    with pytest.raises(due_dates.NotOwed):
        move(world.installment(invoice), 7)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_move_the_same_date_at_once_move_it_once(world):
    second = world.installment(world.invoice(plan="three-parts"), 2)
    refused = []

    def go():
        try:
            move(second, 7)
        except due_dates.BadDueDate as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert TimelineEvent.objects.filter(kind="due_date_moved").count() == 1


def test_a_manager_moves_it_on_a_page_and_others_may_not(world):
    second = world.installment(world.invoice(plan="three-parts"), 2)
    page = reverse("admin:billing_installment_move_due_date", args=[second.pk])
    manager, support = person(role="manager"), person(role="support")
    assert page in manager.get(reverse("admin:billing_installment_changelist")).content.decode()
    assert page not in support.get(reverse("admin:billing_installment_changelist")).content.decode()
    assert support.get(page).status_code == 403
    to = second.due_date + dt.timedelta(days=3)
    refused = manager.post(page, {"to": "2020-01-01", "reason": "late"})
    assert "This day is over" in refused.content.decode()
    answer = manager.post(page, {"to": to.isoformat(), "reason": "Salary comes on the 10th"})
    assert answer.status_code == 302
    assert Installment.objects.get(pk=second.pk).due_date == to
