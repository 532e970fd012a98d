"""
The bank's own statement of its own orders, downloaded over HTTP, against the payments that came of them here.

Nothing of the statement is made from our rows: the sandbox tells what its buyers paid and what it sent back.
"""

import datetime as dt
import io
from decimal import Decimal

import pytest

from billing import lookup
from common import clock
from reconciliation import loading, profiles
from reconciliation.models import Discrepancy, Run, Side
from refunds import external, sending
from refunds.models import Refund
from students import timeline
from students.models import OperatorTask
from tests.reconciliation.months import open_breaks, reconcile, stand_at, this_month
from tests.refunds import school
from vpos_sandbox.cabinet import shapes
from vpos_sandbox.cabinet.movements import PAYMENT, REFUND, REVERSAL

pytestmark = pytest.mark.django_db

OURS = {
    "moment": "date",
    "date": "date",
    "time": "time",
    "order_number": "order_number",
    "reference": "reference",
    "kind": "kind",
    "amount": "amount",
    "fee": "fee",
    "net": "net",
    "currency": "currency",
    "login": "account",
}
MEANINGS = {PAYMENT: "payment", REFUND: "refund", REVERSAL: "refund"}


@pytest.fixture
def month(world, shift_clock):
    """The month after this one, a few days old at the school and at both banks."""
    month = this_month().next
    day_of_both(world, shift_clock, month.start + dt.timedelta(days=3, hours=10))
    return month


def day_of_both(world, shift_clock, moment):
    stand_at(shift_clock, moment)
    for code in world.accounts:
        world.sandbox.clock(login=world.login_of(code), at=clock.now().isoformat())


def mapped(world, code, name):
    """Say once how the bank's file is read, as an accountant does by pointing at columns."""
    shape = shapes.SHAPES[name]
    words = {shape.kinds[kind]: ours for kind, ours in MEANINGS.items() if shape.kinds}
    return profiles.save_profile(
        side=Side.PROVIDER,
        account=world.accounts[code],
        columns={OURS[cell]: heading for heading, cell in shape.columns.items() if cell in OURS},
        words={"kind": words} if words else {},
        zone=str(shape.zone),
        own_names=[world.login_of(code)],
    )


def downloaded(world, code, month, name):
    """Download the statement of a month at the bank's cabinet and load it."""
    answer = world.sandbox.client.get(
        f"/cabinet/{world.login_of(code)}/statement", params={"month": str(month), "shape": name}
    )
    assert answer.status_code == 200
    return loading.load_file(
        side=Side.PROVIDER,
        account=world.accounts[code],
        stream=io.BytesIO(answer.content),
        name=f"{code}.csv",
        actor=timeline.SYSTEM,
    ).file


def behind(world, shift_clock, month):
    day_of_both(world, shift_clock, month.stop + dt.timedelta(days=1))


@pytest.mark.parametrize("code", ["ameria", "arca"])
@pytest.mark.parametrize("name", shapes.SHAPES)
def test_what_the_bank_took_is_what_we_have_in_every_shape(world, month, shift_clock, code, name):
    payments = [world.paid(account=code) for _ in range(3)]
    declined = world.attempt(account=code)
    world.buyer_pays(declined, "decline")
    lookup.refresh_payment(payment_id=declined.pk, asked_by="test")
    mapped(world, code, name)
    behind(world, shift_clock, month)
    file = downloaded(world, code, month, name)
    assert (file.rows_new, file.rows_bad) == (3, 0)
    run = reconcile(world.accounts[code], month)
    assert (run.has_source, run.is_final) == (True, True)
    assert (run.summary["matched"], run.summary["breaks"]) == (3, {})
    assert run.summary["theirs"]["minor"] == sum(payment.captured_minor for payment in payments)


@pytest.mark.parametrize("name", shapes.SHAPES)
def test_the_bank_tells_its_fee_in_every_shape(world, month, shift_clock, name):
    payment = world.paid(account="arca")
    mapped(world, "arca", name)
    behind(world, shift_clock, month)
    row = downloaded(world, "arca", month, name).rows.get()
    assert row.order_number == payment.order_number
    assert row.reference == payment.provider_ref
    assert (row.amount_minor, row.fee_minor, row.net_minor) == (9_000_000, 180_000, 8_820_000)
    told = world.sandbox.order(payment.provider_ref)["paid_at"]
    assert row.occurred_at == dt.datetime.fromisoformat(told).replace(microsecond=0)
    assert Decimal(row.fee_minor) / row.amount_minor == Decimal("0.02")


