"""The desk in a browser: an operator decides, a cashier enters cash, a student shows a screenshot, a manager opens by hand."""

import datetime as dt
import time

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from access.models import AccessGrant
from access.tasks import follow_access_changes
from billing import check_ledger, held
from billing.models import ManualEntry, Payment
from common import clock
from config.backoffice.demo.office import SCAN
from students.models import OperatorTask
from tests.backoffice.people import person
from tests.billing import doubtful
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

WIDE = ViewportSize(width=1280, height=900)
SECONDS = 1000


@pytest.fixture
def log_in(chromium, school, live_server):
    """Return what opens a browser in which somebody of a role is logged in."""
    opened: list[BrowserContext] = []

    def start(role, *, viewport=WIDE, **facts) -> Page:
        context = chromium.new_context(viewport=viewport, locale="en-GB", **facts)
        session = person(role=role).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        opened.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    yield start
    for context in opened:
        context.close()
    assert check_ledger.problems() == []


def task_of(kind):
    return OperatorTask.objects.exclude(state="resolved").get(kind=kind)


def open_desk(page, live_server):
    page.goto(live_server.url + reverse("desk"))
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_operator_decides_a_held_payment_having_seen_what_will_happen(school, log_in, live_server, scheme):
    payment = doubtful.held(school)
    page = open_desk(log_in("manager", color_scheme=scheme), live_server)
    assert serious(page) == []
    page.get_by_role("link", name="Money came that differs from what was asked").last.click()
    expect(page.get_by_role("main")).to_contain_text("50,000 ֏")
    assert serious(page) == []
    page.get_by_role("link", name="Accept the difference").click()
    expect(page.get_by_text("What will happen")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(
        "50,000 ֏ is accepted as this payment; 90,000 ֏ was asked"
    )
    assert serious(page) == []
    page.get_by_role("button", name="Accept the difference").click()
    expect(page.get_by_text("This field is required")).to_be_visible()
    assert Payment.objects.get(pk=payment.pk).state == Payment.State.HELD
    page.get_by_label("Reason").fill("The bank kept a part, its letter is here")
    page.get_by_role("button", name="Accept the difference").click()
    page.wait_for_url(lambda url: "resolve" not in url)
    assert Payment.objects.get(pk=payment.pk).state == Payment.State.VERIFIED
    page.goto(live_server.url + reverse("student-page", args=[payment.student_id]))
    expect(page.locator("#timeline")).to_contain_text("The bank kept a part, its letter is here")
    assert page.complaints == []


def test_choosing_shows_the_effect_before_anything_is_sent(school, log_in, live_server):
    invoice = school.invoice(plan="three-parts")
    doubtful.paid_twice(school, school.link(invoice))
    page = log_in("manager")
    page.goto(live_server.url + reverse("desk-resolve", args=[task_of("second_payment").pk, "allocate"]))
    expect(page.get_by_text("stands for installment 2")).to_be_visible()
    page.get_by_label("Installment").select_option(str(school.installment(invoice, 3).pk))
    expect(page.get_by_text("stands for installment 3")).to_be_visible()
    page.get_by_label("Amount").fill("99999999")
    page.get_by_label("Amount").blur()
    expect(page.get_by_text("At most 30,000 ֏")).to_be_visible()
    assert serious(page) == []
    assert page.complaints == []


def test_a_colleague_who_was_faster_is_named_in_words(school, log_in, live_server):
    payment = doubtful.held(school)
    page = log_in("manager")
    page.goto(live_server.url + reverse("desk-resolve", args=[task_of("payment_held").pk, "accept"]))
    page.get_by_label("Reason").fill("mine")
    held.resolve_held_payment(
        payment_id=payment.pk, decision="credit", reason="by phone", actor=doubtful.colleague()
    )
    page.get_by_role("button", name="Accept the difference").click()
    page.wait_for_load_state()
    assert Payment.objects.get(pk=payment.pk).hold_decisions.get().decision == "credit"
    expect(page.get_by_role("main")).not_to_contain_text("Server Error")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_cashier_enters_cash_with_a_scan_and_the_course_opens(school, log_in, live_server, viewport):
    school.account("desk", provider="manual", profile="cash")
    invoice = school.invoice()
    page = log_in("cashier", viewport=viewport)
    page.goto(live_server.url + reverse("student-page", args=[invoice.student_id]))
    page.get_by_role("link", name="Enter cash or a transfer").first.click()
    expect(page.get_by_label("Amount on the document")).to_be_visible()
    assert serious(page) == []
    page.get_by_label("Amount on the document").fill("90 000")
    page.get_by_label("Document number").fill("ԴՄ-0118")
    page.locator("input[type=file]").set_input_files(
        {"name": "receipt.png", "mimeType": "image/png", "buffer": SCAN}
    )
    page.get_by_role("button", name="Enter the payment").click()
    page.wait_for_url("**/students/**")
    expect(page.get_by_role("main")).to_contain_text("Open until")
    entry = ManualEntry.objects.get()
    assert (entry.document_number, bytes(entry.scan), entry.amount_minor) == ("ԴՄ-0118", SCAN, 9_000_000)
    assert entry.payment.state == Payment.State.VERIFIED
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.complaints == []


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("pay", "True: Ameria took 90,000 ֏"),
        ("decline", "Not true now: Ameria says the payment was declined"),
    ],
)
def test_what_a_student_says_is_answered_by_the_bank_within_seconds(
    school, log_in, live_server, outcome, words
):
    payment = school.attempt()
    school.buyer_pays(payment, outcome)
    page = open_desk(log_in("support", viewport=PHONE), live_server)
    page.locator("#claim").fill(f"Վճարված է 22.11 12:30, պատվեր {payment.order_number}, շնորհակալություն")
    began = time.monotonic()
    page.get_by_role("button", name="Find and ask the bank").click()
    expect(page.locator("#claim-answers")).to_contain_text(words, timeout=10 * SECONDS)
    assert time.monotonic() - began < 10
    assert page.url.endswith(reverse("desk"))
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.complaints == []


