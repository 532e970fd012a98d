"""A student on a phone, in Armenian: our page, the bank's page, and back to the answer, as a browser lives it."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Response, expect

from billing import links, lookup
from billing.models import Payment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIGHT_BYTES = 100_000


class Traffic:
    """What a page asked for, with the host and weight of each answer, and what it complained of."""

    def __init__(self, page):
        self.responses: list[Response] = []
        self.complaints: list[str] = []
        page.on("response", lambda response: self.responses.append(response))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)

    @property
    def hosts(self):
        return {urlsplit(response.url).netloc for response in self.responses}

    @property
    def bytes(self):
        return sum(
            int(response.headers["content-length"]) for response in self.responses if response.status == 200
        )

    def asked(self, ending):
        return sum(urlsplit(response.url).path.endswith(ending) for response in self.responses)


def the_worker_asks(link):
    for payment in Payment.objects.filter(link=link):
        lookup.refresh_payment(payment_id=payment.pk, asked_by="sweeper")


def test_paying_and_coming_back_to_an_open_course(school, phone, live_server):
    link = school.link()
    page = phone.new_page()
    traffic = Traffic(page)

    page.goto(links.link_address(link))
    expect(page.locator("html")).to_have_attribute("lang", "hy")
    expect(page.get_by_role("main")).to_contain_text(link.student.full_name)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert traffic.hosts == {urlsplit(live_server.url).netloc}
    assert traffic.bytes < LIGHT_BYTES

    page.get_by_label("Ameria").check()
    page.get_by_role("button", name="Վճարել").click()
    page.locator("[data-outcome=pay]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Հարցնում ենք բանկին")

    came_back = Traffic(page)
    page.reload()
    page.wait_for_load_state("networkidle")
    assert came_back.hosts == {urlsplit(live_server.url).netloc}
    assert came_back.bytes < LIGHT_BYTES

    the_worker_asks(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Վճարված է, շնորհակալություն", timeout=10_000)
    expect(page.get_by_role("main")).to_contain_text("դասընթացը բաց է մինչև")
    assert page.title().startswith("Վճարված է")
    expect(page.get_by_role("button", name="Տպել")).to_be_visible()

    polls = came_back.asked("/status")
    page.wait_for_timeout(4_000)
    assert came_back.asked("/status") == polls
    assert traffic.complaints == []


def test_a_declined_card_leads_back_to_the_choice(school, phone):
    link = school.link()
    page = phone.new_page()
    page.goto(links.link_address(link))
    page.get_by_role("button", name="Վճարել").click()
    page.locator("[data-outcome=decline]").first.click()
    the_worker_asks(link)
    expect(page.get_by_role("main")).to_contain_text("Բանկը մերժել է վճարումը", timeout=10_000)
    expect(page.get_by_role("button", name="Կրկին փորձել")).to_be_visible()


def test_who_goes_back_without_paying_is_offered_the_same_session(school, phone):
    link = school.link()
    page = phone.new_page()
    page.goto(links.link_address(link))
    page.get_by_role("button", name="Վճարել").click()
    expect(page.locator("[data-outcome=pay]").first).to_be_visible()
    at_the_bank = page.url
    page.go_back()
    page.reload()
    page.get_by_role("button", name="Շարունակել").click()
    page.wait_for_url(at_the_bank)
    assert Payment.objects.count() == 1


def test_everything_works_without_scripts(school, chromium):
    link = school.link()
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(links.link_address(link))
    page.get_by_role("button", name="Վճարել").click()
    page.locator("[data-outcome=pay]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Հարցնում ենք բանկին")
    the_worker_asks(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Վճարված է, շնորհակալություն", timeout=15_000)
    expect(page.get_by_role("button", name="Տպել")).to_be_hidden()
    context.close()


def test_the_keyboard_is_enough(school, phone):
    page = phone.new_page()
    page.goto(links.link_address(school.link()))
    page.keyboard.press("Tab")
    expect(page.locator(".mq-skip")).to_be_focused()
    assert page.locator(".mq-skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name="Վճարել")
    expect(button).to_be_focused()
    assert button.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("[data-outcome=pay]").first).to_be_visible()
    assert Payment.objects.count() == 1
