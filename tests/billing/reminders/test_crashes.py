"""Two sweeps at one moment, and `kill -9` at each named place of a reminder's way: one mail at the most."""

import datetime as dt
import time

import pytest

from billing.models import Reminder
from billing.reminders import sending
from students.models import TimelineEvent
from tests import processes
from tests.billing.reminders import jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DUE = dt.date(2027, 3, 31)


def runs_that_follow() -> int:
    """The server frees a dead process's lock within moments; a run that comes before passes the student by."""
    for _ in range(100):
        if sent := sending.remind():
            return sent
        time.sleep(0.05)
    return 0


def test_two_sweeps_at_once_write_once_to_each(world, owing, turn_to, mail_server):
    turn_to(dt.date(2027, 3, 1), 13)
    for _ in range(5):
        group = world.group(starts_on=dt.date(2027, 3, 1), days=90)
        world.invoice(group=group, plan="three-parts")
    turn_to(DUE)
    sweep = processes.Job(act=jobs.remind, arguments={"port": mail_server.port})
    sent = processes.values(processes.together([sweep, sweep, sweep]))
    sent.append(sending.remind())  # whom all of them passed by
    assert sum(sent) == len(mail_server.mails) == 6
    assert len({mail["To"] for mail in mail_server.mails}) == 6


@pytest.mark.parametrize("point", ["reminder.before_lock", "link.before_commit", "reminder.before_commit"])
def test_death_before_our_row_is_committed_costs_nothing(owing, turn_to, mail_server, point):
    turn_to(DUE)
    assert processes.alone(jobs.remind, crash_at=point, port=mail_server.port).was_killed
    assert not Reminder.objects.exists()
    assert runs_that_follow() == 1
    assert len(mail_server.mails) == 1


@pytest.mark.parametrize(
    ("point", "mails"),
    [("reminder.after_commit", 0), ("reminder.after_send", 1), ("reminder.before_note_commit", 1)],
)
def test_death_between_commit_and_note_is_unknown_and_never_sent_again(
    owing, turn_to, mail_server, point, mails
):
    turn_to(DUE)
    assert processes.alone(jobs.remind, crash_at=point, port=mail_server.port).was_killed
    assert Reminder.objects.get().state == "sending"
    assert sending.remind() == 0
    turn_to(DUE, 12, 16)
    assert sending.remind() == 0
    assert len(mail_server.mails) == mails
    assert Reminder.objects.get().state == "unknown"
    assert TimelineEvent.objects.filter(kind="reminder_unknown").count() == 1


def test_a_payment_that_settles_at_the_same_moment_and_a_reminder_order_themselves(
    world, owing, turn_to, mail_server
):
    turn_to(DUE)
    payment = world.attempt(world.link(owing.invoice, number=2))
    world.buyer_pays(payment)
    outcomes = processes.together(
        [
            processes.Job(act=jobs.settle, arguments={"payment_id": payment.pk}),
            processes.Job(act=jobs.remind, arguments={"port": mail_server.port}),
        ]
    )
    assert processes.values(outcomes)[0] == "verified"
    assert sending.remind() == 0
    assert mail_server.mails == []
