"""The ladder of reminders in a real browser: what one types can be read below as a student would read it."""

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from billing.models import ReminderStep
from billing.reminders import default_steps, sending
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = 86_400


@pytest.fixture
def manager(chromium, live_server, admin_user):
    client = Client()
    client.force_login(admin_user)
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en")
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    yield context
    context.close()


@pytest.fixture
def step(school):
    default_steps.write_default_steps(apps)
    return ReminderStep.objects.get(anchor="due", offset_days=1)


def test_what_is_typed_is_read_below_at_once(manager, live_server, step):
    page = manager.new_page()
    page.goto(live_server.url + reverse("admin:billing_reminderstep_change", args=[step.pk]))
    sample = page.locator("[hx-post]")
    expect(sample).to_contain_text("Hello, Ani Sargsyan!")
    page.get_by_label("Text in English").fill("Dear {name}, pay here: {link}")
    expect(sample).to_contain_text("Dear Ani Sargsyan, pay here: ")
    page.get_by_label("Text in English").fill("Dear {nam}")
    expect(sample).to_contain_text("{nam} is not a placeholder")
    assert serious(page) == []


def test_the_pages_can_be_read_on_a_phone(manager, live_server, school, step, shift_clock, settings):
    settings.REMINDER_QUIET_HOURS = ""
    invoice = school.invoice()
    shift_clock(seconds=DAY)
    assert sending.remind() == 1
    page = manager.new_page()
    for address in (
        reverse("student-page", args=[invoice.student_id]),
        reverse("admin:billing_reminder_changelist"),
        reverse("admin:billing_reminderstep_changelist"),
        reverse("admin:billing_reminderstep_change", args=[step.pk]),
    ):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(live_server.url + address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert serious(page) == []
