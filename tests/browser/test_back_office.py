"""axe finds nothing serious on the pages that a manager works with, and none of them asks another host for anything."""

from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, ViewportSize

from tests.backoffice.people import person
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DESK = ViewportSize(width=1280, height=900)


@pytest.fixture(params=["light", "dark"])
def desk(request, chromium, school, live_server):
    """A manager's browser, logged in."""
    context: BrowserContext = chromium.new_context(viewport=DESK, color_scheme=request.param, locale="en-GB")
    session = person(role="manager").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    yield context
    context.close()


def addresses(school):
    """Return the pages between the start of the day and a link that was sent."""
    payment = school.paid()
    open_link = school.link()
    return {
        "start": reverse("admin:index"),
        "enroll": reverse("admin:billing_enroll"),
        "students": reverse("admin:students_student_changelist"),
        "invoice": reverse("admin:billing_invoice_change", args=[open_link.invoice_id]),
        "link": reverse("admin:billing_paymentlink_change", args=[open_link.pk]),
        "payments": reverse("admin:billing_payment_changelist"),
        "payment": reverse("admin:billing_payment_change", args=[payment.pk]),
        "student": reverse("student-page", args=[payment.student_id]),
    }


def test_what_a_manager_works_with_is_accessible_and_asks_no_other_host(school, desk, live_server):
    page = desk.new_page()
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    found = {}
    for name, address in addresses(school).items():
        page.goto(live_server.url + address)
        assert urlsplit(page.url).path == address
        page.wait_for_load_state("networkidle")
        found[name] = serious(page)
    assert {name: rules for name, rules in found.items() if rules} == {}
    assert hosts - {""} == {urlsplit(live_server.url).netloc}
