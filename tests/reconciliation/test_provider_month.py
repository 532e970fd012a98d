"""One account's month against its statement: every kind of break, from both banks."""

import datetime as dt

import pytest

from billing import lookup
from billing.models import Payment
from common import clock
from reconciliation import runs
from reconciliation.models import Discrepancy, Run
from reconciliation.months import Month
from students.models import OperatorTask, TimelineEvent
from tests.reconciliation.months import (
    as_file,
    open_breaks,
    reconcile,
    row_of,
    stand_at,
    statement_of,
    this_month,
)
from tests.reconciliation.statements import load, profile_of, row

pytestmark = pytest.mark.django_db


def after_the_month(shift_clock, days=1):
    """Move the clock behind the end of this month; `days` behind it."""
    then = this_month().stop + dt.timedelta(days=days)
    stand_at(shift_clock, then)


@pytest.fixture
def middle_of_month(shift_clock):
    """Stand on the 15th of a month, far from its edges."""
    moment = clock.start_of(clock.today().replace(day=15)) + dt.timedelta(hours=12)
    stand_at(shift_clock, moment)


@pytest.fixture
def paid(world, middle_of_month):
    """Three verified payments of each bank, and a profile for both."""
    for account in world.accounts.values():
        profile_of(account)
    return {code: [world.paid(account=code) for _ in range(3)] for code in ("ameria", "arca")}


def test_a_month_that_agrees_has_no_break(world, paid, shift_clock):
    month = this_month()
    for code, payments in paid.items():
        load(world.accounts[code], as_file(statement_of(payments)))
    after_the_month(shift_clock)
    for code in paid:
        run = reconcile(world.accounts[code], month)
        assert (run.has_source, run.is_final, run.finished_at is not None) == (True, True, True)
        assert run.summary["matched"] == 3
        assert run.summary["ours"] == {"count": 3, "minor": 27_000_000}
        assert run.summary["theirs"]["minor"] == 27_000_000
        assert run.summary["breaks"] == {}
    assert not Discrepancy.objects.exists()


def test_every_kind_of_difference_has_its_kind(world, paid, shift_clock):
    month, account = this_month(), world.accounts["arca"]
    first, second, third = paid["arca"]
    rows = [
        row_of(first, Amount="1"),
        row_of(second, Currency="USD"),
        row_of(third),
        row_of(third, Fee="5", Net="1"),
        row(account.order_number_last, 700, date=row_of(first)[0]),
    ]
    load(account, as_file(rows))
    after_the_month(shift_clock)
    reconcile(account, month)
    assert [kind for kind, _key in open_breaks()] == [
        "amount_mismatch",
        "currency_mismatch",
        "duplicate",
        "fee_mismatch",
        "missing_in_ledger",
    ]
    found = Discrepancy.objects.get(kind="amount_mismatch")
    assert (found.ours_minor, found.theirs_minor) == (9_000_000, 100)
    assert (found.payment_id, found.student_id) == (first.pk, first.student_id)
    assert TimelineEvent.objects.filter(kind="break_found", student_id=first.student_id).count() == 1
    assert OperatorTask.objects.get(kind="month_breaks").data["breaks"] == 4


def test_what_the_statement_does_not_name_is_missing(world, paid, shift_clock):
    month, account = this_month(), world.accounts["ameria"]
    first, second, third = paid["ameria"]
    load(account, as_file([row_of(first), row_of(second, Result="Declined")]))
    after_the_month(shift_clock)
    reconcile(account, month)
    assert open_breaks() == [
        ("missing_at_provider", f"order:{third.order_number}"),
        ("status_mismatch", f"order:{second.order_number}"),
    ]


def test_while_the_month_runs_later_payments_wait_for_the_statement(world, paid):
    account = world.accounts["arca"]
    load(account, as_file([row_of(paid["arca"][0])]))
    run = reconcile(account)
    assert (run.is_final, run.summary["breaks"]) == (False, {})


def test_without_a_statement_nothing_is_missing(world, paid, shift_clock):
    month = this_month()
    after_the_month(shift_clock)
    run = reconcile(world.accounts["arca"], month)
    assert (run.has_source, open_breaks()) == (False, [])


def test_money_that_came_unseen_is_a_difference_until_we_ask(world, middle_of_month, shift_clock):
    account, month = world.accounts["arca"], this_month()
    profile_of(account)
    payment = world.attempt(account="arca")
    world.buyer_pays(payment)
    load(account, as_file([row_of(payment)]))
    after_the_month(shift_clock, days=1)
    reconcile(account, month)
    assert open_breaks() == [("status_mismatch", f"order:{payment.order_number}")]
    lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
    reconcile(account, month)
    assert open_breaks() == []
    assert Discrepancy.objects.get().state == Discrepancy.State.CLOSED_BY_FACTS
    assert OperatorTask.objects.get(kind="month_breaks").state == OperatorTask.State.RESOLVED


