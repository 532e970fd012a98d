"""A manager asks for all links that are due, at a desk and on a phone, and reads what became of each."""

import os

import pytest
from playwright.sync_api import ViewportSize, expect

from billing import bulk_links
from billing.models import LinkBatch, PaymentLink
from tests.backoffice.people import person
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DESK = ViewportSize(width=1280, height=900)


@pytest.mark.parametrize("language", ["en-GB", "ru-RU", "hy-AM"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_links_are_asked_for_once_and_their_results_read(chromium, world, live_server, size, language):
    world.invoice(student=world.student(email="", phone="+37491000003"))
    for _ in range(4):
        world.invoice()
    context = chromium.new_context(viewport=size, locale=language)
    session = person(role="manager").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()

    def shoot(name):
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/bulk-{name}-{language}-{size['width']}.png", full_page=True)

    page.goto(live_server.url + "/links/at-once/")
    page.locator("[name=sends_mail]").check()
    shoot("form")
    page.locator("main form.mq-card button[type=submit]").click()
    expect(page.locator("[name=do]")).to_be_visible()
    shoot("effect")
    assert not LinkBatch.objects.exists()
    page.locator("[name=do]").dblclick()
    expect(page.locator("#progress")).to_be_visible()
    shoot("progress")
    batch = LinkBatch.objects.get()
    bulk_links.make_all()
    expect(page.locator("#progress[hx-get]")).to_have_count(0, timeout=15_000)
    assert batch.lines.filter(outcome="made").count() == PaymentLink.objects.count() == 5
    shoot("result")
    context.close()
