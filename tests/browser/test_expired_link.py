"""A student opens an old address on a phone and pays by the new one; a manager copies the message from the link's page."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import ViewportSize, expect

from billing.models import PaymentLink
from tests.backoffice.people import person
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def shoot(page, name):
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_an_old_address_leads_to_a_new_link(chromium, school, live_server, shift_clock):
    link = school.link(school.invoice(plan="three-parts"))
    shift_clock(seconds=9 * 86_400)
    context = chromium.new_context(viewport=PHONE, locale="en-GB")
    page = context.new_page()
    page.goto(live_server.url + reverse("pay-link", args=[link.token]) + "?lang=en")
    shoot(page, "link-expired")
    page.locator("form[action$=renew] button").click()
    expect(page.get_by_role("main")).to_contain_text("30")
    fresh = PaymentLink.objects.get(state="active")
    assert page.url.endswith(reverse("pay-link", args=[fresh.token]))
    shoot(page, "link-renewed")
    context.close()


def test_the_message_stands_on_the_links_page(chromium, school, live_server):
    invoice = school.invoice(plan="three-parts")
    context = chromium.new_context(viewport=ViewportSize(width=1280, height=900), locale="en-GB")
    session = person(role="manager").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    part = school.installment(invoice).pk
    page.goto(f"{live_server.url}{reverse('admin:billing_paymentlink_create')}?installment={part}")
    page.get_by_label("2 ·").check()
    shoot(page, "link-create")
    page.get_by_role("button", name="Create the payment link").click()
    expect(page.locator("#link-text-hy")).to_be_visible()
    shoot(page, "link-page")
    assert PaymentLink.objects.get().lines.count() == 2
    context.close()
