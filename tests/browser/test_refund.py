"""Two people in two browsers: support asks for a refund, a manager approves it, the bank sends it, and access ends."""

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from access.models import CourseAccess
from refunds import mail, tasks
from refunds.models import Refund, RefundRequest
from tests.backoffice.people import person
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious
from tests.refunds import school as refunds_school

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DESK = ViewportSize(width=1280, height=900)


@pytest.fixture
def open_browser(chromium, school, live_server):
    """Open a browser of its own for a person with a role."""
    contexts: list[BrowserContext] = []

    def open_for(role: str, **facts) -> Page:
        context = chromium.new_context(viewport=DESK, locale="en-GB", **facts)
        contexts.append(context)
        session = person(role=role).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return context.new_page()

    yield open_for
    for context in contexts:
        context.close()


@pytest.fixture
def paid(school):
    _invoice, [payment] = refunds_school.paid_invoice(school)
    return payment


def test_support_asks_a_manager_approves_the_bank_sends_and_access_ends(
    school, paid, open_browser, live_server
):
    support, manager = open_browser("support"), open_browser("manager")
    student = live_server.url + reverse("student-page", args=[paid.student_id])

    support.goto(student)
    support.locator(f"#payment-{paid.pk}").get_by_role("link", name="Ask for a refund").click()
    expect(support.locator("#effect")).to_contain_text("90,000 ֏")
    support.get_by_label("Another amount", exact=True).check()
    support.get_by_label("Amount in drams").fill("40 000")
    support.get_by_label("Why another amount").fill("agreed by phone")
    support.get_by_label("It ends when the money is back").check()
    expect(support.locator("#effect")).to_contain_text("40,000 ֏")
    expect(support.locator("#effect")).to_contain_text("Once the money is back")
    support.get_by_label("Reason", exact=True).fill("she moves to another town")
    assert serious(support) == []
    support.get_by_role("button", name="Look at the whole effect").click()
    expect(support.get_by_role("heading", name="What will happen")).to_be_visible()
    assert not RefundRequest.objects.exists()
    assert serious(support) == []
    support.get_by_role("button", name="Ask for the refund").dblclick()
    expect(support.get_by_role("main")).to_contain_text("You asked for it, so another person decides")
    assert support.get_by_role("button", name="Approve the refund").count() == 0
    wanted = RefundRequest.objects.get()
    assert wanted.amount_minor == 4_000_000

    manager.goto(live_server.url + reverse("admin:index"))
    expect(manager.get_by_role("main").or_(manager.locator("body")).first).to_contain_text(
        "Refunds that wait for your decision"
    )
    manager.goto(live_server.url + reverse("refunds"))
    manager.get_by_role("link", name=paid.student.full_name).click()
    expect(manager.get_by_role("main")).to_contain_text("she moves to another town")
    assert serious(manager) == []
    manager.get_by_role("button", name="Approve the refund").click()
    expect(manager.get_by_role("main")).to_contain_text("Approved. The money is reserved and on its way.")
    assert Refund.objects.count() == 1

    tasks.take_steps()
    mail.tell_students()
    assert school.sandbox.order(paid.provider_ref)["refunded_minor"] == 4_000_000

    support.reload()
    expect(support.get_by_role("main")).to_contain_text("Refund of 40,000 ֏: the money is back")
    assert serious(support) == []
    support.goto(student)
    expect(support.locator("#timeline")).to_contain_text("Refund of 40,000 ֏: the money is back")
    expect(support.locator("#refunds")).to_contain_text("40,000 ֏")
    expect(support.locator("#courses")).to_contain_text("she moves to another town")
    assert CourseAccess.objects.get(student=paid.student).state == CourseAccess.State.SUSPENDED
    refunds_school.require_clean()


def test_the_form_works_without_scripts(paid, open_browser, live_server):
    page = open_browser("support", java_script_enabled=False)
    page.goto(live_server.url + reverse("refund-request", args=[paid.pk]))
    page.get_by_label("Reason", exact=True).fill("she moves away")
    page.get_by_role("button", name="Look at the whole effect").click()
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_label("Reason", exact=True)).to_have_value("she moves away")
    page.get_by_role("button", name="Look at the whole effect").click()
    page.get_by_role("button", name="Ask for the refund").click()
    expect(page.get_by_role("main")).to_contain_text("Asked for. A colleague decides about it.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_fit_a_phone_and_ask_no_other_host(
    school, paid, open_browser, live_server, scheme
):
    wanted = refunds_school.ask(paid.link.invoice, 10_000)
    unsent = refunds_school.approved(paid.link.invoice, 20_000)[0]
    school.sandbox.fault("drop-before", login=school.login_of("ameria"), operation="refund")
    tasks.take_steps()
    page = open_browser("manager", color_scheme=scheme)
    page.set_viewport_size(PHONE)
    found, hosts = {}, set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    for address in [
        reverse("refunds"),
        reverse("refunds") + "?which=done",
        reverse("refund-request", args=[paid.pk]),
        reverse("refund", args=[wanted.pk]),
        reverse("refund", args=[unsent.request_id]),
        reverse("admin:courses_refundpolicy_change", args=[school.policy.pk]),
    ]:
        page.goto(live_server.url + address)
        page.wait_for_load_state("networkidle")
        found[address] = serious(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert {address: rules for address, rules in found.items() if rules} == {}
    assert hosts == {live_server.url.split("/")[2]}
