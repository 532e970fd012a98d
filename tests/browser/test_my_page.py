"""A student comes in by the mailed link on a phone, reads, pays, asks for a pause and leaves; in three languages, also wide."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import ViewportSize, expect

from students.models import OperatorTask
from tests.backoffice.people import person
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import serious
from tests.my_page import inside

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
DESKTOP = ViewportSize(width=1280, height=900)


def shoot(page, name):
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def busy_student(school, language):
    student = school.student(language=language)
    school.paid(school.link(school.invoice(student=student, plan="three-parts")))
    school.invoice(student=student, plan="monthly")
    return student


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["hy", "ru", "en"])
def test_the_page_reads_well(chromium, school, live_server, language, size):
    student = busy_student(school, language)
    context = chromium.new_context(viewport=size)
    page = context.new_page()
    name = f"my-{language}-{'phone' if size == PHONE else 'desktop'}"
    page.goto(f"{live_server.url}{reverse('my-page')}?lang={language}")
    shoot(page, f"{name}-ask")
    page.goto(live_server.url + inside.link_of(student))
    expect(page.locator("html")).to_have_attribute("lang", language)
    shoot(page, f"{name}-open")
    page.locator("main form button").click()
    expect(page.get_by_role("main")).to_contain_text(student.full_name)
    shoot(page, f"{name}-page")
    context.close()


def test_from_the_mail_to_the_bank_and_out(school, phone, live_server):
    student = busy_student(school, "en")
    page = phone.new_page()
    page.goto(f"{live_server.url}{reverse('my-page')}?lang=en")
    page.get_by_label("E-mail").fill(student.email)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("main")).to_contain_text("Look into your mail")
    shoot(page, "my-asked")
    link = inside.mailed(student.email)
    page.goto(live_server.url + link)
    page.get_by_role("button", name="Open my page").click()
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_role("status")).to_contain_text("your consent is written down")
    with page.expect_download() as file:
        page.get_by_role("button", name="Take my data away").click()
    assert file.value.suggested_filename == f"student-{student.pk}.json"
    page.get_by_label("A pause").check()
    page.get_by_label("In your own words").fill("I am away in May.")
    page.get_by_role("button", name="Send to the school").click()
    expect(page.get_by_role("status")).to_contain_text("The school has your words")
    assert OperatorTask.objects.get().kind == "pause_wanted"
    shoot(page, "my-wished")
    page.locator(".mq-primary").click()
    page.wait_for_url("**/pay/**")
    page.go_back()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    page.goto(live_server.url + link)
    expect(page.get_by_role("main")).to_contain_text("was used already")
    shoot(page, "my-used")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["hy", "ru", "en"])
def test_the_page_that_erases_reads_well(chromium, school, live_server, language, size):
    student = busy_student(school, language)
    context = chromium.new_context(viewport=size, locale=language)
    session = person(role="manager").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    name = f"erase-{language}-{'phone' if size == PHONE else 'desktop'}"
    page.goto(live_server.url + reverse("student-page", args=[student.pk]))
    shoot(page, f"{name}-student")
    page.goto(live_server.url + reverse("student-erase", args=[student.pk]))
    expect(page.locator(".mq-warn")).to_have_count(1)  # a course is open
    shoot(page, name)
    context.close()
