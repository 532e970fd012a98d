"""Two people in two browsers: an accountant reviews, closes and downloads a month; an administrator opens it again."""

import hashlib
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from reconciliation.models import KeptReport, MonthClose
from tests.backoffice.people import person
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious
from tests.reconciliation.closings import paid_month

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DESK = ViewportSize(width=1280, height=900)


@pytest.fixture
def open_browser(chromium, school, live_server):
    """Open a browser of its own for a person with a role."""
    contexts: list[BrowserContext] = []

    def open_for(role: str, viewport: ViewportSize = DESK) -> Page:
        context = chromium.new_context(viewport=viewport, locale="en-GB")
        contexts.append(context)
        session = person(role=role).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return context.new_page()

    yield open_for
    for context in contexts:
        context.close()


def test_an_accountant_closes_and_downloads_and_an_administrator_reopens(
    school, shift_clock, open_browser, live_server
):
    month, _paid = paid_month(school, shift_clock)
    accountant, administrator = open_browser("accountant"), open_browser("administrator", PHONE)
    accountant.goto(live_server.url + reverse("months"))
    assert serious(accountant) == []
    accountant.get_by_role("link", name=month.name).click()
    expect(accountant.get_by_role("region", name="Money at banks and desks")).to_be_visible()
    assert serious(accountant) == []
    accountant.get_by_role("button", name="Begin the review").click()
    accountant.get_by_role("link", name="Look at the numbers and close").click()
    expect(accountant.get_by_role("heading", name="This will be signed")).to_be_visible()
    assert serious(accountant) == []
    accountant.get_by_role("button", name=f"Close {month.name}").dblclick()
    expect(accountant.get_by_role("heading", name="Signed", exact=True)).to_be_visible()
    assert MonthClose.objects.get().snapshots.count() == 1
    assert serious(accountant) == []
    with accountant.expect_download() as started:
        accountant.locator(".mq-kept a[download]").first.click()
    content = Path(started.value.path()).read_bytes()
    kept = KeptReport.objects.order_by("id").first()
    assert kept is not None
    assert hashlib.sha256(content).hexdigest() == kept.sha256

    administrator.goto(live_server.url + reverse("month", args=[str(month)]))
    administrator.get_by_role("link", name="Open it again").click()
    assert serious(administrator) == []
    administrator.get_by_label("Reason").fill("A transfer was missing.")
    administrator.get_by_role("button", name="Open it again").click()
    expect(administrator.get_by_role("main")).to_contain_text("is open again")
    expect(administrator.get_by_role("main")).to_contain_text("A transfer was missing.")
    expect(administrator.get_by_role("region", name="Money at banks and desks")).to_be_visible()
    wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not administrator.evaluate(wider)
    assert serious(administrator) == []
    assert MonthClose.objects.get().state == MonthClose.State.REOPENED
