"""The page of the desk: who sees which tasks, takes them and may decide; two people never decide the same."""

import datetime as dt
import html as markup
import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import check_ledger, held, task_facts
from billing.models import HoldDecision
from common import clock
from students import deciding, operator_tasks, timeline
from students.models import OperatorTask, TimelineEvent
from tests.backoffice.people import person, words_of
from tests.billing import doubtful
from tests.desk.deciding import decide, effect, only_task


def read(client, query=""):
    answer = client.get(reverse("desk") + query)
    assert answer.status_code == 200
    return words_of(answer.content.decode())


def some_task(number=1, *, hours=4, student=None):
    return operator_tasks.open_task(
        kind="second_payment",
        key=f"test:{number}",
        student_id=student.pk if student else None,
        due_in_hours=hours,
    )


def test_a_stranger_is_sent_to_the_login(db):
    assert Client().get(reverse("desk"))["Location"].startswith(reverse("admin:login"))


def test_without_the_right_to_see_tasks_the_desk_is_refused(db):
    task = some_task()
    stranger = person()
    assert stranger.get(reverse("desk")).status_code == 403
    assert stranger.get(reverse("desk-task", args=[task.pk])).status_code == 403
    assert stranger.post(reverse("desk-take", args=[task.pk])).status_code == 403
    assert stranger.post(reverse("desk-claim"), {"text": "1"}).status_code == 403


def test_an_empty_desk_says_so(support):
    assert "Nothing waits here" in read(support)
    assert "Nothing was decided yet" in read(support, "?whose=done")


def test_mine_all_overdue_and_decided_are_told_apart(support, shift_clock):
    first, second = some_task(1, hours=1), some_task(2, hours=9)
    support.post(reverse("desk-take", args=[first.pk]))
    shift_clock(seconds=2 * 3600)
    assert "All 2 Mine 1 Nobody's 1 Overdue 1" in markup.unescape(read(support))
    assert "overdue" in read(support, "?whose=mine")
    assert "nobody's yet" not in read(support, "?whose=overdue").replace("&#x27;", "'")
    deciding.resolve_task(
        task_id=second.pk,
        resolution="keep",
        data={},
        reason="fine",
        actor=timeline.Actor.person(support.user),
    )
    assert "Մարիամ" in read(support, "?whose=done")


@pytest.mark.parametrize("query", ["?whose=x&kind=y&start=z", "?start=99999999999", "?start=-1", "?kind=%00"])
def test_a_mangled_address_shows_the_desk(support, query):
    some_task()
    read(support, query)


def test_kinds_are_chips_and_choose(world, support):
    doubtful.held(world)
    some_task()
    assert "Money came that differs" in read(support, "?kind=payment_held")
    assert "Paid twice 1" in read(support)


def test_the_desk_reads_the_same_number_of_times_however_many_tasks_there_are(world, support):
    some_task(0, student=world.student())
    read(support)
    with CaptureQueriesContext(connection) as few:
        read(support)
    for number in range(1, 60):
        some_task(number, student=world.student() if number < 4 else None)
    with CaptureQueriesContext(connection) as many:
        words = read(support)
    assert len(few) == len(many)
    assert "More tasks" in words
    read(support, "?start=50")


def test_a_task_is_taken_and_taken_over(support, manager):
    task = some_task()
    support.post(reverse("desk-take", args=[task.pk]))
    manager.post(reverse("desk-take", args=[task.pk]))
    manager.post(reverse("desk-take", args=[task.pk]))
    task.refresh_from_db()
    assert (task.state, task.owner) == ("in_progress", manager.user)
    assert TimelineEvent.objects.filter(kind="task_taken").count() == 2


def test_a_task_waits_until_a_day_with_a_reason(world, support):
    doubtful.paid_twice(world)
    task = only_task()
    day = clock.today() + dt.timedelta(days=3)
    address = reverse("desk-postpone", args=[task.pk])
    assert (
        support.post(address, {"until": day.isoformat(), "reason": "the bank answers on Monday"}).status_code
        == 302
    )
    task.refresh_from_db()
    assert task.due_at == clock.end_of(day)
    assert TimelineEvent.objects.get(kind="task_postponed").reason == "the bank answers on Monday"
    for bad in (
        {"until": "2001-01-01", "reason": "x"},
        {"until": day.isoformat(), "reason": ""},
        {"until": "soon"},
    ):
        assert support.post(address, bad).status_code == 422


