"""The page that asks what a payment would open, the form of a rule, and the page that gives a free place."""

import datetime as dt

import pytest
from django.urls import reverse

from access.models import AccessGrant
from common import clock
from tests.backoffice.people import person, words_of
from tests.backoffice.test_terms_pages import change, rule_facts


@pytest.fixture
def invoice(world):
    return world.invoice(plan="three-parts")


@pytest.fixture
def manager(world):
    return person(role="manager")


def ask(reader, invoice, **facts):
    today = clock.today()
    question = {"amount": "30000", "paid_on": today, "on": today + dt.timedelta(days=10), **facts}
    return reader.get(reverse("what-if", args=[invoice.pk]), question)


def test_the_student_page_leads_there_and_the_next_part_is_asked_about(manager, invoice):
    assert (
        reverse("what-if", args=[invoice.pk])
        in manager.get(reverse("student-page", args=[invoice.student_id])).text
    )
    page = manager.get(reverse("what-if", args=[invoice.pk]))
    assert 'value="30000"' in page.text


def test_the_answer_names_state_windows_and_parts(manager, invoice):
    words = words_of(ask(manager, invoice).text)
    for part in ("Open until", "Installment 1", "30,000 ֏", "Windows of access", "paid period"):
        assert part in words
    assert not AccessGrant.objects.exists()


def test_too_much_is_credit_and_nothing_opens_for_nothing(manager, invoice):
    assert "10,000 ֏" in words_of(ask(manager, invoice, amount="100000").text)
    assert ask(manager, invoice, amount="0").status_code == 422


def test_another_currency_is_asked_in(world, manager):
    invoice = world.invoice(group=world.group(price=500, currency="USD"), plan="one-off")
    page = manager.get(reverse("what-if", args=[invoice.pk]))
    assert "If the student pays (USD)" in words_of(page.text)
    assert 'value="500"' in page.text


@pytest.mark.parametrize("facts", [{"amount": "much"}, {"on": "soon"}, {"on": "2999-01-01"}])
def test_a_bad_question_gets_a_sentence(manager, invoice, facts):
    page = ask(manager, invoice, **facts)
    assert page.status_code == 422
    assert "Windows of access" not in page.text


def test_who_sees_no_access_asks_nothing(invoice):
    assert person().get(reverse("what-if", args=[invoice.pk])).status_code == 403
    assert ask(person(role="support"), invoice).status_code == 200


def test_a_manager_makes_a_rule_by_share(world, manager):
    change(manager, world.rule, rule_facts(opens="at_share", share_percent="40", not_before="2026-09-01"))
    version = world.rule.versions.first()
    assert (version.share_percent, version.not_before) == (40, dt.date(2026, 9, 1))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"opens": "at_share"}, "Say which share"),
        ({"share_percent": "40"}, "Empty this"),
        ({"opens": "at_share", "share_percent": "40", "partial_days": "3"}, "Write 0 here"),
        ({"opens": "at_share", "share_percent": "140"}, "less than or equal to 100"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(world, manager, facts, words):
    page = manager.post(reverse("admin:courses_accessrule_change", args=[world.rule.pk]), rule_facts(**facts))
    assert words in words_of(page.text)
    assert world.rule.versions.count() == 1


def test_a_manager_gives_a_free_place_and_takes_it_back(world, manager):
    student, group = world.student(), world.group()
    done = manager.post(
        reverse("admin:access_open_by_hand"),
        {
            "student": student.pk,
            "course": group.course_id,
            "ground": "free",
            "until": "",
            "reason": "orphan, by the rules of the school",
        },
        follow=True,
    )
    assert "Free place given by" in words_of(done.text)
    grant = AccessGrant.objects.get()
    assert (grant.kind, grant.closes_at) == ("free", None)
    manager.post(reverse("admin:access_close_by_hand", args=[grant.pk]), {"reason": "moved away"})
    grant.refresh_from_db()
    assert grant.withdrawn_reason == "moved away"


def test_what_is_opened_by_hand_still_needs_an_end(world, manager):
    student, group = world.student(), world.group()
    page = manager.post(
        reverse("admin:access_open_by_hand"),
        {"student": student.pk, "course": group.course_id, "ground": "manual", "reason": "trial"},
    )
    assert "ends by itself" in words_of(page.text)
    assert not AccessGrant.objects.exists()
