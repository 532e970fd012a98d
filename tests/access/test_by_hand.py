"""Access opened and closed by a person: reason, end, and nothing else is touched."""

import datetime as dt

import pytest
from django.utils import translation

from access import by_hand, why
from access.models import AccessGrant, CourseAccess
from access.tasks import follow_access_changes
from common import clock
from students.models import TimelineEvent
from tests.billing import doubtful


@pytest.fixture
def group(world):
    return world.group()


def opened(world, group, student=None, days=3):
    student = student or world.student()
    return by_hand.open_by_hand(
        student_id=student.pk,
        course_id=group.course_id,
        until=clock.today() + dt.timedelta(days=days),
        reason="trial week",
        actor=doubtful.colleague(),
    )


def close(grant, reason="it was a mistake"):
    return by_hand.close_by_hand(grant_id=grant.pk, reason=reason, actor=doubtful.colleague())


def test_what_a_person_opened_a_person_closes(world, group):
    opened(world, group)
    access = close(AccessGrant.objects.get())
    assert access.state == CourseAccess.State.SUSPENDED
    explained = why.explain(student_id=access.student_id, course_id=access.course_id)
    assert explained.state == "suspended"
    assert "taken back: it was a mistake." in explained.sentence
    grant = AccessGrant.objects.get()
    assert grant.withdrawn_reason == "it was a mistake"
    assert grant.withdrawn_by is not None
    assert grant.withdrawn_by.groups.get().name == "manager"
    assert TimelineEvent.objects.get(kind="access_closed_by_hand").actor_kind == "person"


def test_it_ends_by_itself(world, group, shift_clock):
    access = opened(world, group, days=1)
    shift_clock(seconds=3 * 86_400)
    assert why.explain(student_id=access.student_id, course_id=access.course_id).state == "suspended"
    follow_access_changes()
    access.refresh_from_db()
    assert access.state == CourseAccess.State.SUSPENDED
    with pytest.raises(by_hand.NotByHand, match="over already"):
        close(AccessGrant.objects.get())


def test_closing_leaves_what_was_paid(world):
    payment = doubtful.report_paid(world.attempt())
    opened(world, payment.group, payment.student)
    access = close(AccessGrant.objects.get(kind="manual"))
    assert access.state == CourseAccess.State.OPEN


def test_a_paid_ground_is_not_closed_by_hand(world):
    doubtful.report_paid(world.attempt())
    with pytest.raises(by_hand.NotByHand, match="does not come from a person"):
        close(AccessGrant.objects.get())


def test_closing_needs_a_reason_and_happens_once(world, group):
    opened(world, group)
    with pytest.raises(by_hand.BadWindow, match="Write why"):
        close(AccessGrant.objects.get(), reason="  ")
    close(AccessGrant.objects.get())
    with pytest.raises(by_hand.NotByHand):
        close(AccessGrant.objects.get())


@pytest.mark.parametrize(("language", "stop"), [("en", "."), ("ru", "."), ("hy", "։")])
@pytest.mark.parametrize("reason", ["trial week", "trial week.", "Փորձնական շաբաթ։"])
def test_the_sentence_ends_once_in_every_language(world, group, language, stop, reason):
    student = world.student()
    by_hand.open_by_hand(
        student_id=student.pk,
        course_id=group.course_id,
        until=clock.today() + dt.timedelta(days=3),
        reason=reason,
        actor=doubtful.colleague(),
    )
    with translation.override(language):
        sentence = why.explain(student_id=student.pk, course_id=group.course_id).sentence
    assert f"{reason.rstrip('.։')}{stop} " in sentence
    assert not any(double in sentence for double in ("..", "։.", ".։", "։։"))


def test_its_last_day_is_the_one_that_the_person_wrote(world, group):
    opened(world, group, days=3)
    grant = AccessGrant.objects.get()
    assert by_hand.last_day(grant) == clock.today() + dt.timedelta(days=3)
    assert by_hand.last_day(AccessGrant(closes_at=None)) is None
