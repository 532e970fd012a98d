"""A student hears once that a link ends: by day, not in a pause, not while paying, and never twice."""

import datetime as dt

import pytest

from billing import expiry_warnings, link_mail
from billing.models import PaymentLink
from common import clock
from students import timeline
from students.models import TimelineEvent
from tests import processes
from tests.billing.pausing_school import pause
from tests.faults import jobs
from tests.processes import Job

HOUR = 3600


@pytest.fixture
def at_noon(shift_clock):
    """Move to a day at noon, so that nobody sleeps."""

    def move(days):
        noon = clock.start_of(clock.today()) + dt.timedelta(days=days, hours=12)
        shift_clock(seconds=0)
        shift_clock(seconds=(noon - clock.now()).total_seconds())

    return move


@pytest.fixture
def link(world, at_noon):
    made = world.link(world.invoice(plan="three-parts"))  # seven days
    at_noon(7)
    return made


def told(link):
    return TimelineEvent.objects.filter(kind="link_end_told", subject_id=link.pk).count()


def test_told_once_in_the_students_language(link, mailoutbox):
    assert expiry_warnings.warn_of_expiry() == 1
    assert expiry_warnings.warn_of_expiry() == 0
    [mail] = mailoutbox
    assert link.course.title in mail.subject
    assert "Ձեր" in mail.subject
    assert link.token in mail.body
    assert told(link) == 1


def test_not_before_its_last_day_and_not_for_a_short_one(world, at_noon, mailoutbox):
    world.link(world.invoice(plan="three-parts"))
    short = world.link(expires_at=clock.now() + dt.timedelta(hours=20))
    at_noon(5)
    assert expiry_warnings.warn_of_expiry() == 0
    short.refresh_from_db()
    assert short.warned_at is None
    assert mailoutbox == []


def test_not_at_night(link, shift_clock, mailoutbox):
    night = clock.start_of(clock.today()) + dt.timedelta(hours=23)
    shift_clock(seconds=0)
    shift_clock(seconds=(night - clock.now()).total_seconds())
    assert expiry_warnings.warn_of_expiry() == 0
    assert mailoutbox == []


def test_not_after_another_message_today(link, mailoutbox):
    link_mail.send_payment_link(link_id=link.pk, actor=timeline.SYSTEM)
    assert expiry_warnings.warn_of_expiry() == 0
    assert len(mailoutbox) == 1


def test_not_while_it_is_being_paid(world, link, mailoutbox):
    world.attempt(link)
    assert expiry_warnings.warn_of_expiry() == 0
    assert mailoutbox == []


def test_not_in_a_pause(world, at_noon, mailoutbox):
    invoice = world.invoice(plan="three-parts")
    link = world.link(invoice)
    pause(invoice, 5, 12)
    at_noon(7)
    assert expiry_warnings.warn_of_expiry() == 0
    assert told(link) == 0


def test_those_that_wait_hold_up_nobody(world, at_noon, monkeypatch, mailoutbox):
    monkeypatch.setattr(expiry_warnings, "BATCH", 1)
    links = [world.link(world.invoice(plan="three-parts")) for _number in range(3)]
    at_noon(7)
    world.attempt(links[0])
    assert expiry_warnings.warn_of_expiry() == 2
    assert [told(link) for link in links] == [0, 1, 1]


def test_not_without_an_address(world, at_noon, mailoutbox):
    student = world.student(email="", phone="+37491000001")
    world.link(world.invoice(student=student, plan="three-parts"))
    at_noon(7)
    assert expiry_warnings.warn_of_expiry() == 0


def test_a_mail_that_fails_is_not_sent_again_and_is_told(link, monkeypatch, mailoutbox):
    def refuse(**_facts):
        raise OSError("the mail server is away")

    monkeypatch.setattr(link_mail, "send_payment_link", refuse)
    with pytest.raises(ExceptionGroup):
        expiry_warnings.warn_of_expiry()
    monkeypatch.undo()
    assert expiry_warnings.warn_of_expiry() == 0
    assert told(link) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_two_workers_tell_once_and_one_that_dies_tells_nobody_twice(world, at_noon):
    links = [world.link(world.invoice(plan="three-parts")) for _number in range(3)]
    at_noon(7)
    assert processes.alone(jobs.warn, crash_at="warning.after_mark").was_killed
    processes.values(processes.together([Job(act=jobs.warn, arguments={})] * 2))
    assert PaymentLink.objects.filter(warned_at__isnull=False).count() == 3
    assert sorted(told(link) for link in links) == [0, 1, 1]
