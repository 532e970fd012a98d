"""A link fixes everything before anyone pays; at most one is open for an installment."""

import datetime as dt
import threading

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing import attempts, link_mail, links
from billing.models import PaymentLink, PaymentLinkLine
from common import clock, money
from students import timeline

ACTOR = timeline.SYSTEM


def test_a_link_asks_what_is_due_and_covers_the_installments_days(world):
    invoice = world.invoice(plan="three-parts")
    link = world.link(invoice)
    installment = world.installment(invoice)
    assert (link.amount_minor, link.currency) == (installment.expected_minor, "AMD")
    assert (link.period_from, link.period_to) == (installment.period_from, installment.period_to)
    assert links.find_by_token(link.token) == link
    assert links.link_address(link).endswith(f"/pay/{link.token}/")


@pytest.mark.parametrize("token", ["", "x", "{id}", "{id}wrong", "{id}{secret}x"])
def test_a_wrong_address_finds_nothing(world, token):
    link = world.link()
    assert links.find_by_token(token.format(id=link.token_id, secret=link.token_secret)) is None


@pytest.mark.parametrize(
    ("plan", "facts", "error"),
    [
        ("one-off", {"amount_minor": 0}, money.BadAmount),
        ("one-off", {"amount_minor": -100}, money.BadAmount),
        ("flexible", {"amount_minor": 150}, money.BadAmount),
        ("flexible", {"amount_minor": 9_000_100}, links.AmountDiffers),
        ("one-off", {"amount_minor": 100}, links.AmountDiffers),
        ("one-off", {"currency": "USD"}, links.LinkRefused),
        ("one-off", {"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, links.ExpiryInPast),
    ],
)
def test_bad_input_is_refused_at_its_field_and_nothing_is_stored(world, plan, facts, error):
    invoice = world.invoice(plan=plan)
    with pytest.raises(error) as refusal:
        world.link(invoice, **facts)
    assert refusal.value.field in ("amount", "currency", "expires_at")
    assert not PaymentLink.objects.exists()


def test_a_part_may_be_asked_where_the_plan_allows_it(world):
    assert world.link(world.invoice(plan="flexible"), amount_minor=1_000_00).amount_minor == 100_000


def test_a_second_link_is_the_first_one(world):
    invoice = world.invoice()
    first = world.link(invoice)
    with pytest.raises(links.ActiveLinkExists) as refusal:
        world.link(invoice)
    assert refusal.value.link == first


def test_after_cancelling_a_new_link_may_follow(world):
    invoice = world.invoice()
    first = world.link(invoice)
    with pytest.raises(links.LinkRefused):
        links.cancel_payment_link(link_id=first.pk, reason=" ", actor=ACTOR)
    links.cancel_payment_link(link_id=first.pk, reason="wrong day", actor=ACTOR)
    assert world.link(invoice) != first
    assert PaymentLinkLine.objects.filter(is_open=True).count() == 1


def test_the_database_refuses_a_second_open_line(world):
    link = world.link()
    line = link.lines.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        other = PaymentLink.objects.get(pk=link.pk)
        other.pk = None
        other.token_id = "other"
        other.save()
        PaymentLinkLine.objects.create(link=other, installment=line.installment, amount_minor=1)


@pytest.mark.parametrize(
    "column", ["amount_minor = 1", "currency = 'USD'", "expires_at = now()", "student_id = 0"]
)
def test_the_database_refuses_to_change_a_link(world, column):
    link = world.link()
    with pytest.raises(DatabaseError, match="is fixed"), transaction.atomic():
        connection.cursor().execute(f"UPDATE billing_paymentlink SET {column} WHERE id = %s", [link.pk])


def test_the_default_expiry_is_a_whole_day_at_the_school(world):
    link = world.link()
    end = clock.end_of(clock.today() + dt.timedelta(days=7))
    assert link.expires_at == end - dt.timedelta(seconds=1)


def test_a_link_is_sent_in_the_students_language(world, mailoutbox):
    link = world.link(world.invoice(student=world.student(language="ru", email="a@example.am")))
    link_mail.send_payment_link(link_id=link.pk, actor=ACTOR)
    mail = mailoutbox[0]
    assert mail.to == ["a@example.am"]
    assert links.link_address(link) in mail.body
    assert "90\u00a0000\u00a0֏" in mail.body


def test_without_an_address_the_manager_hears_what_to_do(world, mailoutbox):
    link = world.link(world.invoice(student=world.student(email="")))
    with pytest.raises(links.LinkRefused, match="copy the link"):
        link_mail.send_payment_link(link_id=link.pk, actor=ACTOR)
    assert mailoutbox == []


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_link(world):
    installment_id = world.installment(world.invoice()).pk
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def click() -> None:
        start.wait()
        try:
            links.create_payment_link(installment_ids=[installment_id], actor=ACTOR)
            outcomes.append("made")
        except links.ActiveLinkExists:
            outcomes.append("shown")
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "shown"]
    assert PaymentLink.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_pay_go_to_the_same_page_of_the_bank(world):
    link = world.link()
    pages: list[str] = []
    start = threading.Barrier(2)

    def click() -> None:
        start.wait()
        try:
            pages.append(attempts.start_attempt(link_id=link.pk, account_code="ameria").page_url)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 2
    assert pages[0] == pages[1] != ""
    assert link.payments.count() == 1
