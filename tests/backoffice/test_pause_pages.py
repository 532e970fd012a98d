"""The pages that pause a student and end a pause: the effect first, then the deed, for those who may."""

import datetime as dt

import pytest
from django.urls import reverse

from common import clock
from courses.models import Pause, PauseLimits
from tests.backoffice.people import person, words_of
from tests.billing.pausing_school import pause, student_who_paid


@pytest.fixture
def invoice(world):
    return student_who_paid(world)


@pytest.fixture
def manager(invoice):
    return person(role="manager")


def address(invoice):
    return reverse("pause-student", args=[invoice.enrollment_id])


def change_address(made):
    return reverse("change-pause", args=[made.pk])


def filled(first=10, last=19, **facts):
    today = clock.today()
    return {
        "first_day": today + dt.timedelta(days=first),
        "last_day": today + dt.timedelta(days=last),
        "reason": "the family moves house",
        **facts,
    }


def test_the_student_page_leads_there_and_shows_the_pause(manager, invoice):
    student = reverse("student-page", args=[invoice.student_id])
    assert address(invoice) in manager.get(student).text
    made = pause(invoice, 10, 19)
    page = manager.get(student).text
    assert change_address(made) in page
    assert address(invoice) not in page
    assert "the family moves house" in page


def test_the_effect_is_shown_before_anything_moves(manager, invoice):
    assert "3 to 60 days" in words_of(manager.get(address(invoice)).text)
    page = manager.post(address(invoice), filled())
    assert page.status_code == 200
    words = words_of(page.text)
    for part in ("10 days", "Studies until", "Installment 2", "Paused:", "Pause the student"):
        assert part in words
    assert not Pause.objects.exists()


def test_what_was_seen_is_done_once_and_nobody_else_repeats_it(manager, invoice):
    seen = manager.post(address(invoice), filled()).context["plan"].seen
    done = manager.post(address(invoice), filled(do="1", seen=seen), follow=True)
    assert "Paused." in done.text
    again = manager.post(address(invoice), filled(do="1", seen=seen))
    assert (again.status_code, Pause.objects.count()) == (302, 1)
    other = person(role="manager").post(address(invoice), filled(do="1", seen=seen))
    assert (other.status_code, Pause.objects.count()) == (422, 1)
    assert "runs or is planned already" in other.text
    assert Pause.objects.get().made_by.username


def test_without_having_looked_the_effect_is_shown(manager, invoice):
    page = manager.post(address(invoice), filled(do="1"))
    assert "Something changed meanwhile" in page.text
    assert not Pause.objects.exists()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"first": 5, "last": 3}, "before the first day"),
        ({"first": 0, "last": 0}, "allows 3 to 60"),
        ({"first": -2, "last": 9}, "over"),
        ({"reason": " "}, "required"),
        ({"first_day": "yesterday"}, "valid date"),
    ],
)
def test_bad_days_get_a_sentence_and_nothing_is_stored(manager, invoice, facts, words):
    page = manager.post(address(invoice), filled(**facts))
    assert page.status_code == 422
    assert words in words_of(page.text)
    assert not Pause.objects.exists()


def test_a_pause_is_cancelled_before_it_begins(manager, invoice):
    made = pause(invoice, 10, 19)
    page = manager.post(change_address(made), {"what": "cancel", "reason": "stays after all"})
    assert "The pause does not take place" in words_of(page.text)
    done = manager.post(
        change_address(made),
        {"what": "cancel", "reason": "stays after all", "do": "1", "seen": page.context["plan"].seen},
        follow=True,
    )
    assert "Done." in done.text
    made.refresh_from_db()
    assert made.cancelled_at


def test_a_running_pause_ends_earlier(manager, invoice):
    made = pause(invoice, 0, 19)
    form = {"what": "shorten", "last_day": clock.today() + dt.timedelta(days=4), "reason": "back earlier"}
    page = manager.post(change_address(made), form)
    assert "5 days" in words_of(page.text)
    manager.post(change_address(made), {**form, "do": "1", "seen": page.context["plan"].seen})
    made.refresh_from_db()
    assert made.days == 5
    refused = manager.post(change_address(made), {"what": "shorten", "reason": "again"})
    assert "Choose the day" in refused.text


@pytest.mark.parametrize("role", ["support", "accountant", "cashier"])
def test_others_see_the_pause_and_no_door(role, invoice):
    made = pause(invoice, 10, 19)
    reader = person(role=role)
    assert reader.get(address(invoice)).status_code == 403
    assert reader.get(change_address(made)).status_code == 403
    page = reader.get(reverse("student-page", args=[invoice.student_id])).text
    assert "the family moves house" in page
    assert change_address(made) not in page


def test_only_an_administrator_lets_it_begin_earlier(invoice):
    page = person(role="administrator").post(
        address(invoice), filled(first=0, last=9, first_day=clock.today() - dt.timedelta(days=1))
    )
    assert "while the student studies" in words_of(
        page.text
    )  # she began today: no day before it can be paused
    assert person(role="manager").post(address(invoice), filled(first=-1)).status_code == 422


def test_limits_are_edited_by_a_manager_and_the_history_is_listed(manager, invoice):
    pause(invoice, 10, 19)
    assert "the family moves house" in manager.get(reverse("admin:courses_pause_changelist")).text
    made = PauseLimits.objects.get()
    change = reverse("admin:courses_pauselimits_change", args=[made.pk])
    assert change in manager.get(reverse("admin:courses_pauselimits_changelist")).text
    manager.post(change, {"min_days": 1, "max_days": 30, "times_a_year": 1})
    made.refresh_from_db()
    assert (made.min_days, made.max_days, made.times_a_year) == (1, 30, 1)
    refused = manager.post(change, {"min_days": 9, "max_days": 3, "times_a_year": 1})
    assert refused.status_code == 200
    made.refresh_from_db()
    assert made.max_days == 30
