"""A consistent world with random damage on any side yields exactly that damage as breaks."""

import datetime as dt

import hypothesis
import pytest
from django.db import transaction
from hypothesis import strategies

from billing import lookup
from common import clock
from reconciliation import runs
from reconciliation.compare import Scope
from reconciliation.models import Discrepancy, Run
from refunds import sending
from refunds.models import Refund
from tests.reconciliation.months import as_file, open_breaks, reconcile, row_of, stand_at, this_month
from tests.reconciliation.statements import load, profile_of, row
from tests.refunds.school import approved, paid_invoice

pytestmark = pytest.mark.django_db

DAMAGE = [
    "none",
    "dropped",
    "declined",
    "amount",
    "currency",
    "reference",
    "twice",
    "refunded there",
    "fee",
    "stranger",
]


def damaged(payment, damage, account, number):
    """Return the statement's rows for a payment under one kind of damage, and the breaks that it must lead to."""
    order = f"order:{payment.order_number}"
    plain = row_of(payment)
    match damage:
        case "dropped":
            return [], {("missing_at_provider", order)}
        case "declined":
            return [row_of(payment, Result="Declined")], {("status_mismatch", order)}
        case "amount":
            return [row_of(payment, Amount="12,34")], {("amount_mismatch", order)}
        case "currency":
            return [row_of(payment, Currency="643")], {("currency_mismatch", order)}
        case "reference":
            return [row_of(payment, Reference="somebody-else")], {("data_mismatch", order)}
        case "twice":
            return [plain, plain], {("duplicate", order)}
        case "refunded there":
            back = row_of(payment, Type="Refund", Amount="7")
            return [plain, back], {("refund_drift", f"refund:{payment.order_number}")}
        case "fee":
            return [row_of(payment, Fee="10", Net="1")], {("fee_mismatch", f"fee:{payment.order_number}")}
        case "stranger":
            unknown = account.order_number_last - number
            return [plain, row(unknown, 5, date=plain[0])], {("missing_in_ledger", f"order:{unknown}")}
    return [plain], set()


@pytest.fixture
def school(world, shift_clock):
    """
    Six payments of one bank in the middle of a month that is over, and three apart: one not looked up in time, one of which we
    sent a part back, one verified some hours before the month ended.
    """
    month, account = this_month(), world.accounts["arca"]
    profile_of(account)
    stand_at(shift_clock, month.start + dt.timedelta(days=10))
    payments = [world.paid(account="arca") for _ in range(6)]
    unseen = world.attempt(account="arca")
    world.buyer_pays(unseen)
    invoice, [partly_back] = paid_invoice(world, account="arca")
    [refund] = approved(invoice, 30_000)
    assert sending.send_refund(refund_id=refund.pk).state == Refund.State.SETTLED
    stand_at(shift_clock, month.stop - dt.timedelta(hours=6))
    late = world.paid(account="arca")
    stand_at(shift_clock, month.stop + dt.timedelta(days=1))
    return account, month, payments, unseen, partly_back, late


def part_sent_back(payment, told):
    """Return the statement's rows for a payment of which we sent a part back, and the breaks that they must lead to."""
    back = {
        "named": ["30000"],
        "in parts": ["10000", "20000"],
        "unnamed": [],
        "another sum": ["29999"],
        "twice": ["30000"] * 2,
    }[told]
    rows = [row_of(payment), *(row_of(payment, Type="Refund", Amount=amount) for amount in back)]
    return rows, set() if told in ("named", "in parts") else {
        ("refund_drift", f"refund:{payment.order_number}")
    }


def at_the_edge(payment, told, month):
    """Return the rows for a payment near the month's end: not yet named is timing, dated in the next month is a pair."""
    days_later = row_of(payment, date=f"{month.stop + dt.timedelta(hours=9):%d.%m.%Y}")
    rows = {"named": [row_of(payment)], "dated later": [days_later], "not yet": []}[told]
    return rows, set() if rows else {("timing", f"order:{payment.order_number}")}


@hypothesis.settings(max_examples=25, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(
    damage=strategies.lists(strategies.sampled_from(DAMAGE), min_size=6, max_size=6),
    seen=strategies.booleans(),
    back=strategies.sampled_from(["named", "in parts", "unnamed", "another sum", "twice"]),
    edge=strategies.sampled_from(["named", "dated later", "not yet"]),
    order=strategies.randoms(use_true_random=False),
)
def test_damage_is_found_and_nothing_else(school, damage, seen, back, edge, order):
    account, month, payments, unseen, partly_back, late = school
    with transaction.atomic():
        rows, expected = [row_of(unseen)], set()
        for theirs, breaks in (part_sent_back(partly_back, back), at_the_edge(late, edge, month)):
            rows += theirs
            expected |= breaks
        if seen:
            lookup.refresh_payment(
                payment_id=unseen.pk, asked_by="test"
            )  # a month later than the bank dates it: a pair all the same
        else:
            expected.add(("status_mismatch", f"order:{unseen.order_number}"))
        for number, (payment, kind) in enumerate(zip(payments, damage, strict=True)):
            theirs, breaks = damaged(payment, kind, account, number)
            rows += theirs
            expected |= breaks
        order.shuffle(rows)
        load(account, as_file(rows))
        run = reconcile(account, month)
        found = {(kind, ":".join(key.split(":")[:2])) for kind, key in open_breaks()}
        assert found == expected
        assert run.summary["theirs"]["count"] - run.summary["matched"] == sum(
            (2 if kind == "duplicate" else 1)
            for kind, key in expected
            if key.startswith("order:")
            and kind not in ("missing_at_provider", "timing")
            and not (kind == "status_mismatch" and key != f"order:{unseen.order_number}")
        )
        reconcile(account, month)
        assert {(kind, ":".join(key.split(":")[:2])) for kind, key in open_breaks()} == expected
        assert Discrepancy.objects.count() == len(expected)
        transaction.set_rollback(True)


def test_one_order_compared_alone_says_the_same(school):
    account, month, payments, unseen, *_apart = school
    load(account, as_file([row_of(payments[0], Amount="1"), row_of(payments[1], Amount="2"), row_of(unseen)]))
    reconcile(account, month)
    before = open_breaks()
    for found in Discrepancy.objects.all():
        assert runs.rematch(discrepancy=found).state == Discrepancy.State.OPEN
    assert open_breaks() == before
    lookup.refresh_payment(payment_id=unseen.pk, asked_by="test")
    mine = Discrepancy.objects.get(payment=unseen)
    assert runs.rematch(discrepancy=mine).state == Discrepancy.State.CLOSED_BY_FACTS
    assert len(open_breaks()) == len(before) - 1
    assert Run.objects.count() == 1
    assert Scope(side="provider", month=month).only_order is None
    assert clock.now() > month.stop
