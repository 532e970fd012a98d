"""axe finds nothing serious on the student's pages, in light and dark, nor on the page that support works with."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.test import Client
from django.urls import reverse

from billing import attempts, links, lookup
from billing.models import MerchantAccount
from students import timeline

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def serious(page):
    found = Axe().run(page).response["violations"]
    return [
        (rule["id"], [node["target"] for node in rule["nodes"]])
        for rule in found
        if rule["impact"] in {"serious", "critical"}
    ]


def offered(school):
    return links.link_address(school.link())


def declined(school):
    payment = school.attempt()
    school.buyer_pays(payment, "decline")
    lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    return links.link_address(payment.link)


def begun(school):
    link = school.link()
    attempts.start_attempt(link_id=link.pk, account_code="ameria")
    return links.link_address(link)


def waiting(school):
    return begun(school) + "?back=1"


def paid(school):
    link = school.link()
    school.paid(link)
    return links.link_address(link)


def cancelled(school):
    link = school.link()
    links.cancel_payment_link(link_id=link.pk, reason="moved", actor=timeline.SYSTEM)
    return links.link_address(link)


def without_bank(school):
    MerchantAccount.objects.update(is_active=False)
    return links.link_address(school.link())


def unknown(school):
    return links.link_address(school.link())[:-2] + "/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "state",
    [offered, declined, begun, waiting, paid, cancelled, without_bank, unknown],
    ids=lambda state: state.__name__,
)
def test_the_students_page_is_accessible(school, phone, state, scheme):
    page = phone.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto(state(school))
    if state is begun:
        page.locator("summary").click()
    assert serious(page) == []


def test_the_page_of_a_student_is_accessible(school, chromium, live_server, admin_user):
    payment = school.paid()
    client = Client()
    client.force_login(admin_user)
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    for address in [reverse("student-page", args=[payment.student_id]), reverse("student-search")]:
        page.goto(live_server.url + address)
        assert page.url.endswith(address)
        assert serious(page) == []
    context.close()
