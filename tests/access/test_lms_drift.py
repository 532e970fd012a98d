"""What the platform holds against what access is: three kinds of difference, at a cost that does not grow with the rows."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access import drift, rules, standing, sync, sync_queue, why
from access.lms import base
from access.models import AccessGrant, AccessSync
from common import clock
from students import timeline
from students.models import TimelineEvent
from tests.access import lms_sites

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86_400


@pytest.fixture(params=lms_sites.KINDS)
def site(request, sandbox, settings):
    return lms_sites.Site(sandbox, kind=request.param).use(settings)


@pytest.fixture
def opened(world, site):
    link = lms_sites.opened(world)
    sync.sweep()
    return link


def row():
    return AccessSync.objects.get()


def told():
    kinds = TimelineEvent.objects.filter(kind__in=["lms_differs", "lms_agrees"]).order_by("id")
    return list(kinds.values_list("kind", flat=True))


def send_all_again():
    for one in AccessSync.objects.all():
        sync_queue.send_again(sync_id=one.pk, actor=timeline.SYSTEM)
    sync.sweep()


def test_what_agrees_is_looked_at_and_told_to_nobody(opened):
    assert drift.check() == 0
    assert row().seen_at is not None
    assert told() == []


def test_who_paid_and_was_closed_by_hand_there_is_found(opened, site):
    site.by_hand("ani", is_active=False)
    assert drift.check() == 1
    assert (row().drift, row().changed_there) == ("closed_there", True)
    assert drift.check() == 1  # the same again is no news
    assert told() == ["lms_differs"]
    send_all_again()
    assert drift.check() == 0
    assert site.enrolments[0]["is_active"] == 1


def test_who_is_in_there_without_a_ground_is_found(world, opened, site):
    stranger = world.student(lms_id="aram")
    site.by_hand("aram", is_active=True)
    assert drift.check() == 1
    found = AccessSync.objects.get(student=stranger)
    assert (found.drift, found.changed_there) == ("open_there", False)  # it never confirmed anything to us
    send_all_again()
    assert {one["username"]: one["is_active"] for one in site.enrolments} == {"ani": 1, "aram": 0}
    assert drift.check() == 0


def test_a_difference_that_was_put_right_there_is_told_and_forgotten(opened, site):
    site.by_hand("ani", is_active=False)
    drift.check()
    until = int(row().confirmed_until.timestamp())
    site.by_hand("ani", is_active=True, closes=until)
    assert drift.check() == 0
    assert (row().drift, row().changed_there) == ("", False)
    assert told() == ["lms_differs", "lms_agrees"]


def test_another_end_there_is_found_where_the_platform_tells_it(opened, site):
    site.by_hand("ani", is_active=True, closes=int(clock.now().timestamp()) + 900 * DAY)
    if site.kind == "signed_http":
        assert drift.check() == 1
        assert (row().drift, row().changed_there) == ("window_there", True)
    else:  # Moodle's list and Open edX show no window
        assert drift.check() == 0


def test_teachers_and_people_we_do_not_know_are_left_alone(opened, site):
    site.by_hand("teacher", is_active=True)
    assert drift.check() == 0
    assert AccessSync.objects.count() == 1


def test_what_is_still_to_be_told_is_no_difference(world, opened, site):
    lms_sites.opened(world, lms_id="aram", group=opened.group)
    assert drift.check() == 0
    assert AccessSync.objects.filter(drift="").count() == 2


def test_a_course_that_cannot_be_read_does_not_hold_up_the_others(world, opened, site):
    other = world.group()
    other.course.lms_id = "78"
    other.course.save()
    site.by_hand("ani", is_active=False)
    site.sandbox.fault("fault500", login=site.token)  # meets the first course
    with pytest.raises(ExceptionGroup) as raised:
        drift.check()
    [problem] = raised.value.exceptions
    assert isinstance(problem, base.LmsUnavailable)
    assert row().drift == ""  # what cannot be read says nothing
    assert drift.check() == 1


def test_an_answer_that_came_while_the_list_was_read_wins(opened, site, monkeypatch):
    """The list is older than the confirmation, so it cannot contradict it."""
    site.by_hand("ani", is_active=False)
    note = drift._note_unknown

    def note_and_send(*given):
        send_all_again()
        note(*given)

    monkeypatch.setattr(drift, "_note_unknown", note_and_send)
    assert drift.check() == 0
    assert told() == []


def test_the_number_of_statements_does_not_grow_with_the_students(world, site):
    def statements():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            drift.check()
        return len(seen)

    first = lms_sites.opened(world)
    sync.sweep()
    site.by_hand("ani", is_active=False)
    few = statements()
    names = [f"learner-{number}" for number in range(6)]
    site.users("ani", *names)
    for name in names:
        lms_sites.opened(world, lms_id=name, group=first.group)
    sync.sweep()
    for name in names:
        site.by_hand(name, is_active=False)
    AccessSync.objects.update(drift="")
    assert statements() == few
    assert AccessSync.objects.filter(drift="closed_there").count() == 7


@pytest.mark.parametrize("days", [-40, 0, 20, 400])
def test_many_at_once_are_judged_as_one_by_one(world, days):
    """The set-based reading and the sentence of the student page come from the same rules."""
    link = world.link()
    world.paid(link)
    student_id, course_id = link.student_id, link.course_id
    assert AccessGrant.objects.filter(student=student_id).exists()
    at = clock.now() + dt.timedelta(days=days)
    many = standing.verdicts(course_id=course_id, student_ids=[student_id], at=at)[student_id]
    one = why.explain(student_id=student_id, course_id=course_id, at=at)
    assert (many.state, many.closes_at if many.ground else None) == (one.state, one.until)


def test_a_row_that_is_closed_on_both_sides_agrees():
    closed = rules.evaluate(grounds=[], at=clock.now())
    found = drift.difference(row=AccessSync(confirmed_open=False), wanted=closed, seen=None)
    assert found == drift.Difference()
