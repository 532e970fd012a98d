"""A manager pauses a student, at a desk and on a phone: the whole effect is read before anything moves."""

import datetime as dt
import os

import pytest
from django.urls import reverse
from playwright.sync_api import ViewportSize, expect

from common import clock
from courses.models import Pause
from tests.backoffice.people import person
from tests.billing.pausing_school import student_who_paid
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DESK = ViewportSize(width=1280, height=900)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_effect_is_read_then_confirmed_then_taken_back(chromium, school, live_server, size):
    invoice = student_who_paid(school)
    context = chromium.new_context(viewport=size, locale="en-GB")
    session = person(role="manager").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()

    def shoot(name):
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/pause-{name}-{size['width']}.png", full_page=True)

    page.goto(live_server.url + reverse("student-page", args=[invoice.student_id]))
    page.get_by_role("link", name="Pause the lessons").click()
    page.get_by_label("First day without lessons").fill((clock.today() + dt.timedelta(days=10)).isoformat())
    page.get_by_label("Last day without lessons").fill((clock.today() + dt.timedelta(days=19)).isoformat())
    page.get_by_label("Reason").fill("the family moves house")
    shoot("form")
    page.get_by_role("button", name="Look at the whole effect").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("10 days")
    expect(main).to_contain_text("Paused:")
    shoot("effect")
    assert not Pause.objects.exists()
    page.get_by_role("button", name="Pause the student").dblclick()
    expect(page.get_by_role("main")).to_contain_text("the family moves house")
    assert Pause.objects.get().days == 10
    shoot("student")
    page.get_by_role("link", name="Change the pause").click()
    page.get_by_label("Reason").fill("stays after all")
    shoot("change")
    page.get_by_role("button", name="Look at the whole effect").click()
    shoot("cancel")
    page.get_by_role("button", name="Cancel the pause").click()
    expect(page.get_by_role("main")).to_contain_text("Learning pause cancelled")
    assert Pause.objects.get().cancelled_at
    context.close()
