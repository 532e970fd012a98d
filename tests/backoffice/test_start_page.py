"""The start page says what needs attention, and to each role what it may see."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import accounts, daily
from common import clock
from config.backoffice import start_page
from students import operator_tasks
from students.models import OperatorTask
from tests.backoffice.people import person, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db):
    return person(role="manager")


def start(client):
    return client.get(reverse("admin:index"))


def attention(client):
    return {str(item.title): item for item in start(client).context["attention"]}


def test_an_empty_school_has_nothing_to_do(world, manager):
    answer = start(manager)
    assert answer.context["attention"] == []
    assert "Nothing waits for you" in words_of(answer.content.decode())


def test_tasks_are_mine_or_wait_for_somebody(world, manager):
    for key, hours in (("mine", 4), ("free", 4), ("late", -4)):
        operator_tasks.open_task(kind="payment_held", key=key, student_id=None, due_in_hours=hours)
    task = OperatorTask.objects.get(key="mine")
    task.take(owner_id=manager.user.pk)
    task.save()
    found = attention(manager)
    assert found["My tasks"].count == 1
    assert (found["Tasks that wait for a person"].count, found["Tasks that wait for a person"].tone) == (
        2,
        "bad",
    )
    assert "overdue since" in found["Tasks that wait for a person"].rows[0].detail


def test_an_unknown_payment_is_shown(world, manager, monkeypatch):
    payment = world.attempt(account="arca")
    monkeypatch.setenv("ARCA_BASE_URL", "http://127.0.0.1:9/")
    manager.post(reverse("admin:billing_payment_ask", args=[payment.pk]), {"confirmed": "1"})
    item = attention(manager)["Payments with unknown outcome"]
    assert item.count == 1
    assert item.rows[0].url == reverse("admin:billing_payment_change", args=[payment.pk])
    assert item.rows[0].amount == "90,000\u00a0֏"


def test_a_link_that_ends_soon_is_shown_and_a_later_one_is_not(world, manager):
    world.link(expires_at=clock.now() + dt.timedelta(hours=47))
    world.link(expires_at=clock.now() + dt.timedelta(hours=49))
    assert attention(manager)["Links that expire within two days"].count == 1


def test_what_is_due_today_or_overdue_is_shown(world, manager, shift_clock):
    world.invoice(plan="three-parts")
    assert attention(manager)["Due today"].count == 1
    shift_clock(seconds=8 * 86400)
    daily.mark_overdue()
    assert attention(manager)["Overdue installments"].count == 1


def test_a_bank_that_cannot_be_offered_says_why(world, manager, monkeypatch):
    monkeypatch.delenv("ARCA_PASSWORD")
    accounts.mark_refused(account_id=world.accounts["ameria"].pk, code="20", message="wrong password")
    rows = {row.text: row.detail for row in attention(manager)["Banks that cannot be offered"].rows}
    assert "ARCA_PASSWORD" in rows["Arca"]
    assert "refused our login" in rows["Ameria"]
    assert "wrong password" in rows["Ameria"]


def test_the_day_in_figures(world, manager):
    world.paid()
    world.paid(account="arca")
    figures = {str(item.text): item.figure for item in start(manager).context["figures"]}
    assert figures == {"verified today (2 payments)": "180,000\u00a0֏", "courses opened today": 2}


def test_at_most_five_are_shown_and_the_rest_is_one_click_away(world, manager):
    for _ in range(7):
        world.invoice()
    item = attention(manager)["Due today"]
    assert (item.count, len(item.rows)) == (7, 5)
    assert manager.get(item.url).context["cl"].result_count == 7
    assert "Show all 7" in words_of(start(manager).content.decode())


def test_every_panel_leads_to_a_list_of_as_many(world, manager, monkeypatch):
    payment = world.attempt(world.link(expires_at=clock.now() + dt.timedelta(hours=5)), account="arca")
    world.paid()
    operator_tasks.open_task(kind="payment_held", key="k", student_id=payment.student_id, due_in_hours=4)
    monkeypatch.setenv("ARCA_BASE_URL", "http://127.0.0.1:9/")
    manager.post(reverse("admin:billing_payment_ask", args=[payment.pk]), {"confirmed": "1"})
    context = start(manager).context
    for item in [*context["attention"], *context["calm"], *context["figures"]]:
        assert manager.get(item.url).status_code == 200, item
    for item in context["attention"]:
        shown = manager.get(item.url).context
        count = len(shown["desk"].rows) if "desk" in shown else shown["cl"].result_count
        assert count >= item.count, item


def test_the_number_of_queries_does_not_grow(world, manager):
    def reads():
        with CaptureQueriesContext(connection) as caught:
            assert start(manager).status_code == 200
        return len(caught)

    world.paid()
    world.invoice()
    start(manager)
    few = reads()
    for _ in range(5):
        world.paid()
        world.link(expires_at=clock.now() + dt.timedelta(hours=5))
    assert reads() <= few + 1  # the rows of a panel that was empty


@pytest.mark.parametrize("role", ["manager", "cashier", "support", "accountant", "administrator"])
def test_a_role_reads_only_what_it_may(world, role):
    world.invoice()
    client = person(role=role)
    loaded = [panel for panel in start_page.panels() if client.user.has_perm(panel.permission)]
    context = start(client).context
    shown = [*context["attention"], *context["calm"], *context["figures"]]
    assert len(shown) == len(loaded)
    actions = {action.text for action in context["quick_actions"]}
    assert actions == {
        "manager": {
            "Enroll a student",
            "New student",
            "New payment link",
            "Links for all that is due",
            "Import students",
        },
        "cashier": {"New payment link", "Links for all that is due"},
    }.get(role, set())


@pytest.mark.parametrize(
    ("language", "words"), [("hy", 'lang="hy"'), ("ru", 'lang="ru"'), ("en", 'lang="en"')]
)
def test_the_start_page_speaks_each_language(world, manager, language, words):
    manager.post(reverse("set_language"), {"language": language, "next": reverse("admin:index")})
    assert words in start(manager).content.decode()
