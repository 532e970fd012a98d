"""From the due date to the mail, from the mail to the bank, and not a word after the money is there."""

import re

import pytest
from django.apps import apps
from django.core import mail
from django.test import Client

from access.models import CourseAccess
from billing import check_ledger, daily, links
from billing.models import Installment
from billing.reminders import default_steps, unanswered
from billing.tasks import remind
from students.models import OperatorTask

pytestmark = pytest.mark.django_db

DAY = 86_400


@pytest.fixture
def turn_to(shift_clock, settings):
    settings.REMINDER_QUIET_HOURS = ""  # the hour of the day is not the matter here
    default_steps.write_default_steps(apps)

    def turn(day):
        shift_clock(seconds=day * DAY)
        daily.expire_links()
        daily.mark_due()
        daily.mark_overdue()
        remind()

    return turn


def address_in(letter):
    return re.search(r"https?://\S+?(/\S+)", letter.body)[1]


def test_a_student_who_is_reminded_pays_by_the_mail_and_hears_no_more(world, turn_to):
    invoice = world.invoice(plan="three-parts", student=world.student(language="hy"))
    world.paid(world.link(invoice))
    turn_to(27)
    turn_to(30)
    soon, today = mail.outbox
    assert soon.subject.startswith("Վճարման օրը մոտենում է")
    assert today.subject.startswith("Վճարման օրն է")
    assert address_in(soon) == address_in(today), "one active link"
    assert Client().get(address_in(today)).status_code == 200

    link = links.find_by_token(address_in(today).strip("/").rsplit("/", 1)[1])
    world.paid(link)
    for day in (31, 33, 35, 36):
        turn_to(day)
    assert len(mail.outbox) == 2
    assert world.installment(invoice, 2).state == Installment.State.PAID
    assert CourseAccess.objects.get(student_id=invoice.student_id).state == CourseAccess.State.OPEN
    assert check_ledger.problems() == []


def test_who_never_answers_is_called_by_a_person_who_may_then_be_overtaken_by_the_money(world, turn_to):
    invoice = world.invoice(plan="three-parts")
    world.paid(world.link(invoice))
    for day in range(27, 37):
        turn_to(day)
    assert len(mail.outbox) == 5
    task = OperatorTask.objects.get(kind="reminders_unanswered")
    world.paid(invoice.links.get(state="active"))
    unanswered.sweep()
    task.refresh_from_db()
    assert (task.state, task.resolution) == ("resolved", "facts")