def test_a_refund_made_in_the_cabinet_is_a_drift_until_we_ask_the_bank(world, month, shift_clock):
    payment = world.paid(account="arca")
    mapped(world, "arca", "ipay")
    order = world.sandbox.order(payment.provider_ref)["id"]
    world.sandbox.client.post(
        f"/cabinet/{world.login_of('arca')}/orders/{order}/refund", data={"amount": "40000"}
    )
    behind(world, shift_clock, month)
    downloaded(world, "arca", month, "ipay")
    reconcile(world.accounts["arca"], month)
    assert open_breaks() == [("refund_drift", f"refund:{payment.order_number}")]
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator")
    external.find_external()
    assert OperatorTask.objects.filter(kind="external_refund").count() == 1
    # It was found in the month after; the statement's row is explained all the same, and nothing is missing there.
    reconcile(world.accounts["arca"], month)
    assert open_breaks() == []
    assert Discrepancy.objects.get(kind="refund_drift").state == Discrepancy.State.CLOSED_BY_FACTS
    day_of_both(world, shift_clock, month.next.stop + dt.timedelta(days=1))
    reconcile(world.accounts["arca"], month.next)
    assert open_breaks() == []


def test_a_refund_of_the_next_month_explains_nothing_in_this_one(world, month, shift_clock):
    payment = world.paid(account="arca")
    mapped(world, "arca", "ipay")
    behind(world, shift_clock, month)
    world.sandbox.cabinet_refund(payment.provider_ref, 1_000_000)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator")
    external.find_external()
    downloaded(world, "arca", month, "ipay")
    reconcile(world.accounts["arca"], month)
    assert open_breaks() == []
    day_of_both(world, shift_clock, month.next.stop + dt.timedelta(days=1))
    downloaded(world, "arca", month.next, "ipay")
    reconcile(world.accounts["arca"], month.next)
    assert open_breaks() == []


def test_a_card_that_the_bank_charged_after_all_is_found_by_its_statement(world, month, shift_clock):
    payment = world.attempt(account="ameria")
    world.buyer_pays(payment, "decline")
    payment = lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    day_of_both(world, shift_clock, month.start + dt.timedelta(days=9))
    world.sandbox.correct(payment.provider_ref)
    mapped(world, "ameria", "vpos")
    behind(world, shift_clock, month)
    downloaded(world, "ameria", month, "vpos")
    reconcile(world.accounts["ameria"], month)
    assert open_breaks() == [("status_mismatch", f"order:{payment.order_number}")]
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator")
    reconcile(world.accounts["ameria"], month)
    assert open_breaks() == []
    assert Discrepancy.objects.get().state == Discrepancy.State.CLOSED_BY_FACTS


def test_an_order_made_without_us_is_money_that_we_do_not_know(world, month, shift_clock):
    """Somebody uses the school's login from elsewhere, with a number that we have not given out."""
    account = world.accounts["arca"]
    number = account.order_number_last
    answer = world.sandbox.client.post(
        "/payment/rest/register.do",
        data={
            "userName": world.login_of("arca"),
            "password": "secret",
            "orderNumber": str(number),
            "amount": "7000000",
            "currency": "051",
            "returnUrl": "https://shop.example/",
        },
    )
    world.sandbox.pay(answer.json()["orderId"])
    mapped(world, "arca", "ipay")
    behind(world, shift_clock, month)
    downloaded(world, "arca", month, "ipay")
    reconcile(account, month)
    assert open_breaks() == [("missing_in_ledger", f"order:{number}")]
    assert Discrepancy.objects.get().theirs_minor == 7_000_000


def test_the_same_statement_again_and_a_longer_one_change_nothing(world, month, shift_clock):
    world.paid(account="arca")
    mapped(world, "arca", "plain")
    behind(world, shift_clock, month)
    first = downloaded(world, "arca", month, "plain")
    assert downloaded(world, "arca", month, "plain") == first
    day_of_both(world, shift_clock, month.stop - dt.timedelta(days=1))
    world.paid(account="arca")
    behind(world, shift_clock, month)
    longer = downloaded(world, "arca", month, "plain")
    assert (longer.rows_new, longer.rows_known) == (1, 1)
    reconcile(world.accounts["arca"], month)
    assert open_breaks() == []
    assert Run.objects.get().summary["matched"] == 2


def test_a_refund_that_we_sent_stands_on_both_sides(world, month, shift_clock):
    invoice, payments = school.paid_invoice(world, account="ameria")
    [refund] = school.approved(invoice, 10_000)
    assert sending.send_refund(refund_id=refund.pk).state == Refund.State.SETTLED
    mapped(world, "ameria", "vpos")
    behind(world, shift_clock, month)
    rows = downloaded(world, "ameria", month, "vpos").rows.order_by("line")
    assert [(row.kind, row.amount_minor) for row in rows] == [("payment", 9_000_000), ("refund", 1_000_000)]
    run = reconcile(world.accounts["ameria"], month)
    assert (run.summary["matched"], open_breaks()) == (len(payments), [])
