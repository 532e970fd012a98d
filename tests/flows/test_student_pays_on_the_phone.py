"""A student pays without a login: our page, the bank's page over real HTTP, back to us, and the course is open."""

import re
from urllib.parse import urlsplit

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from access.models import CourseAccess
from billing import tasks
from billing.models import Payment
from common import dates, money

pytestmark = pytest.mark.django_db

STOP_POLLING = 286


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


class Phone:
    """A student's browser: follows where it is sent, at our pages and at the bank's, and reads the student's language."""

    def __init__(self, language: str) -> None:
        self.client = Client()
        self.language = language
        self.text = ""
        self.status = 0

    def open(self, address: str) -> None:
        """Open one of our pages and follow it."""
        answer = self.client.get(_ours(address), follow=True)
        self.text, self.status = answer.content.decode(), answer.status_code

    def choose(self, link, account: str) -> str:
        """Press the button of our page; return the bank's address."""
        answer = self.client.post(reverse("pay-start", args=[link.token]), {"account": account})
        assert answer.status_code == 303
        return answer.headers["Location"]

    def press_at_bank(self, page: str, outcome: str) -> str:
        """Press a button of the bank's page; return where the bank sends the browser."""
        with httpx.Client(trust_env=False) as web:
            shown = web.get(page)
            assert f'data-outcome="{outcome}"' in shown.text
            pressed = web.post(page, data={"outcome": outcome})
        return pressed.headers["Location"]

    def reads(self, sentence: str, **facts: str) -> bool:
        """Say whether the page says this sentence in the student's language."""
        with translation.override(self.language):
            wanted = translation.gettext(sentence) % facts
        return escape(wanted) in re.sub(r"\s+", " ", self.text)


def _ours(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def worker_runs(link):
    """Do what the worker does with the nudge of the returning browser."""
    for payment in link.payments.all():
        tasks.refresh_payment(payment_id=payment.pk, asked_by="return")


@pytest.mark.parametrize("language", ["hy", "ru", "en"])
@pytest.mark.parametrize("account", ["ameria", "arca"])
def test_from_the_link_to_the_open_course(world, language, account):
    student = world.student(language=language)
    link = world.link(world.invoice(student=student, plan="three-parts"))
    phone = Phone(language)

    phone.open(reverse("pay-link", args=[link.token]))
    assert f'<html lang="{language}"' in phone.text
    for fact in (
        student.full_name,
        link.course.title,
        link.group.name,
        dates.format_period(link.period_from, link.period_to, language),
        money.format_money(link.amount_minor, "AMD", language),
        dates.format_moment(link.expires_at, language),
    ):
        assert escape(fact) in phone.text

    bank = phone.choose(link, account)
    assert urlsplit(bank).netloc == urlsplit(world.sandbox.url).netloc
    back = phone.press_at_bank(bank, "pay")
    phone.open(back)
    assert phone.reads("We are asking the bank")
    assert not CourseAccess.objects.filter(student=student, state="open").exists()

    status = reverse("pay-status", args=[link.token])
    phone.open(status)
    assert phone.status == 204
    worker_runs(link)
    phone.open(status)
    assert phone.status == STOP_POLLING
    assert phone.reads("Paid, thank you")
    last_day = dates.format_day(link.period_to, language)
    assert phone.reads("%(course)s is open until %(day)s.", course=link.course.title, day=last_day)
    assert CourseAccess.objects.get(student=student).state == CourseAccess.State.OPEN


@pytest.mark.parametrize("outcome", ["decline", "fail-3ds"])
@pytest.mark.parametrize("account", ["ameria", "arca"])
def test_after_a_refusal_the_student_reads_that_and_pays_at_the_other_bank(world, outcome, account):
    link = world.link()
    phone = Phone("hy")
    phone.open(phone.press_at_bank(phone.choose(link, account), outcome))
    worker_runs(link)
    phone.open(reverse("pay-link", args=[link.token]))
    assert phone.reads("The bank declined the payment")

    other = "arca" if account == "ameria" else "ameria"
    phone.open(phone.press_at_bank(phone.choose(link, other), "pay"))
    worker_runs(link)
    phone.open(reverse("pay-link", args=[link.token]))
    assert phone.reads("Paid, thank you")
    assert sorted(link.payments.values_list("state", flat=True)) == ["failed", "verified"]


def test_a_forged_return_opens_nothing(world):
    link = world.link()
    phone = Phone("hy")
    phone.choose(link, "ameria")
    payment = link.payments.get()
    phone.open(world.sandbox.forged_return(payment.provider_ref))
    worker_runs(link)
    phone.open(reverse("pay-link", args=[link.token]) + "?back=1")
    assert phone.reads("We are asking the bank")
    payment.refresh_from_db()
    assert payment.state == Payment.State.AT_PROVIDER
    assert not CourseAccess.objects.filter(state="open").exists()


def test_no_page_of_a_link_shows_another_student(world):
    mine, other = world.link(), world.link()
    phone = Phone("hy")
    phone.open(reverse("pay-link", args=[mine.token]))
    assert mine.student.full_name in phone.text
    assert other.student.full_name not in phone.text
