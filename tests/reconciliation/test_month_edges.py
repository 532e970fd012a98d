"""The first and the last moment of a month in Yerevan, and banks that date money in UTC or by the day they settle it (C1)."""

import datetime as dt

import pytest

from billing.models import Payment
from common import clock
from reconciliation.months import Month
from tests.reconciliation.months import as_file, open_breaks, reconcile, row_of, stand_at, this_month
from tests.reconciliation.statements import load, profile_of

pytestmark = pytest.mark.django_db

MILLISECOND = dt.timedelta(milliseconds=1)


def in_utc(moment):
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def settled(days):
    return lambda moment: f"{clock.day_of(moment) + dt.timedelta(days=days):%d.%m.%Y}"


@pytest.fixture
def edge(world, shift_clock):
    """One payment verified at 23:59:59.999 of a month's last day, one at 00:00:00.000 after it; both months are over."""
    month, account = this_month(), world.accounts["arca"]
    profile_of(account)
    stand_at(shift_clock, month.stop - dt.timedelta(hours=1))
    payments = [world.paid(account="arca") for _ in range(2)]
    for payment, moment in zip(payments, (month.stop - MILLISECOND, month.stop), strict=True):
        Payment.objects.filter(pk=payment.pk).update(verified_at=moment)
        payment.refresh_from_db()
    stand_at(shift_clock, month.next.stop + dt.timedelta(days=3))
    return account, month, payments


@pytest.mark.parametrize("dated", [in_utc, settled(0), settled(1), settled(-1)])
def test_money_at_the_edge_belongs_to_its_month_and_finds_its_row(edge, dated):
    account, month, payments = edge
    assert [Month.of(payment.verified_at) for payment in payments] == [month, month.next]
    load(account, as_file([row_of(payment, date=dated(payment.verified_at)) for payment in payments]))
    sums = [reconcile(account, each).summary["ours"]["count"] for each in (month, month.next)]
    assert sums == [1, 1]
    assert open_breaks() == []


def test_the_bank_counts_a_row_in_the_month_of_its_moment(edge):
    account, month, payments = edge
    load(account, as_file([row_of(payment, date=in_utc(payment.verified_at)) for payment in payments]))
    theirs = [reconcile(account, each).summary["theirs"]["count"] for each in (month, month.next)]
    assert theirs == [1, 1]


def test_what_no_statement_names_is_missing_in_its_own_month_only(edge):
    account, month, payments = edge
    other = row_of(payments[0], date=in_utc(month.next.stop + dt.timedelta(days=2)))
    other[1] = str(account.order_number_last)
    other[2] = "another"
    load(
        account,
        as_file([other, row_of(payments[0], date=in_utc(month.start), Result="Declined", Type="Purchase")]),
    )
    for each in (month, month.next):
        reconcile(account, each)
    assert open_breaks(month=month.first) == [("status_mismatch", f"order:{payments[0].order_number}")]
    assert ("missing_at_provider", f"order:{payments[1].order_number}") in open_breaks(month=month.next.first)
    assert len(open_breaks(month=month.next.first)) == 1
