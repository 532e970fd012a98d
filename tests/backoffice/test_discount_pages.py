"""The pages that give a discount and take it back: the whole effect first, then once."""

import re

import pytest
from django.urls import reverse

from billing.models import Discount
from tests.backoffice.people import page_of, person, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db):
    return person(role="manager")


def facts_of(**facts):
    return {"ground": "scholarship", "percent": "10", "amount": "", "reason": "best of the year", **facts}


def test_the_effect_is_read_then_confirmed_once(world, manager):
    invoice = world.invoice(plan="three-parts")
    address = reverse("give-discount", args=[invoice.pk])
    assert "Give a discount" in words_of(manager.get(address).content.decode())
    effect = manager.post(address, facts_of()).content.decode()
    assert "9,000 ֏ less to pay" in words_of(effect)
    assert "now 30,000 ֏ 27,000 ֏" in words_of(effect)
    assert not Discount.objects.exists()
    seen = re.search(r'name="seen" value="([^"]+)"', effect).group(1)
    for _click in range(2):
        answer = manager.post(address, facts_of(do="1", seen=seen))
        assert answer.url == page_of(invoice.student)
    assert Discount.objects.count() == 1
    shown = words_of(manager.get(answer.url).content.decode())
    assert "Discount (scholarship): 9,000 ֏ less to pay" in shown
    of_invoice = manager.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode()
    assert "Scholarship · 10 % · best of the year" in words_of(of_invoice)
    assert reverse("withdraw-discount", args=[Discount.objects.get().pk]) in of_invoice


def test_what_changed_meanwhile_is_shown_again(world, manager):
    invoice = world.invoice()
    address = reverse("give-discount", args=[invoice.pk])
    answer = manager.post(address, facts_of(do="1", seen="something else"))
    assert "Something changed meanwhile" in words_of(answer.content.decode())
    assert not Discount.objects.exists()


def test_taken_back_with_a_reason(world, manager):
    invoice = world.invoice()
    address = reverse("give-discount", args=[invoice.pk])
    seen = re.search(
        r'name="seen" value="([^"]+)"', manager.post(address, facts_of()).content.decode()
    ).group(1)
    manager.post(address, facts_of(do="1", seen=seen))
    discount = Discount.objects.get()
    back = reverse("withdraw-discount", args=[discount.pk])
    assert "9,000 ֏ is owed again" in words_of(manager.get(back).content.decode())
    assert manager.post(back, {"reason": ""}).status_code == 422
    for _click in range(2):
        assert manager.post(back, {"reason": "wrong student"}).url == page_of(invoice.student)
    discount.refresh_from_db()
    assert discount.withdrawn_reason == "wrong student"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"percent": ""}, "either percent or an amount"),
        ({"amount": "100"}, "either percent or an amount"),
        ({"percent": "100"}, "less than or equal to 99"),
        ({"percent": "", "amount": "90000"}, "At most 89999"),
        ({"percent": "", "amount": "0,5"}, "whole drams"),
        ({"reason": ""}, "required"),
        ({"ground": "pity"}, "valid choice"),
    ],
)
def test_bad_input_is_said_in_words(world, manager, facts, words):
    invoice = world.invoice()
    answer = manager.post(reverse("give-discount", args=[invoice.pk]), facts_of(**facts))
    assert answer.status_code == 422
    assert words in words_of(answer.content.decode())


def test_who_may_not_give_discounts_sees_no_door(world):
    invoice = world.invoice()
    support = person(role="support")
    assert support.get(reverse("give-discount", args=[invoice.pk])).status_code == 403
    page = support.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode()
    assert "Give a discount" not in page
