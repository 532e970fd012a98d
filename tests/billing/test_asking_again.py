"""Paid payments are asked about again, seldom and evenly, so that money sent back in a bank's cabinet is found by itself."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import asking_again, lookup
from billing.models import MerchantAccount, Payment, PaymentLookup
from common import clock
from refunds import external
from refunds.models import Refund
from students.models import OperatorTask
from tests.billing import doubtful
from tests.refunds import school

DAY = 24 * 3600


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("account", ["ameria", "arca"])
def test_money_sent_back_in_the_cabinet_is_found_without_anybody_asking(world, shift_clock, account):
    _invoice, [payment] = school.paid_invoice(world, account=account)
    world.sandbox.cabinet_refund(payment.provider_ref, 2_000_000)
    assert (asking_again.ask_again(), external.find_external()) == (0, 0)  # its answer is good for a day
    shift_clock(seconds=2 * DAY)
    assert (asking_again.ask_again(), asking_again.ask_again()) == (1, 0)
    lookup.sweep()
    assert external.find_external() == 1
    assert Refund.objects.get().amount_minor == 2_000_000
    assert OperatorTask.objects.get().kind == "external_refund"
    payment.refresh_from_db()
    assert payment.next_lookup_at is None
    school.require_clean()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "asked_ago", "again"),
    [(3, 0.9, 0), (3, 1.1, 1), (20, 6.9, 0), (20, 7.1, 1), (100, 29, 0), (100, 31, 1), (200, 150, 0)],
)
def test_the_older_a_payment_the_longer_its_answer_is_good(world, age, asked_ago, again):
    payment = world.paid()
    now = clock.now()
    Payment.objects.filter(pk=payment.pk).update(
        verified_at=now - dt.timedelta(days=age), last_lookup_at=now - dt.timedelta(days=asked_ago)
    )
    assert asking_again.ask_again() == again


@pytest.mark.django_db
def test_an_account_is_capped_and_its_questions_are_stretched_over_the_hour(world, monkeypatch, shift_clock):
    monkeypatch.setattr(asking_again, "PER_HOUR", 3)
    payments = [doubtful.report_paid(world.attempt()) for _ in range(4)]
    shift_clock(seconds=2 * DAY)
    with CaptureQueriesContext(connection) as queries:
        assert asking_again.ask_again() == 3
    assert len(queries) == 2
    planned = Payment.objects.exclude(next_lookup_at=None).order_by("next_lookup_at")
    assert [one.pk for one in planned] == [one.pk for one in payments[:3]]
    moments = [one.next_lookup_at - planned[0].next_lookup_at for one in planned]
    assert moments == [dt.timedelta(minutes=20) * place for place in range(3)]
    assert asking_again.ask_again() == 1  # the rest, in its turn


@pytest.mark.django_db
def test_nobody_is_asked_who_could_not_have_sent_money_back(world, monkeypatch, shift_clock):
    world.paid()
    world.attempt()
    shift_clock(seconds=2 * DAY)
    MerchantAccount.objects.filter(code="ameria").update(refused_at=clock.now(), refused_reason="password")
    assert asking_again.ask_again() == 0
    MerchantAccount.objects.filter(code="ameria").update(refused_at=None, is_active=False)
    monkeypatch.delenv("AMERIA_PASSWORD")
    assert asking_again.ask_again() == 0
    monkeypatch.setenv("AMERIA_PASSWORD", "secret")
    assert asking_again.ask_again() == 1  # it serves no student any more, but its cabinet is open


@pytest.mark.django_db(transaction=True)
def test_a_bank_that_does_not_answer_leaves_a_paid_payment_as_it_is(world, monkeypatch, shift_clock):
    payment = world.paid()
    shift_clock(seconds=2 * DAY)
    asking_again.ask_again()
    monkeypatch.setenv("AMERIA_BASE_URL", "http://127.0.0.1:9/")
    lookup.sweep()
    payment.refresh_from_db()
    assert (payment.state, payment.next_lookup_at) == (Payment.State.VERIFIED, None)
    assert PaymentLookup.objects.filter(payment=payment).count() == 2
    assert not OperatorTask.objects.exists()