def test_what_was_opened_by_hand_is_seen_everywhere_and_ends_by_itself(
    school, log_in, live_server, shift_clock
):
    invoice = school.invoice()
    student = reverse("student-page", args=[invoice.student_id])
    page = log_in("manager")
    page.goto(live_server.url + student)
    page.locator("#courses").get_by_role("link", name="Open by hand").click()
    last = clock.today() + dt.timedelta(days=1)
    page.locator("input[name=until]").fill(last.isoformat())
    page.get_by_label("Reason").fill("The employer pays next week")
    assert serious(page) == []
    page.get_by_role("button", name="Open the course").click()
    page.wait_for_url(f"**{student}")
    shown = f"{last.day} {last:%B %Y}"
    expect(page.locator("#courses")).to_contain_text(
        f"Open until {shown}, opened by hand: The employer pays next week."
    )
    expect(page.locator("#courses")).to_contain_text("Opened by Մարիամ until")
    expect(page.locator("#timeline")).to_contain_text(f"Access opened by hand until {shown}")
    expect(page.locator("#timeline")).to_contain_text("The employer pays next week")
    page.goto(f"{live_server.url}/admin/access/accessgrant/?kind__exact=manual")
    expect(page.locator("#result_list, table").first).to_contain_text("The employer pays next week")

    shift_clock(seconds=2 * 86_400)
    follow_access_changes()
    page.goto(live_server.url + student)
    expect(page.locator("#courses")).to_contain_text("the opening by hand is over")
    expect(page.locator("#courses")).not_to_contain_text("Opened by Մարիամ")
    assert page.complaints == []


def test_what_was_opened_by_hand_is_closed_by_hand_with_a_reason(school, log_in, live_server):
    invoice = school.invoice()
    page = log_in("manager", viewport=PHONE)
    student = reverse("student-page", args=[invoice.student_id])
    page.goto(f"{live_server.url}{reverse('admin:access_open_by_hand')}?student={invoice.student_id}")
    page.locator("input[name=until]").fill((clock.today() + dt.timedelta(days=5)).isoformat())
    page.get_by_label("Reason").fill("A trial week")
    page.get_by_role("button", name="Open the course").click()
    page.wait_for_url(f"**{student}")
    page.get_by_role("link", name="Close it").click()
    expect(page.locator("dl.mq-facts")).to_contain_text("A trial week")
    assert serious(page) == []
    page.get_by_label("Reason").fill("It was the wrong student")
    page.get_by_role("button", name="Close it").click()
    page.wait_for_url(f"**{student}**")
    expect(page.locator("#courses")).to_contain_text("taken back: It was the wrong student.")
    assert AccessGrant.objects.get().withdrawn_reason == "It was the wrong student"
