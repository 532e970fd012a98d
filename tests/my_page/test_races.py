"""Two presses at the same moment, in processes of their own: one link, one session, one task, one mail."""

import pytest
from django.core.cache import cache

from billing import wishes
from billing.models import PaymentLink
from students import entering
from students.models import CrmNote, OperatorTask, StudentEntry, TimelineEvent
from tests import processes
from tests.my_page import inside, jobs
from tests.processes import Job

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


def at_once(act, **arguments):
    return processes.values(processes.together([Job(act=act, arguments=arguments)] * AT_ONCE))


def test_pressed_at_once_the_part_has_one_link(world):
    invoice = world.invoice(plan="three-parts")
    facts = {"student_id": invoice.student_id, "installment_id": world.installment(invoice).pk}
    assert set(at_once(jobs.pay, **facts)) == {PaymentLink.objects.get().pk}


def test_pressed_at_once_the_mailed_link_opens_once(world):
    token = inside.link_of(world.student()).removeprefix("/my/open/").rstrip("/")
    opened = at_once(jobs.press, token=token)
    assert sorted(map(bool, opened)) == [False] * (AT_ONCE - 1) + [True]
    assert TimelineEvent.objects.filter(kind="entry_opened").count() == 1


def test_asked_at_once_a_wish_is_one_task_with_one_note(world):
    invoice = world.invoice()
    facts = {"kind": wishes.PAUSE, "words": "in May", "enrollment_id": invoice.enrollment_id}
    asked = at_once(jobs.wish, student_id=invoice.student_id, **facts)
    assert sorted(map(bool, asked)) == [False] * (AT_ONCE - 1) + [True]
    assert (OperatorTask.objects.count(), CrmNote.objects.count()) == (1, 1)


def test_two_workers_send_one_mail(world):
    entering.ask_for_link(email=world.student().email)
    assert sum(at_once(jobs.mail_links)) == 1
    assert StudentEntry.objects.get().mailed_at
