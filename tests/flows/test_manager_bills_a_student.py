"""A manager takes a student from the first talk to a payment link in the mailbox, in the back office alone."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.urls import reverse

from billing.models import Installment, Invoice, PaymentLink
from common import clock
from students.models import TimelineEvent
from tests.backoffice.people import person, read, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db):
    return person(role="manager")


def enroll(manager, student, group, plan):
    answer = manager.post(
        reverse("admin:billing_enroll"),
        {"student": student.pk, "group": group.pk, "plan": plan},
        follow=True,
    )
    assert answer.status_code == 200
    return Invoice.objects.get(student=student)


def ask(manager, installment, **facts):
    address = f"{reverse('admin:billing_paymentlink_create')}?installment={installment.pk}"
    last_day = clock.today() + dt.timedelta(days=7)
    return manager.post(address, {"amount": "30000", "expires_on": str(last_day), **facts}, follow=True)


def test_work_begins_at_the_start_page(manager):
    page = manager.get(reverse("admin:index")).content.decode()
    assert "Enroll a student" in words_of(page)
    assert reverse("admin:billing_enroll") in page


@pytest.mark.parametrize(
    ("plan", "amounts"),
    [
        ("one-off", [90_000]),
        ("three-parts", [30_000, 30_000, 30_000]),
        ("monthly", [30_000, 30_000, 30_000]),
    ],
)
def test_the_invoice_shows_the_schedule_of_the_plan(world, manager, plan, amounts):
    group = world.group(price=90_000, starts_on=dt.date(2027, 2, 1), days=88)
    invoice = enroll(manager, world.student(), group, plan)
    assert [part.expected_minor for part in invoice.installments.order_by("number")] == [
        amount * 100 for amount in amounts
    ]
    page = words_of(manager.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode())
    assert page.count(f"{amounts[0]:,} ֏") >= len(amounts)
    assert "Remaining 90,000 ֏" in page


def test_the_link_can_be_copied_shown_as_a_code_and_sent(world, manager, client):
    student = world.student(language="hy")
    invoice = enroll(manager, student, world.group(), "three-parts")

    page = ask(manager, invoice.installments.get(number=1)).content.decode()
    link = PaymentLink.objects.get()
    address = f"http://127.0.0.1:8000/pay/{link.token}/"
    assert f'value="{address}"' in page
    assert "<svg" in page

    manager.post(reverse("admin:billing_paymentlink_send", args=[link.pk]))
    letter = mail.outbox[0]
    assert letter.to == [student.email]
    assert address in letter.body
    assert re.search("[Ա-ֆ]", str(letter.subject))

    assert client.get(f"/pay/{link.token}/").status_code == 200


def test_the_student_page_tells_who_did_it(world, manager):
    student = world.student()
    invoice = enroll(manager, student, world.group(), "three-parts")
    ask(manager, invoice.installments.get(number=1))
    events = TimelineEvent.objects.filter(
        student=student, kind__in=["enrolled", "invoice_issued", "link_created"]
    )
    assert [event.actor for event in events] == [manager.user] * 3
    words = words_of(read(manager, student))
    assert "Payment link made: 30,000 ֏" in words
    assert manager.user.first_name in words


def test_a_second_click_finds_the_link_that_is_there(world, manager):
    invoice = enroll(manager, world.student(), world.group(), "three-parts")
    first = invoice.installments.get(number=1)
    ask(manager, first)
    again = ask(manager, first)
    link = PaymentLink.objects.get()
    assert again.redirect_chain[-1][0] == reverse("admin:billing_paymentlink_change", args=[link.pk])
    assert "active link already" in words_of(again.content.decode())


@pytest.mark.parametrize("amount", ["0", "-1", "100.5", "30001", "15000", "many"])
def test_an_amount_that_cannot_be_is_refused_in_words_and_stores_nothing(world, manager, amount):
    invoice = enroll(manager, world.student(), world.group(), "three-parts")
    answer = ask(manager, invoice.installments.get(number=1), amount=amount)
    assert answer.context["form"].errors["amount"]
    assert not PaymentLink.objects.exists()


def test_an_expiry_in_the_past_is_refused_in_words_and_stores_nothing(world, manager):
    invoice = enroll(manager, world.student(), world.group(), "three-parts")
    yesterday = clock.today() - dt.timedelta(days=1)
    answer = ask(manager, invoice.installments.get(number=1), expires_on=str(yesterday))
    assert answer.context["form"].errors
    assert not PaymentLink.objects.exists()
    assert Installment.objects.filter(invoice=invoice).count() == 3
