"""An accountant reads a report, goes to the rows of a number, and takes the files; axe finds nothing serious."""

from urllib.parse import urlsplit

import openpyxl
import pytest
from playwright.sync_api import BrowserContext, ViewportSize

from tests.backoffice.people import person
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
DESK = ViewportSize(width=1280, height=900)


@pytest.fixture(params=["desk", "phone"])
def accountant(request, chromium, school, live_server):
    """An accountant's browser, logged in: a large one in light, a small one in the dark."""
    look = {"desk": (DESK, "light"), "phone": (PHONE, "dark")}[request.param]
    context: BrowserContext = chromium.new_context(viewport=look[0], color_scheme=look[1], locale="en-GB")
    session = person(role="accountant").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    yield context
    context.close()


def test_from_the_list_to_the_rows_of_a_number_and_its_files(accountant, school, live_server, tmp_path):
    school.paid()
    page = accountant.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{live_server.url}/reports/")
    found = {"index": serious(page)}
    page.get_by_role("link", name="What students owe", exact=True).click()
    page.get_by_text("It adds up.").wait_for()
    found["report"] = serious(page)
    for form in ("CSV", "XLSX"):
        with page.expect_download() as expected:
            page.locator(f'a[href^="/reports/receivables.{form.lower()}"]').click()
        assert expected.value.failure() is None
        expected.value.save_as(tmp_path / form)
    assert len((tmp_path / "CSV").read_text(encoding="utf-8-sig").splitlines()) == 3
    with (tmp_path / "XLSX").open("rb") as file:
        assert openpyxl.load_workbook(file).worksheets[0].max_row == 3
    page.locator("tbody").get_by_role("link", name="90,000").first.click()
    page.get_by_role("heading", name="Lines of the books").wait_for()
    found["rows"] = serious(page)
    assert found == {"index": [], "report": [], "rows": []}
    assert hosts == {urlsplit(live_server.url).netloc}
    page.close()
