"""What a person can do about a break: each end calls its verb, and the facts are compared again."""

import datetime as dt

import pytest
from django.db.models import Sum

from billing import check_ledger, lookup
from billing.models import LedgerLine
from common import clock
from reconciliation import resolutions
from reconciliation.break_ends import base
from reconciliation.models import Discrepancy
from students import timeline
from students.models import OperatorTask, TimelineEvent
from tests.reconciliation.months import as_file, reconcile, row_of, stand_at, this_month
from tests.reconciliation.statements import load, profile_of, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(django_user_model):
    return timeline.Actor.person(django_user_model.objects.create_user("accountant"))


@pytest.fixture
def account(world):
    account = world.accounts["arca"]
    profile_of(account)
    return account


@pytest.fixture
def found(world, account, shift_clock):
    """Bring a month about with one difference, and return it."""

    def make(rows_of, *, verified=True):
        month = this_month()
        stand_at(shift_clock, month.start + dt.timedelta(days=10))
        payment = world.attempt(account="arca")
        world.buyer_pays(payment)
        if verified:
            payment = lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
        stand_at(shift_clock, month.stop + dt.timedelta(days=1))
        load(account, as_file(rows_of(payment)))
        reconcile(account, month)
        return Discrepancy.objects.get()

    return make


def resolve(discrepancy, code, person, reason="seen on paper", **data):
    return resolutions.resolve_discrepancy(
        discrepancy_id=discrepancy.pk, code=code, reason=reason, actor=person, data=data
    )


def codes(discrepancy):
    return [resolution.code for resolution in resolutions.offered(discrepancy=discrepancy)]


def test_asking_the_bank_closes_what_agrees_then(found, person):
    discrepancy = found(lambda payment: [row_of(payment)], verified=False)
    assert codes(discrepancy) == ["ask_provider", "accept"]
    assert resolutions.preview(discrepancy=discrepancy, code="ask_provider", data={})
    after = resolve(discrepancy, "ask_provider", person, reason="")
    assert after.state == Discrepancy.State.CLOSED_BY_FACTS
    assert OperatorTask.objects.get(kind="month_breaks").state == OperatorTask.State.RESOLVED
    assert TimelineEvent.objects.filter(kind="provider_asked", actor_id=person.user_id).exists()
    assert codes(after) == []


def test_asking_the_bank_leaves_open_what_still_differs(found, person):
    discrepancy = found(lambda payment: [row_of(payment, Amount="1")])
    assert resolve(discrepancy, "ask_provider", person).state == Discrepancy.State.OPEN


def test_accepting_needs_a_reason_and_stays(found, person):
    discrepancy = found(lambda payment: [row_of(payment, Amount="1")])
    with pytest.raises(base.NotOffered):
        resolve(discrepancy, "accept", person, reason=" ")
    after = resolve(discrepancy, "accept", person, reason="agreed with the bank")
    assert (after.state, after.resolution, after.reason) == ("resolved", "accept", "agreed with the bank")
    assert after.resolved_by_id == person.user_id
    event = TimelineEvent.objects.get(kind="break_resolved")
    assert (event.reason, event.actor_id, event.student_id) == (
        "agreed with the bank",
        person.user_id,
        discrepancy.student_id,
    )
    reconcile(discrepancy.account, this_month().before)
    assert Discrepancy.objects.get().state == Discrepancy.State.RESOLVED
    assert OperatorTask.objects.get(kind="month_breaks").state == OperatorTask.State.RESOLVED
    with pytest.raises(resolutions.AlreadyDecided):
        resolve(discrepancy, "accept", person)


def test_a_fee_is_booked_once(found, person):
    discrepancy = found(lambda payment: [row_of(payment, Amount="89000")])
    assert "1,000" in resolutions.preview(discrepancy=discrepancy, code="note_fee", data={})[0]
    resolve(discrepancy, "note_fee", person)
    booked = LedgerLine.objects.filter(account=LedgerLine.Account.FEES)
    assert booked.aggregate(Sum("amount_minor"))["amount_minor__sum"] == 100_000
    with pytest.raises(resolutions.AlreadyDecided):
        resolve(discrepancy, "note_fee", person)
    assert booked.count() == 1
    assert check_ledger.problems() == []


def test_more_than_the_payment_is_no_fee(found, person):
    discrepancy = found(lambda payment: [row_of(payment, Amount="91000")])
    with pytest.raises(base.NotOffered):
        resolve(discrepancy, "note_fee", person)


def test_a_row_can_be_said_to_mean_a_payment(found, person, account):
    stranger = account.order_number_last
    discrepancy = found(lambda payment: [row_of(payment), row(stranger, 5, date=row_of(payment)[0])])
    assert codes(discrepancy) == ["link_payment", "accept"]
    payment = account.payments.get()
    with pytest.raises(base.NotOffered):
        resolve(discrepancy, "link_payment", person, order_number="12")
    after = resolve(discrepancy, "link_payment", person, order_number=str(payment.order_number))
    assert (after.state, after.linked_payment_id, after.student_id) == (
        "resolved",
        payment.pk,
        payment.student_id,
    )
    reconcile(account, this_month().before)
    assert Discrepancy.objects.get().linked_payment_id == payment.pk


def test_credit_can_pay_an_installment(world, person):
    student = world.student()
    invoice = world.invoice(student=student)
    link = world.link(invoice)
    for payment in [world.attempt(link, code) for code in ("arca", "ameria")]:
        world.buyer_pays(payment)
        lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
    other = world.invoice(student=student)
    reconcile(world.accounts["ameria"])
    discrepancy = Discrepancy.objects.get()
    assert codes(discrepancy) == ["ask_provider", "use_credit", "accept"]
    installment = world.installment(other)
    after = resolve(discrepancy, "use_credit", person, installment_id=installment.pk)
    assert after.state == Discrepancy.State.CLOSED_BY_FACTS
    installment.refresh_from_db()
    assert installment.state == "paid"
    assert check_ledger.problems() == []


def test_a_break_has_an_owner(found, person):
    discrepancy = found(lambda payment: [row_of(payment, Amount="1")])
    assert (
        resolutions.take_discrepancy(discrepancy_id=discrepancy.pk, owner_id=person.user_id).owner_id
        == person.user_id
    )
    assert discrepancy.opened_at <= clock.now()
