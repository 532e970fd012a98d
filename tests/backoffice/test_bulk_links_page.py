"""The pages that ask for links at once and show what became of each."""

import re

import pytest
from django.urls import reverse

from billing import bulk_links
from billing.models import LinkBatch, PaymentLink
from common import clock
from tests.backoffice.people import person, words_of

pytestmark = pytest.mark.django_db
PAGE = "/links/at-once/"


@pytest.fixture
def manager(db):
    return person(role="manager")


def send(manager, *, do=False, **facts):
    number = re.search(r'name="request_id" value="([^"]+)"', manager.get(PAGE).content.decode()).group(1)
    facts = {"request_id": number, "due_until": str(clock.today()), "group": "", **facts}
    return manager.post(PAGE, {**facts, **({"do": "1"} if do else {})}), facts


def test_the_effect_is_shown_before_anything_is_made(world, manager):
    world.invoice()
    world.invoice(student=world.student(email="", phone="+37491000002"))
    answer, _facts = send(manager, sends_mail="on")
    words = words_of(answer.content.decode())
    assert "2 links will be made" in words
    assert "asked of 2 students 180,000 ֏" in words
    assert "1 installment is of a student without an e-mail address" in words
    assert not LinkBatch.objects.exists()


def test_confirmed_twice_it_is_one_batch_and_the_list_says_what_became_of_each(
    world, manager, django_capture_on_commit_callbacks
):
    invoice = world.invoice()
    answer, facts = send(manager, do=True)
    again = manager.post(PAGE, {**facts, "do": "1"})
    batch = LinkBatch.objects.get()
    assert answer.url == again.url == reverse("link-batch", args=[batch.pk])
    assert "0 of 1 looked at" in words_of(manager.get(answer.url).content.decode())
    bulk_links.make_all()
    page = manager.get(answer.url).content.decode()
    link = PaymentLink.objects.get()
    assert invoice.student.full_name in page
    assert reverse("admin:billing_paymentlink_change", args=[link.pk]) in page
    assert "1 of 1 looked at" in words_of(page)
    assert "hx-get" not in page
    part = manager.get(answer.url, headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"


def test_nothing_due_is_said_in_words(manager):
    answer, _facts = send(manager)
    assert "Nothing due until that day waits for a link." in words_of(answer.content.decode())


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"due_until": ""}, "required"),
        ({"due_until": "2126-01-01"}, "within a year"),
        ({"group": "999999"}, "valid choice"),
        ({"request_id": "x"}, ""),
    ],
)
def test_bad_input_makes_nothing(world, manager, facts, words):
    world.invoice()
    answer, _facts = send(manager, do=True, **facts)
    assert answer.status_code == 422
    assert words in words_of(answer.content.decode())
    assert not LinkBatch.objects.exists()


def test_who_may_not_make_links_sees_nothing_of_it(world):
    accountant = person(role="accountant")
    assert accountant.get(PAGE).status_code == 403
    assert accountant.get(PAGE + "1/").status_code == 403


def test_who_may_not_send_is_not_offered_it(world):
    rights = ["billing.add_paymentlink", "billing.view_paymentlink", "billing.view_installment"]
    maker = person(rights=rights)
    world.invoice()
    send(maker, do=True, sends_mail="on")
    assert not LinkBatch.objects.get().sends_mail


def test_a_long_list_takes_as_many_questions_as_a_short_one(world, manager, django_assert_max_num_queries):
    for _ in range(8):
        world.invoice()
    send(manager, do=True)
    bulk_links.make_all()
    address = reverse("link-batch", args=[LinkBatch.objects.get().pk])
    manager.get(address)
    with django_assert_max_num_queries(9):
        manager.get(address)


def test_the_former_batches_are_listed(world, manager):
    world.invoice()
    send(manager, do=True)
    bulk_links.make_all()
    assert "1 of 1 made" in words_of(manager.get(PAGE).content.decode())


def test_a_link_is_replaced_on_its_page(world, manager):
    old = world.link()
    address = reverse("admin:billing_paymentlink_replace", args=[old.pk])
    assert "can no longer be paid" in words_of(manager.get(address).content.decode())
    facts = {"amount": "90000", "expires_on": str(clock.today())}
    assert "required" in words_of(manager.post(address, {**facts, "reason": ""}).content.decode())
    answer = manager.post(address, {**facts, "reason": "wrong person"}, follow=True)
    fresh = PaymentLink.objects.get(state="active")
    assert answer.redirect_chain[-1][0] == reverse("admin:billing_paymentlink_change", args=[fresh.pk])
    old.refresh_from_db()
    assert old.close_reason == "wrong person"
    assert person(role="accountant").get(address).status_code == 403
