"""Payments in the back office: found, read, and asked about."""

import pytest
from django.urls import reverse

from billing.admin import asking
from billing.models import Payment, PaymentLookup
from tests.backoffice.people import person, words_of

pytestmark = pytest.mark.django_db

LIST = "admin:billing_payment_changelist"


@pytest.fixture
def support(db):
    return person(role="support")


def shown(client, **query):
    answer = client.get(reverse(LIST), query)
    return {payment.pk for payment in answer.context["cl"].result_list}


def test_a_payment_is_found_by_what_people_have_in_hand(world, support):
    payment, other = world.attempt(), world.attempt()
    for words in (
        str(payment.order_number),
        payment.provider_ref,
        payment.provider_ref.lower(),
        payment.student.full_name,
        payment.student.email,
        payment.link.invoice.number,
    ):
        assert shown(support, q=words) == {payment.pk}, words
    assert shown(support, q="nobody") == set()
    assert shown(support) == {payment.pk, other.pk}


def test_payments_are_filtered_by_state(world, support):
    paid, _open = world.paid(), world.attempt()
    assert shown(support, state__exact="verified") == {paid.pk}


def test_the_page_links_to_the_neighbours_and_shows_the_evidence(world, support):
    payment = world.paid()
    html = support.get(reverse("admin:billing_payment_change", args=[payment.pk])).content.decode()
    for address in (
        reverse("student-page", args=[payment.student_id]),
        reverse("admin:billing_paymentlink_change", args=[payment.link_id]),
        reverse("admin:billing_invoice_change", args=[payment.link.invoice_id]),
        reverse("admin:courses_group_change", args=[payment.group_id]),
    ):
        assert address in html
    assert "90,000" in html
    assert payment.provider_ref in html


def test_asking_is_confirmed_first(world, support):
    payment = world.attempt()
    world.buyer_pays(payment)
    page = reverse("admin:billing_payment_ask", args=[payment.pk])
    assert "is asked what became" in words_of(support.get(page).content.decode())
    support.post(page)
    assert Payment.objects.get().state == Payment.State.AT_PROVIDER
    answer = support.post(page, {"confirmed": "1"})
    assert Payment.objects.get().state == Payment.State.VERIFIED
    assert [item.changed for item in answer.context["done"]] == [True]
    assert PaymentLookup.objects.filter(payment=payment, asked_by="operator").exists()


def test_done_and_refused_are_told_apart(world, support, monkeypatch):
    paid, silent = world.attempt(), world.attempt(account="arca")
    world.buyer_pays(paid)
    monkeypatch.setenv("ARCA_BASE_URL", "http://127.0.0.1:9/")
    answer = support.post(
        reverse(LIST),
        {"action": "ask_provider", "_selected_action": [paid.pk, silent.pk], "confirmed": "1"},
    )
    assert [item.payment.pk for item in answer.context["done"]] == [paid.pk]
    assert [item.payment.pk for item in answer.context["refused"]] == [silent.pk]
    words = words_of(answer.content.decode())
    assert "Answered" in words
    assert "Not answered" in words
    assert Payment.objects.get(pk=silent.pk).state == Payment.State.UNKNOWN


def test_choosing_the_action_asks_nobody_before_the_confirmation(world, support):
    payment = world.attempt()
    answer = support.post(reverse(LIST), {"action": "ask_provider", "_selected_action": [payment.pk]})
    assert answer.context["payments"] == [payment]
    assert payment.answers.count() == 0


def test_few_payments_are_asked_about_at_once(world, support, monkeypatch):
    monkeypatch.setattr(asking, "MOST", 1)
    chosen = [world.attempt().pk, world.attempt().pk]
    answer = support.post(
        reverse(LIST), {"action": "ask_provider", "_selected_action": chosen, "confirmed": "1"}
    )
    assert len(answer.context["done"]) == 1


def test_a_payment_that_is_not_there_leads_back(support):
    assert support.get(reverse("admin:billing_payment_change", args=[77])).status_code == 302
