"""“The student says it is paid”: any number leads to the payment, and the bank's answer is what is said."""

import pytest
from django.urls import reverse

from billing import claims, links, lookup, manual_payments
from billing.models import Payment
from common import clock
from tests.backoffice.people import words_of
from tests.billing import doubtful


def ask(client, text, **facts):
    answer = client.post(reverse("desk-claim"), {"text": text}, **facts)
    assert answer.status_code == 200
    return words_of(answer.content.decode())


@pytest.fixture
def paid_at_the_bank(world):
    """A payment that the bank has taken and we have not heard of."""
    payment = world.attempt()
    world.buyer_pays(payment)
    return payment


@pytest.mark.parametrize(
    "number",
    [
        lambda payment: str(payment.order_number),
        lambda payment: f"  №{payment.order_number} ",
        lambda payment: payment.provider_ref,
        lambda payment: payment.provider_ref.upper(),
        lambda payment: payment.link.invoice.number,
        lambda payment: payment.link.token,
        lambda payment: links.link_address(payment.link),
        lambda payment: f"Ameriabank 12:30 Գումար 90000 AMD\nՊատվեր {payment.order_number}, շնորհակալություն",
    ],
)
def test_any_number_of_a_screenshot_finds_the_payment_and_the_bank_decides(support, paid_at_the_bank, number):
    words = ask(support, number(paid_at_the_bank))
    assert "True: Ameria took 90,000 ֏" in words
    paid_at_the_bank.refresh_from_db()
    assert paid_at_the_bank.state == Payment.State.VERIFIED


def test_what_is_not_paid_is_said_to_be_not_paid(world, support):
    payment = world.attempt()
    assert "begun and not finished" in ask(support, str(payment.order_number))
    world.buyer_pays(payment, "decline")
    assert "Not true now: Ameria says the payment was declined" in ask(support, str(payment.order_number))


def test_held_money_waits_for_a_person(world, support):
    payment = doubtful.held(world)
    assert "a person has to decide" in ask(support, str(payment.order_number))


def test_a_second_payment_says_that_it_is_credit(world, support):
    payment = doubtful.paid_twice(world)
    assert "90,000 ֏ of it stands for no installment" in ask(support, str(payment.order_number))


def test_a_bank_that_does_not_answer_is_not_a_no(world, support, monkeypatch):
    payment = world.attempt()
    monkeypatch.setenv("AMERIA_BASE_URL", "http://127.0.0.1:9/VPOS/")
    assert "gives no clear answer" in ask(support, str(payment.order_number))


@pytest.mark.parametrize(
    "text", ["4242 4242 4242 4242", "ոչինչ", "\0 12 \0", "9" * 2000, "' OR 1=1 --", "💳 12"]
)
def test_what_is_no_number_of_ours_says_what_to_look_for(support, text):
    assert "No payment of ours has such a number" in ask(support, text)


def test_nothing_written_asks_nothing(support):
    assert "Nothing waits here" in ask(support, "   ")


def test_htmx_gets_the_answer_alone(support, paid_at_the_bank):
    answer = support.post(
        reverse("desk-claim"), {"text": paid_at_the_bank.order_number}, headers={"HX-Request": "true"}
    )
    assert "<html" not in answer.content.decode()


def test_money_entered_by_hand_is_found_by_its_document_and_nobody_is_asked(world, support):

    world.account("desk", provider="manual", profile="cash")
    manual_payments.enter_payment(
        account_code="desk",
        amount_minor=9_000_000,
        document_number="ԿՕ 17/5",
        document_date=clock.today(),
        installment_id=world.installment(world.invoice()).pk,
        actor=doubtful.colleague("cashier"),
    )
    assert "True: Desk took 90,000 ֏" in ask(support, "ԿՕ 17/5")


def test_at_most_three_banks_are_asked_at_once(world, support, monkeypatch):
    asked = []
    monkeypatch.setattr(lookup, "refresh_payment", lambda **facts: asked.append(facts["payment_id"]))
    link = world.link()
    for account in ("ameria", "arca"):
        world.attempt(link, account)
    for payment in Payment.objects.all():
        Payment.objects.filter(pk=payment.pk).update(session_ends_at=clock.now())
    for account in ("ameria", "arca"):
        world.attempt(link, account)
    ask(support, link.invoice.number)
    assert len(asked) == claims.ASKED_AT_ONCE
