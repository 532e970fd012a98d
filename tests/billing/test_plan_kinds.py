"""Invoices on plans whose parts are not equal: what is stored adds up, and a module's part opens the module."""

import datetime as dt

import pytest

from access.models import AccessGrant
from billing import balances, check_ledger, schedule
from billing.models import Invoice
from common import clock
from courses.models import Enrollment, Module, PaymentPlanVersion
from tests.world import DRAM

pytestmark = pytest.mark.django_db
KIND = PaymentPlanVersion.Kind


def stored(invoice):
    return [part.expected_minor // DRAM for part in invoice.installments.order_by("number")]


def test_a_first_part_then_the_rest(world):
    world.plan("deposit", KIND.PREPAYMENT, parts=2, params={"first": {"percent": 20}})
    invoice = world.invoice(plan="deposit", group=world.group(price=90_001))
    assert stored(invoice) == [18_001, 36_000, 36_000]
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == 90_001 * DRAM
    assert not check_ledger.problems()


def test_chosen_dates_are_the_due_dates(world):
    days = [clock.today() + dt.timedelta(days=days) for days in (10, 40)]
    world.plan(
        "dated",
        KIND.FREE_DATES,
        params={"dates": [{"on": str(days[0])}, {"on": str(days[1]), "amount_minor": 3_000_000}]},
    )
    invoice = world.invoice(plan="dated")
    assert stored(invoice) == [60_000, 30_000]
    assert list(invoice.installments.order_by("number").values_list("due_date", flat=True)) == days


def test_a_paid_module_part_opens_its_module(world):
    world.plan("modules", KIND.BY_MODULE, params={"module_shares": "price"})
    group = world.group()
    modules = [
        Module.objects.create(course=group.course, number=number, title=f"M{number}", price_minor=price)
        for number, price in ((1, 60_000 * DRAM), (2, 30_000 * DRAM))
    ]
    invoice = world.invoice(plan="modules", group=group)
    assert stored(invoice) == [60_000, 30_000]
    assert [part.module for part in invoice.installments.order_by("number")] == modules
    world.paid(world.link(invoice))
    paid = AccessGrant.objects.get(student_id=invoice.student_id, kind="paid")
    assert paid.module_id == modules[0].pk


def test_a_course_without_modules_is_not_billed_by_module(world):
    world.plan("modules", KIND.BY_MODULE)
    student, group = world.student(), world.group()
    with pytest.raises(schedule.ImpossibleSchedule, match="no modules"):
        world.invoice(plan="modules", student=student, group=group)
    assert not Enrollment.objects.filter(student=student).exists()
    assert not Invoice.objects.exists()
