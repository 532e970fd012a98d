"""A manager moves a student to another group, at a desk and on a phone: the whole effect is read before anything moves."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import ViewportSize, expect

from billing.models import TransferSettlement
from tests.backoffice.people import person
from tests.billing.moving_school import group, student_who_paid
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DESK = ViewportSize(width=1280, height=900)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_effect_is_read_then_confirmed(chromium, school, live_server, size):
    invoice = student_who_paid(school)
    target = group(school, price=60_000)
    context = chromium.new_context(viewport=size, locale="en-GB")
    session = person(role="manager").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()

    page.goto(live_server.url + reverse("student-page", args=[invoice.student_id]))
    page.get_by_role("link", name="Move to another group").click()
    page.get_by_label("New group").select_option(str(target.pk))
    page.get_by_label("Reason").fill("evening suits better")
    assert serious(page) == []
    page.get_by_role("button", name="Look at the whole effect").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("2 of 3 lessons were held")
    expect(main).to_contain_text("36,666 ֏")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not TransferSettlement.objects.exists()
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/transfer-{size['width']}.png", full_page=True)
    page.get_by_role("button", name="Move the student").dblclick()
    expect(page.get_by_role("main")).to_contain_text("10,000 ֏ taken along")
    assert TransferSettlement.objects.get().carried_minor == 1_000_000
    context.close()
