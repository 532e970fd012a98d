"""Support asks what a payment would open, at a desk and on a phone."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import ViewportSize, expect

from access.models import AccessGrant
from tests.backoffice.people import person
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DESK = ViewportSize(width=1280, height=900)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_answer_stands_below_the_question(chromium, school, live_server, size):
    invoice = school.invoice(plan="three-parts")
    context = chromium.new_context(viewport=size, locale="en-GB")
    session = person(role="support").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("student-page", args=[invoice.student_id]))
    page.get_by_role("link", name="What would a payment open?").click()
    assert serious(page) == []
    page.get_by_role("button", name="Ask").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("What the money would stand for")
    expect(main).to_contain_text("30,000 ֏")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if folder := os.environ.get("SHOTS"):
        for language in ("hy", "ru", "en"):
            context.add_cookies([{"name": "mutq_language", "value": language, "url": live_server.url}])
            page.reload()
            page.screenshot(path=f"{folder}/what-if-{language}-{size['width']}.png", full_page=True)
    assert not AccessGrant.objects.exists()
    context.close()
