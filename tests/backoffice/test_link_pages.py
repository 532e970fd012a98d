"""Pages that make, show, send and cancel a payment link."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse

from billing import link_mail, links
from billing.admin import links as link_admin
from billing.models import Payment, PaymentLink
from common import clock
from tests.backoffice.people import person, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db):
    return person(role="manager")


def create_page(installment):
    return f"{reverse('admin:billing_paymentlink_create')}?installment={installment.pk}"


def page_of(link):
    return reverse("admin:billing_paymentlink_change", args=[link.pk])


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"amount": "0"}, "amount", "more than zero"),
        ({"amount": "-100"}, "amount", "more than zero"),
        ({"amount": "100.5"}, "amount", "whole drams"),
        ({"amount": "100.0055"}, "amount", "more decimals"),
        ({"amount": "much"}, "amount", "as a number"),
        ({"amount": ""}, "amount", "required"),
        ({"amount": "90001"}, "amount", "Only 90000 remains"),
        ({"amount": "1000"}, "amount", "takes no part"),
        ({"expires_on": "2020-01-01"}, "expires_on", "This day is over"),
        ({"expires_on": "2126-01-01"}, "expires_on", "within two years"),
        ({"expires_on": "soon"}, "expires_on", "valid date"),
    ],
)
def test_bad_input_is_an_error_in_words_at_the_field(world, manager, facts, field, words):
    installment = world.installment(world.invoice())
    usual = {"amount": "90000", "expires_on": str(clock.today())}
    answer = manager.post(create_page(installment), {**usual, **facts})
    assert words in str(answer.context["form"].errors[field])
    assert not PaymentLink.objects.exists()


def test_a_part_may_be_asked_where_the_plan_allows_it(world, manager):
    installment = world.installment(world.invoice(plan="flexible"))
    manager.post(create_page(installment), {"amount": "1 000 ֏", "expires_on": str(clock.today())})
    link = PaymentLink.objects.get()
    assert link.amount_minor == 100_000
    assert clock.day_of(link.expires_at) == clock.today()


def test_the_usual_expiry_is_the_plans(world, manager):
    form = manager.get(create_page(world.installment(world.invoice()))).context["form"]
    assert form.initial["expires_on"] == clock.today() + dt.timedelta(days=7)


def test_an_active_link_is_shown_instead_of_a_second_one(world, manager):
    link = world.link()
    installment = link.lines.get().installment
    for answer in (
        manager.get(create_page(installment), follow=True),
        manager.post(create_page(installment), {"amount": "1"}, follow=True),
    ):
        assert answer.redirect_chain[-1][0] == page_of(link)
        assert "has an active link already" in words_of(answer.content.decode())
    assert PaymentLink.objects.count() == 1


def test_a_link_made_meanwhile_is_shown(world, manager, monkeypatch):
    installment = world.installment(world.invoice())
    verb = links.create_payment_link

    def too_late(**facts):
        monkeypatch.setattr(links, "create_payment_link", verb)
        verb(**facts)
        return verb(**facts)

    monkeypatch.setattr(links, "create_payment_link", too_late)
    answer = manager.post(
        create_page(installment), {"amount": "90000", "expires_on": str(clock.today())}, follow=True
    )
    assert answer.redirect_chain[-1][0] == page_of(PaymentLink.objects.get())


def test_a_paid_installment_leads_back_to_its_invoice(world, manager):
    payment = world.paid()
    installment = payment.link.lines.get().installment
    answer = manager.get(create_page(installment), follow=True)
    assert answer.redirect_chain[-1][0] == reverse(
        "admin:billing_invoice_change", args=[installment.invoice_id]
    )
    assert "Nothing remains to be paid" in words_of(answer.content.decode())


@pytest.mark.parametrize("installment", ["", "x", "999999", "1 or 1", "²", "9" * 30])
def test_an_unknown_installment_is_not_found(db, manager, installment):
    address = reverse("admin:billing_paymentlink_create")
    assert manager.get(address, {"installment": installment}).status_code == 404


def test_a_closed_link_shows_neither_address_nor_qr(world, manager):
    link = world.link()
    reason = {"reason": "The student changed the group"}
    manager.post(reverse("admin:billing_paymentlink_cancel", args=[link.pk]), reason)
    link = PaymentLink.objects.get()
    assert (link.state, link.close_reason) == (PaymentLink.State.CANCELLED, reason["reason"])
    html = manager.get(page_of(link)).content.decode()
    assert link.token not in html
    assert "mq-qr-code" not in html
    assert reason["reason"] in html


def test_cancelling_needs_a_reason(world, manager):
    link = world.link()
    answer = manager.post(reverse("admin:billing_paymentlink_cancel", args=[link.pk]), {"reason": "  "})
    assert "reason" in answer.context["form"].errors
    assert PaymentLink.objects.get().state == PaymentLink.State.ACTIVE


def test_a_link_that_was_just_paid_is_not_cancelled(world, manager):
    payment = world.attempt()
    world.buyer_pays(payment)  # nobody asked the bank yet
    answer = manager.post(
        reverse("admin:billing_paymentlink_cancel", args=[payment.link_id]), {"reason": "mistake"}
    )
    assert "Only an active link can be cancelled" in str(answer.context["form"].non_field_errors())
    assert PaymentLink.objects.get().state == PaymentLink.State.PAID
    assert Payment.objects.get().state == Payment.State.VERIFIED


def test_a_student_without_an_address_gets_no_mail(world, manager):
    link = world.link(world.invoice(student=world.student(email="")))
    send = reverse("admin:billing_paymentlink_send", args=[link.pk])
    assert "The student has no e-mail" in words_of(manager.get(send).content.decode())
    answer = manager.post(send, follow=True)
    assert "no e-mail address" in words_of(answer.content.decode())
    assert mail.outbox == []


def test_a_mail_server_that_is_down_is_told_not_hidden(world, manager, monkeypatch):
    link = world.link()

    def down(**_facts):
        raise links.LinkRefused("The mail server does not answer.")

    monkeypatch.setattr(link_mail, "send_payment_link", down)
    answer = manager.post(reverse("admin:billing_paymentlink_send", args=[link.pk]), follow=True)
    assert "The mail server does not answer." in words_of(answer.content.decode())


def test_the_qr_holds_the_address_and_scales(world):
    drawing = link_admin.qr_of(links.link_address(world.link()))
    assert "viewBox" in drawing
    assert 'class="mq-qr-code"' in drawing


def test_a_link_that_no_bank_can_serve_says_so(world, manager):
    link = world.link()
    for account in world.accounts.values():
        account.is_active = False
        account.save()
    assert "No bank can be offered" in words_of(manager.get(page_of(link)).content.decode())
