"""The student pays, closes the tab and never comes back. The course opens all the same, within a minute."""

import datetime as dt

import pytest

from access.models import CourseAccess
from billing import check_ledger, tasks
from billing.models import Payment
from config.celery import app
from students.models import TimelineEvent

pytestmark = pytest.mark.django_db(transaction=True)

A_MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize("account", ["ameria", "arca"])
def test_the_sweeper_alone_opens_the_course(world, account, shift_clock):
    payment = world.attempt(account=account)
    assert world.buyer_pays(payment, "pay-and-close") == ""

    assert tasks.sweep_open_payments() == 0
    shift_clock(seconds=21)
    assert tasks.sweep_open_payments() == 1

    payment.refresh_from_db()
    assert payment.state == Payment.State.VERIFIED
    assert CourseAccess.objects.get(student=payment.student).state == CourseAccess.State.OPEN
    assert payment.answers.get().asked_by == "sweeper"
    assert not TimelineEvent.objects.filter(kind="link_opened").exists()
    assert check_ledger.problems() == []


def test_an_open_attempt_is_asked_about_within_a_minute_all_through_the_session(world, shift_clock):
    payment = world.attempt()
    turn = app.conf.beat_schedule["ask about open payments"]["schedule"]
    for minutes in range(0, 20, 2):
        payment.refresh_from_db()
        asked_at = payment.last_lookup_at or payment.created_at
        assert payment.next_lookup_at - asked_at + dt.timedelta(seconds=turn) < A_MINUTE
        shift_clock(seconds=minutes * 60 + 60)
        assert tasks.sweep_open_payments() == 1


def test_money_that_comes_after_the_session_is_found_by_the_later_questions(world, shift_clock):
    payment = world.attempt()
    shift_clock(seconds=30 * 60)
    tasks.sweep_open_payments()
    world.buyer_pays(payment, "pay-and-close", late=True)
    shift_clock(seconds=2 * 3600)
    tasks.sweep_open_payments()
    payment.refresh_from_db()
    assert payment.state == Payment.State.VERIFIED
