"""The learning platform follows access: told once, told again, and visible where it was not (promise 14)."""

import pytest
from django.contrib.auth.models import User

from access import by_hand, grants, sync, sync_answers, sync_queue
from access.models import AccessGrant, AccessSync
from billing.models import Payment
from common import clock
from students import timeline
from students.models import OperatorTask, TimelineEvent
from tests import processes
from tests.access import lms_sites

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=lms_sites.KINDS)
def site(request, sandbox, settings):
    return lms_sites.Site(sandbox, kind=request.param).use(settings)


@pytest.fixture
def opened(world, site):
    """A student whose course in the LMS was paid and is open here."""
    return lms_sites.opened(world)


def told(student_id):
    kinds = TimelineEvent.objects.filter(student_id=student_id, kind__startswith="lms_").order_by("id")
    return list(kinds.values_list("kind", flat=True))


def row():
    return AccessSync.objects.get()


def take_away(link):
    for grant in AccessGrant.objects.filter(withdrawn_at=None, student_id=link.student_id):
        timeline.record(
            grants.withdraw_grounds(
                student_id=grant.student_id,
                course_id=grant.course_id,
                sources=[grant.source],
                reason="test",
                actor=timeline.SYSTEM,
            )
        )


def test_a_payment_opens_the_course_there_too(opened, site):
    assert sync.sweep() == 1
    assert [one["is_active"] for one in site.enrolments] == [1]
    assert (row().confirmed_open, row().next_attempt_at) == (True, None)
    assert told(opened.student_id) == ["lms_confirmed"]
    assert sync.sweep() == 0  # nothing is left to tell


def test_closing_suspends_there(opened, site):
    sync.sweep()
    take_away(opened)
    sync.sweep()
    assert [one["is_active"] for one in site.enrolments] == [0]
    assert told(opened.student_id) == ["lms_confirmed", "lms_confirmed"]


def test_a_course_without_the_lms_is_nothing_to_do(world, site):
    world.paid()
    assert sync.sweep() == 0
    assert not AccessSync.objects.exists()


def test_a_platform_that_is_down_is_asked_again_and_money_stays(opened, site, shift_clock):
    site.sandbox.fault("drop-before", login=site.token)
    sync.sweep()
    assert row().attempts == 1
    assert "No answer" in row().last_error
    assert sync.sweep() == 0  # not before its time
    assert Payment.objects.get().state == Payment.State.VERIFIED
    shift_clock(seconds=120)
    assert sync.sweep() == 1
    assert (row().confirmed_open, row().last_error) == (True, "")


def test_after_the_last_try_a_person_is_asked_and_the_task_closes_itself(opened, site, shift_clock):
    site.sandbox.fault("fault500", login=site.token, times=None)
    for number in range(len(sync_answers.DELAYS) + 1):
        shift_clock(seconds=number * 86400)
        sync.sweep()
    task = OperatorTask.objects.get(kind=sync_answers.KIND)
    assert told(opened.student_id) == ["lms_failed"]
    site.sandbox.clear_faults(login=site.token)
    sync_queue.send_again(sync_id=row().pk, actor=timeline.SYSTEM)
    sync.sweep()
    task.refresh_from_db()
    assert (task.state, task.resolution) == (OperatorTask.State.RESOLVED, "facts")


def test_a_missing_user_is_a_persons_matter_at_once(opened, site):
    site.users("somebody")
    sync.sweep()
    assert OperatorTask.objects.filter(kind=sync_answers.KIND).count() == 1
    assert row().next_attempt_at is None
    site.users("ani")
    sync_queue.send_again(sync_id=row().pk, actor=timeline.SYSTEM)
    sync.sweep()
    assert not OperatorTask.objects.filter(kind=sync_answers.KIND).exclude(state="resolved").exists()


@pytest.mark.parametrize("point", ["lms.before_call", "lms.after_call"])
def test_a_sweeper_that_dies_is_followed_by_one_that_tells_it_once(opened, site, shift_clock, point):
    (outcome,) = processes.together([site.job(crash_at=point)])
    assert outcome.was_killed
    assert row().confirmed_open is None
    assert sync.sweep() == 0  # the lease of the dead one runs
    shift_clock(seconds=sync_queue.LEASE.total_seconds() + 1)
    assert sync.sweep() == 1
    assert [one["changes"] for one in site.enrolments] == [1]
    assert told(opened.student_id) == ["lms_confirmed"]


def test_two_sweepers_at_once_tell_it_once(opened, site):
    outcomes = processes.together([site.job(), site.job()])
    assert [outcome.error for outcome in outcomes] == ["", ""]
    assert [one["changes"] for one in site.enrolments] == [1]
    assert told(opened.student_id) == ["lms_confirmed"]


def test_what_changed_while_it_was_told_is_told_again(opened, site, monkeypatch):
    tell = sync._tell

    def tell_and_change(*given):
        tell(*given)
        monkeypatch.setattr(sync, "_tell", tell)
        take_away(opened)
        sync_queue.queue()

    monkeypatch.setattr(sync, "_tell", tell_and_change)
    assert sync.sweep() == 2
    assert [one["is_active"] for one in site.enrolments] == [0]


def test_a_course_opened_by_hand_is_told_with_its_end(world, site):
    group = world.group()
    group.course.lms_id = "77"
    group.course.save()
    by_hand.open_by_hand(
        student_id=world.student(lms_id="ani").pk,
        course_id=group.course_id,
        until=clock.today(),
        reason="a test",
        actor=timeline.Actor.person(world_user()),
    )
    sync.sweep()
    assert row().confirmed_until == clock.end_of(clock.today())


def world_user():
    return User.objects.create_user("maria")
