"""The student's page over HTTP: every state of a link, and what each door lets through."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from billing import links, lookup
from billing.models import MerchantAccount, Payment, PaymentLink
from students import timeline

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


def page(client, link, **query):
    return client.get(reverse("pay-link", args=[link.token]), query)


def start(client, link, account="ameria", **data):
    return client.post(reverse("pay-start", args=[link.token]), {"account": account, **data})


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_link_shows_what_is_to_be_paid_and_where(client, world):
    link = world.link()
    response = page(client, link, lang="en")
    assert response.status_code == 200
    shown = words(response)
    for fact in [
        link.student.full_name,
        link.course.title,
        link.group.name,
        "90,000",
        "Ameria",
        "Arca",
        "Pay by",
    ]:
        assert fact in shown
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize(("language", "word"), [("hy", "Վճարել"), ("ru", "Оплатить"), ("en", "Pay")])
def test_the_student_reads_the_language_on_record(client, world, language, word):
    link = world.link(world.invoice(student=world.student(language=language)))
    response = page(client, link)
    assert f'<html lang="{language}"' in response.content.decode()
    assert word in words(response)


def test_a_chosen_language_lasts_over_the_banks_page(client, world):
    link = world.link()
    page(client, link, lang="ru")
    assert "К оплате" in words(page(client, link))


def test_an_unknown_language_is_not_spoken(client, world):
    response = page(client, world.link(), lang="tlh")
    assert '<html lang="hy"' in response.content.decode()


def test_opening_is_noted_once(client, world):
    link = world.link()
    page(client, link)
    first = PaymentLink.objects.get(pk=link.pk).opened_at
    page(client, link)
    assert first is not None
    assert PaymentLink.objects.get(pk=link.pk).opened_at == first


def test_the_button_leads_to_the_banks_page(client, world):
    link = world.link()
    response = start(client, link)
    payment = Payment.objects.get()
    assert response.status_code == 303
    assert response.headers["Location"] == payment.page_url


def test_the_form_needs_no_cookie(world):
    from django.test import Client

    assert start(Client(enforce_csrf_checks=True), world.link()).status_code == 303


def test_a_second_click_continues_the_same_session(client, world):
    link = world.link()
    first, second = start(client, link), start(client, link)
    assert first.headers["Location"] == second.headers["Location"]
    assert Payment.objects.count() == 1
    assert "You have begun to pay at Ameria" in words(page(client, link, lang="en"))


def test_another_bank_only_after_the_warning(client, world):
    link = world.link()
    start(client, link)
    refused = start(client, link, "arca")
    assert refused.headers["Location"] == reverse("pay-link", args=[link.token])
    assert Payment.objects.count() == 1
    assert start(client, link, "arca", another="1").status_code == 303
    assert Payment.objects.count() == 2


def test_who_comes_back_waits_until_the_bank_decides_and_then_reads_it(client, world):
    payment = world.attempt()
    link = payment.link
    back = client.get(reverse("pay-return", args=[link.token]), {"orderID": "1", "paymentID": "x"})
    assert back.headers["Location"].endswith("?back=1")
    waiting = page(client, link, back="1", lang="en")
    assert "We are asking the bank" in words(waiting)
    assert 'hx-trigger="every 3s"' in waiting.content.decode()
    assert '<noscript><meta http-equiv="refresh"' in waiting.content.decode()
    poll = reverse("pay-status", args=[link.token])
    assert client.get(poll).status_code == 204

    world.buyer_pays(payment)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="sweeper")
    answer = client.get(poll)
    assert answer.status_code == 286
    assert "Paid, thank you" in words(answer)
    assert "is open until" in words(answer)
    assert 'hx-trigger="every 3s"' not in page(client, link, back="1").content.decode()


def test_after_a_decline_the_link_is_offered_again(client, world):
    payment = world.attempt()
    world.buyer_pays(payment, "decline")
    lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    response = page(client, payment.link, back="1", lang="en")
    assert "The bank declined the payment" in words(response)
    assert "Try again" in words(response)


def test_the_click_finds_money_that_came_meanwhile_and_asks_for_none(client, world):
    payment = world.attempt()
    world.buyer_pays(payment)
    response = start(client, payment.link, "arca", another="1")
    assert response.headers["Location"] == reverse("pay-link", args=[payment.link.token])
    assert "Paid, thank you" in words(page(client, payment.link, lang="en"))
    assert Payment.objects.count() == 1


def test_an_expired_link_says_so_and_starts_nothing(client, world, shift_clock):
    link = world.link()
    shift_clock(seconds=60 * 86_400)
    assert "This payment link has expired" in words(page(client, link, lang="en"))
    start(client, link)
    assert not Payment.objects.exists()


def test_a_cancelled_link_says_so_and_starts_nothing(client, world):
    link = world.link()
    links.cancel_payment_link(link_id=link.pk, reason="wrong group", actor=timeline.SYSTEM)
    shown = words(page(client, link, lang="en"))
    assert "The school has cancelled this payment link" in shown
    assert "wrong group" not in shown
    start(client, link)
    assert not Payment.objects.exists()


def test_without_a_bank_nothing_is_offered(client, world):
    link = world.link()
    MerchantAccount.objects.update(is_active=False)
    assert "Payment is not possible at the moment" in words(page(client, link, lang="en"))


def test_a_bank_that_does_not_answer_leads_back_to_the_choice(client, world, monkeypatch):
    link = world.link()
    monkeypatch.setenv("AMERIA_BASE_URL", "http://127.0.0.1:9/VPOS/")
    client.cookies["django_language"] = "en"
    response = start(client, link)
    assert response.status_code == 503
    assert "The bank's page did not open" in words(response).replace("&#x27;", "'")
    assert "Arca" in words(response)


@pytest.mark.parametrize("door", ["pay-link", "pay-status", "pay-return"])
def test_a_wrong_address_tells_nothing(client, world, door):
    link = world.link()
    for token in ["x", link.token[:-1] + "!", link.token_id, "ա" * 32]:
        response = client.get(reverse(door, args=[token]))
        assert response.status_code == 404
        assert link.student.full_name not in response.content.decode()


def test_who_tries_many_addresses_is_slowed_and_a_right_address_still_opens(client, world):
    link = world.link()
    codes = [client.get(reverse("pay-link", args=[f"guess{number}"])).status_code for number in range(25)]
    assert codes[0] == 404
    assert codes[-1] == 429
    assert page(client, link).status_code == 200


def test_wrong_methods_are_refused(client, world):
    link = world.link()
    assert client.get(reverse("pay-start", args=[link.token])).status_code == 405
    assert client.post(reverse("pay-link", args=[link.token])).status_code == 405
    assert client.post(reverse("pay-return", args=[link.token])).status_code == 405


def test_a_page_names_no_other_host(client, world):
    link = world.link()
    shown = page(client, link).content.decode()
    assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//", shown) == []
    assert len(shown) < 12_000
