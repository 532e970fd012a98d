"""A person reconciles: uploads a sample, points at its columns, finds a difference, decides about it, and it is gone."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ViewportSize, expect

from billing import lookup
from common import clock
from reconciliation import tasks
from reconciliation.models import Discrepancy, MappingProfile, SourceFile
from tests.backoffice.people import person
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious
from tests.reconciliation.months import as_file, row_of, stand_at, this_month
from tests.reconciliation.statements import csv_bytes, profile_of, row

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
DESK = ViewportSize(width=1280, height=900)
LARGEST_PAGE = 100_000


@pytest.fixture(params=["desk", "phone"])
def accountant(request, chromium, school, live_server):
    """An accountant's browser, logged in: a large one in light, a small one in the dark."""
    look = {"desk": (DESK, "light"), "phone": (PHONE, "dark")}[request.param]
    context: BrowserContext = chromium.new_context(viewport=look[0], color_scheme=look[1], locale="en-GB")
    session = person(role="accountant").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    yield context
    context.close()


@pytest.fixture
def paid(school, shift_clock):
    """Two payments of a month that is over."""
    month = this_month()
    stand_at(shift_clock, month.start + dt.timedelta(days=10))
    payments = [school.attempt(account="arca") for _number in range(2)]
    for payment in payments:
        school.buyer_pays(payment)
        lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
        payment.refresh_from_db()
    stand_at(shift_clock, month.stop + dt.timedelta(days=3))
    return payments


def test_from_a_sample_to_a_difference_that_is_decided(accountant, school, paid, live_server, tmp_path):
    right, wrong = paid
    statement = tmp_path / "october.csv"
    statement.write_bytes(as_file([row_of(right, Type="Kauf"), row_of(wrong, Amount="1", Type="Kauf")]))
    month = this_month().before
    page = accountant.new_page()
    weights: dict[str, int] = {}
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("response", lambda answer: _weigh(answer, weights))
    found = {}

    def look(name):
        page.wait_for_load_state("networkidle")
        found[name] = serious(page)
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{name} is wider than its window"

    page.goto(f"{live_server.url}/reconciliation/?month={month}")
    expect(page.get_by_text("No file speaks of this month yet")).to_be_visible()
    look("empty month")
    page.get_by_role("link", name="Upload a file").click()
    expect(page.get_by_label("Month")).to_be_hidden()
    page.get_by_label("CRM").check()
    expect(page.get_by_label("Month")).to_be_visible()
    page.get_by_label(school.accounts["arca"].name).check()
    look("upload")
    page.get_by_label("File").set_input_files(statement)
    page.get_by_role("button", name="Upload and read").click()

    expect(page.get_by_role("heading", name="Which column is which?")).to_be_visible()
    look("mapping")
    expect(page.get_by_text("Say what the words of the column mean: Kind of row.")).to_be_visible()
    page.get_by_label("Kauf").select_option("payment")
    expect(page.get_by_text("2 rows read well")).to_be_visible()
    page.get_by_label("Their reference").select_option("")
    expect(page.locator("#mapping thead").first.get_by_text("Their reference")).to_have_count(0)
    page.get_by_label("Their reference").select_option(label=f"Reference ({right.provider_ref[:40]})")
    expect(page.locator("#mapping thead").first.get_by_text("Their reference")).to_be_visible()
    look("mapping filled")
    page.get_by_role("button", name="Save and load the file").click()

    expect(page.get_by_text("The file is loaded.")).to_be_visible()
    assert MappingProfile.objects.get().words["kind"] == {"Kauf": "payment"}
    expect(page.get_by_text("are being compared")).to_be_visible()
    tasks.reconcile_after_file(file_id=SourceFile.objects.get().pk)
    expect(page.get_by_text("1 difference is open")).to_be_visible(timeout=10_000)
    look("file")
    page.locator("#comparison").get_by_role("link").first.click()
    look("month")
    page.locator(".mq-kind").first.click()
    look("breaks")
    page.get_by_role("link", name="Another amount").click()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("The difference is yours.")).to_be_visible()
    look("break")
    page.get_by_role("link", name="Accept the difference").click()
    look("resolve")
    page.get_by_label("Reason").fill("The bank corrects it next week")
    page.get_by_role("button", name="Accept the difference").click()
    expect(page.get_by_text("Decided. The difference is closed with your reason.")).to_be_visible()
    page.goto(f"{live_server.url}/reconciliation/breaks/")
    expect(page.get_by_text("No difference is open here")).to_be_visible()
    assert Discrepancy.objects.get().resolution == "accept"
    page.goto(f"{live_server.url}/reconciliation/?month={month}")
    page.get_by_role("button", name="Compare now").click()
    expect(page.get_by_text("both sides agree").first).to_be_visible()
    look("month again")

    assert {name: rules for name, rules in found.items() if rules} == {}
    assert hosts - {""} == {urlsplit(live_server.url).netloc}
    assert {path: size for path, size in weights.items() if size > LARGEST_PAGE} == {}


def test_a_large_file_shows_how_far_its_reading_is(accountant, school, live_server, tmp_path):
    account = school.accounts["arca"]
    profile_of(account)
    at = f"{clock.today():%d.%m.%Y} 00:00:00"
    statement = tmp_path / "large.csv"
    rows = [row(number, 10_000, date=at, Reference=f"R{number:040}") for number in range(1, 22_000)]
    statement.write_bytes(csv_bytes(rows))
    page = accountant.new_page()
    page.goto(f"{live_server.url}/reconciliation/upload/")
    page.get_by_label(account.name).check()
    page.get_by_label("File").set_input_files(statement)
    page.get_by_role("button", name="Upload and read").click()
    expect(page.get_by_text("waits for its turn")).to_be_visible()
    assert serious(page) == []
    assert tasks.take_uploads() == 1
    expect(page.get_by_text("21999")).to_be_visible(timeout=10_000)


def _weigh(answer, weights):
    """Count what a page weighs by itself; what all pages share is fetched once."""
    if answer.request.resource_type == "document" and answer.status == 200:
        weights[urlsplit(answer.url).path] = len(answer.body())
