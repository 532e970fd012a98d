"""A manager gives a discount, at a desk and on a phone: the whole effect is read before anything changes."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import ViewportSize, expect

from billing.models import Discount
from tests.backoffice.people import person
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DESK = ViewportSize(width=1280, height=900)


@pytest.mark.parametrize(
    ("size", "language"),
    [(DESK, "ru-RU"), (PHONE, "hy-AM"), (PHONE, "en-GB")],
    ids=["desk", "phone-hy", "phone"],
)
def test_the_effect_is_read_then_given_once(chromium, world, live_server, size, language):
    invoice = world.invoice(plan="three-parts")
    context = chromium.new_context(viewport=size, locale=language)
    session = person(role="manager").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()

    def shoot(name):
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/discount-{name}-{language}-{size['width']}.png", full_page=True)

    page.goto(live_server.url + reverse("admin:billing_invoice_change", args=[invoice.pk]))
    page.locator(f"a[href='{reverse('give-discount', args=[invoice.pk])}']").click()
    page.locator("[name=percent]").fill("15")
    page.locator("[name=reason]").fill("Երկու եղբայր")
    shoot("form")
    page.locator("main form.mq-card button[type=submit]").click()
    expect(page.locator("[name=do]")).to_be_visible()
    shoot("effect")
    assert not Discount.objects.exists()
    page.locator("[name=do]").dblclick()
    expect(page.get_by_role("main")).to_contain_text("Երկու եղբայր")
    assert Discount.objects.get().amount_minor == 1_350_000
    page.goto(live_server.url + reverse("admin:billing_invoice_change", args=[invoice.pk]))
    page.locator(f"a[href='{reverse('withdraw-discount', args=[Discount.objects.get().pk])}']").click()
    shoot("take-back")
    page.locator("[name=reason]").fill("սխալ ուսանող")
    page.locator("main form.mq-card button[type=submit]").dblclick()
    expect(page.get_by_role("main")).to_contain_text("սխալ ուսանող")
    assert Discount.objects.get().withdrawn_at
    context.close()
