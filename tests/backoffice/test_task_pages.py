"""A task is taken by a person and decided with a reason."""

import pytest
from django.urls import reverse

from students import operator_tasks
from students.models import OperatorTask, TimelineEvent
from tests.backoffice.people import person, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(world):
    payment = world.attempt()
    operator_tasks.open_task(
        kind="payment_held",
        key="held:1",
        student_id=payment.student_id,
        due_in_hours=4,
        subject_kind="billing.payment",
        subject_id=payment.pk,
    )
    return OperatorTask.objects.get()


def door(name, task):
    return reverse(f"admin:students_operatortask_{name}", args=[task.pk])


def kinds_of(task):
    events = TimelineEvent.objects.filter(subject_kind="students.operatortask", subject_id=task.pk)
    return list(events.order_by("pk").values_list("kind", flat=True))


def test_the_page_says_what_happened_and_leads_to_the_record(task):
    html = person(role="support").get(door("change", task)).content.decode()
    assert "Money came that differs" in words_of(html)
    assert reverse("admin:billing_payment_change", args=[task.subject_id]) in html
    assert reverse("student-page", args=[task.student_id]) in html


def test_a_task_is_taken_once_and_may_change_hands(task):
    first, second = person(role="support"), person(role="manager")
    for client in (first, first, second):
        client.post(door("take", task))
    task.refresh_from_db()
    assert (task.owner, task.state) == (second.user, OperatorTask.State.IN_PROGRESS)
    assert kinds_of(task) == ["task_opened", "task_taken", "task_taken"]


def test_a_decision_needs_a_reason(task):
    client = person(role="support")
    answer = client.post(door("resolve", task), {"reason": "  "}, follow=True)
    assert "Write what was decided" in words_of(answer.content.decode())
    task.refresh_from_db()
    assert task.state == OperatorTask.State.OPEN


def test_a_decision_closes_the_task_for_good(task):
    client = person(role="support")
    client.post(door("resolve", task), {"reason": "Sent back by the bank"})
    again = client.post(door("resolve", task), {"reason": "Something else"}, follow=True)
    assert "resolved already" in words_of(again.content.decode())
    task.refresh_from_db()
    assert (task.state, task.reason, task.resolved_by) == (
        OperatorTask.State.RESOLVED,
        "Sent back by the bank",
        client.user,
    )
    assert kinds_of(task) == ["task_opened", "task_resolved"]
    assert "Sent back by the bank" in client.get(door("change", task)).content.decode()


@pytest.mark.parametrize("name", ["take", "resolve"])
def test_looking_changes_nothing_and_neither_does_a_stranger(task, name):
    assert person(role="support").get(door(name, task)).status_code == 403
    assert person().post(door(name, task), {"reason": "x"}).status_code == 403
    task.refresh_from_db()
    assert task.state == OperatorTask.State.OPEN


def test_an_unknown_task_is_not_found(db):
    address = reverse("admin:students_operatortask_take", args=[99])
    assert person(role="support").post(address).status_code == 404