def test_support_sees_who_decides_about_money_and_cannot(world, support):
    doubtful.held(world)
    task = only_task()
    page = words_of(support.get(reverse("desk-task", args=[task.pk])).content.decode())
    assert "Accept the difference decided by a manager, an accountant" in page
    address = reverse("desk-resolve", args=[task.pk, "accept"])
    assert support.get(address).status_code == 403
    assert support.post(address, {"do": "1", "reason": "please", "seen": ""}).status_code == 403
    assert only_task().state == "open"


@pytest.mark.parametrize("code", ["burn", "refund"])
def test_an_end_that_does_not_exist_is_not_found(manager, code):
    task = some_task()
    assert manager.get(reverse("desk-resolve", args=[task.pk, code])).status_code == 404


def test_without_a_reason_nothing_is_decided(world, manager):
    doubtful.held(world)
    answer = decide(manager, only_task(), "accept", reason="  ")
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    assert not HoldDecision.objects.exists()


def test_nobody_confirms_what_he_did_not_see(world, manager):
    doubtful.held(world)
    task = only_task()
    answer = manager.post(
        reverse("desk-resolve", args=[task.pk, "accept"]), {"do": "1", "reason": "quick", "seen": "else"}
    )
    assert answer.status_code == 422
    assert "This is what would happen now" in answer.content.decode()
    assert not HoldDecision.objects.exists()


def test_htmx_gets_the_effect_alone(world, manager):
    doubtful.held(world)
    answer = manager.post(
        reverse("desk-resolve", args=[only_task().pk, "accept"]),
        {"reason": ""},
        headers={"HX-Request": "true"},
    )
    html = answer.content.decode()
    assert "What will happen" in html
    assert "<html" not in html


def test_the_slower_of_two_people_is_told_who_was_faster(world, manager):
    payment = doubtful.held(world)
    task = only_task()
    _words, seen = effect(manager, task, "accept")
    held.resolve_held_payment(
        payment_id=payment.pk, decision="credit", reason="by phone", actor=doubtful.colleague()
    )
    answer = manager.post(
        reverse("desk-resolve", args=[task.pk, "accept"]), {"do": "1", "reason": "mine", "seen": seen}
    )
    assert answer.status_code == 422
    assert HoldDecision.objects.count() == 1
    with pytest.raises(deciding.TaskRefused, match="facts arrived"):
        deciding.take_task(task_id=task.pk, actor=timeline.Actor.person(manager.user))


@pytest.mark.django_db(transaction=True)
def test_two_people_who_decide_at_once_make_one_decision(world):
    doubtful.held(world)
    task = only_task()
    actors = [doubtful.colleague(), doubtful.colleague("accountant")]
    gate, outcomes = threading.Barrier(2), []

    def run(actor, resolution):
        gate.wait()
        try:
            deciding.resolve_task(
                task_id=task.pk, resolution=resolution, data={}, reason="at once", actor=actor
            )
            outcomes.append("done")
        except deciding.TaskRefused as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=[actors[0], "accept"]),
        threading.Thread(target=run, args=[actors[1], "not_ours"]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1] == "done" or sorted(outcomes)[0] == "done"
    assert len([outcome for outcome in outcomes if "was faster" in outcome]) == 1
    assert HoldDecision.objects.count() == 1
    assert OperatorTask.objects.get(pk=task.pk).state == "resolved"
    assert check_ledger.problems() == []


def test_a_bank_that_speaks_of_a_strange_order_is_told_by_its_name(world):
    account = world.accounts["arca"]
    known, gone = (
        OperatorTask(kind="unknown_order", data={"account": code, "order": "2999999"})
        for code in (account.code, "switched-off")
    )
    assert dict(task_facts.of_order(known))["Bank"] == account.name
    assert dict(task_facts.of_order(gone))["Bank"] == "switched-off"