def test_another_reference_or_another_order_is_told_apart_from_missing(world, paid, shift_clock):
    account, month = world.accounts["ameria"], this_month()
    first, second, third = paid["ameria"]
    stranger = row(account.order_number_last, second.amount_minor // 100, date=row_of(second)[0])
    stranger[2] = second.provider_ref
    nameless = row_of(third)
    nameless[1] = ""
    load(account, as_file([row_of(first, Reference="other"), stranger, nameless]))
    after_the_month(shift_clock)
    reconcile(account, month)
    assert open_breaks() == sorted(
        [
            ("data_mismatch", f"order:{first.order_number}"),
            ("data_mismatch", f"order:{account.order_number_last}"),
        ]
    )
    assert Discrepancy.objects.get(key=f"order:{account.order_number_last}").payment_id == second.pk


def test_a_second_payment_of_a_link_is_a_duplicate_and_a_surplus_is_unallocated(world, middle_of_month):
    account = world.accounts["ameria"]
    link = world.link()
    first = world.attempt(link, "arca")
    second = world.attempt(link, "ameria")
    for payment in (first, second):
        world.buyer_pays(payment)
        lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
    reconcile(account)
    assert open_breaks() == [("duplicate", f"credit:{second.order_number}")]


def test_a_refund_in_the_bank_alone_is_a_drift(world, paid, shift_clock):
    account, month = world.accounts["arca"], this_month()
    first = paid["arca"][0]
    load(account, as_file([*statement_of(paid["arca"]), row_of(first, Type="Refund", Amount="100")]))
    after_the_month(shift_clock)
    reconcile(account, month)
    assert open_breaks() == [("refund_drift", f"refund:{first.order_number}")]
    found = Discrepancy.objects.get()
    assert (found.ours_minor, found.theirs_minor) == (0, 10_000)


@pytest.mark.parametrize("code", ["ameria", "arca"])
def test_the_last_moment_of_a_month_in_yerevan_belongs_to_it(world, shift_clock, code):
    """C1: 23:59:59 and 00:00:00 at the school, a report in UTC, a bank that dates the money a day later."""
    account, month = world.accounts[code], this_month().next
    profile_of(account, zone="UTC")
    stand_at(shift_clock, month.stop - dt.timedelta(seconds=30))
    last, dated_later, unnamed = (world.paid(account=code) for _ in range(3))
    assert {Month.of(payment.verified_at) for payment in (last, dated_later, unnamed)} == {month}
    stand_at(shift_clock, month.stop + dt.timedelta(hours=2))
    first_of_next = world.paid(account=code)
    utc = "%Y-%m-%d %H:%M:%S"
    rows = [
        row_of(last, date=f"{last.verified_at.astimezone(dt.UTC):{utc}}"),
        row_of(dated_later, date=f"{(month.stop + dt.timedelta(hours=12)).astimezone(dt.UTC):{utc}}"),
        row_of(first_of_next, date=f"{first_of_next.verified_at.astimezone(dt.UTC):{utc}}"),
    ]
    load(account, as_file(rows))
    run = reconcile(account, month)
    assert run.summary["theirs"]["count"] == 1
    assert open_breaks() == [("timing", f"order:{unnamed.order_number}")]
    assert not any(found.is_critical for found in Discrepancy.objects.all())
    load(
        account,
        as_file([row_of(unnamed, date=f"{(month.stop + dt.timedelta(hours=20)).astimezone(dt.UTC):{utc}}")]),
    )
    stand_at(shift_clock, month.stop + dt.timedelta(days=1))
    runs.run_nightly()
    assert open_breaks() == []
    assert Discrepancy.objects.get().state == Discrepancy.State.CLOSED_BY_FACTS


def test_timing_becomes_a_lack_when_the_statements_have_passed_it(world, shift_clock):
    account, month = world.accounts["arca"], this_month().next
    profile_of(account)
    stand_at(shift_clock, month.stop - dt.timedelta(hours=1))
    payment = world.paid(account="arca")
    stranger = account.order_number_last
    stand_at(shift_clock, month.stop + dt.timedelta(days=4))
    load(account, as_file([row(stranger, 5, date=f"{month.stop - dt.timedelta(days=9):%d.%m.%Y}")]))
    reconcile(account, month)
    assert ("timing", f"order:{payment.order_number}") in open_breaks()
    load(account, as_file([row(stranger - 1, 5, date=f"{month.stop + dt.timedelta(days=3):%d.%m.%Y}")]))
    reconcile(account, month)
    assert ("missing_at_provider", f"order:{payment.order_number}") in open_breaks()
    assert Payment.objects.get(pk=payment.pk).state == Payment.State.VERIFIED


def test_running_again_keeps_what_was_decided_unless_the_sums_change(world, paid, shift_clock):
    account, month = world.accounts["arca"], this_month()
    first = paid["arca"][0]
    load(account, as_file([*statement_of(paid["arca"][1:]), row_of(first, Amount="1")]))
    after_the_month(shift_clock)
    reconcile(account, month)
    found = Discrepancy.objects.get()
    found.resolve(resolution="accepted", reason="the bank rounds", resolved_by_id=None)
    found.save()
    reconcile(account, month)
    found = Discrepancy.objects.get()
    assert (found.state, found.reason) == (Discrepancy.State.RESOLVED, "the bank rounds")
    Discrepancy.objects.update(decided_theirs_minor=7)
    reconcile(account, month)
    assert Discrepancy.objects.get().state == Discrepancy.State.OPEN
    assert Run.objects.count() == 3
