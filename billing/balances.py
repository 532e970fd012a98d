"""
What is owed: full price, paid and remaining are three numbers (promise 7).

remaining = full − adjustments − (paid − refunded), all in minor units. Paid is what allocations say, net; money without an
installment is credit.
"""

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import Adjustment, Allocation, Installment, Invoice, Payment


@dataclasses.dataclass(frozen=True, slots=True)
class Balance:
    """The three numbers of one invoice in minor units, and what changes them."""

    currency: str
    full_minor: int
    adjustments_minor: int
    paid_minor: int

    @property
    def remaining_minor(self) -> int:
        return self.full_minor - self.adjustments_minor - self.paid_minor


@dataclasses.dataclass(frozen=True, slots=True)
class ScheduleLine:
    """One installment with what was paid of it, and what credit notes lowered of it."""

    installment: Installment
    paid_minor: int
    adjusted_minor: int = 0

    @property
    def remaining_minor(self) -> int:
        if self.installment.state in (Installment.State.CANCELLED, Installment.State.MOVED):
            return 0
        return max(self.installment.expected_minor - self.adjusted_minor - self.paid_minor, 0)

    @property
    def due_date(self) -> dt.date:
        return self.installment.due_date


def invoice_balances(*, invoices: Collection[Invoice]) -> Mapping[int, Balance]:
    """Return the balance of each invoice by its id. Two statements however many there are."""
    ids = [invoice.pk for invoice in invoices]
    paid = dict(
        Allocation.objects.filter(installment__invoice_id__in=ids)
        .values_list("installment__invoice_id")
        .annotate(Sum("amount_minor"))
    )
    adjusted = dict(
        Adjustment.objects.filter(invoice_id__in=ids).values_list("invoice_id").annotate(Sum("amount_minor"))
    )
    return {
        invoice.pk: Balance(
            currency=invoice.currency,
            full_minor=invoice.full_minor,
            adjustments_minor=adjusted.get(invoice.pk, 0),
            paid_minor=paid.get(invoice.pk, 0),
        )
        for invoice in invoices
    }


def invoice_balance(*, invoice_id: int) -> Balance:
    """Return the balance of one invoice."""
    return invoice_balances(invoices=[Invoice.objects.get(pk=invoice_id)])[invoice_id]


def schedules(*, invoice_ids: Collection[int]) -> Mapping[int, list[ScheduleLine]]:
    """Return the schedule of each invoice by its id, oldest part first. One statement."""
    installments = with_sums(Installment.objects.filter(invoice_id__in=invoice_ids)).order_by(
        "invoice_id", "number"
    )
    found: dict[int, list[ScheduleLine]] = {invoice_id: [] for invoice_id in invoice_ids}
    for installment in installments:
        found[installment.invoice_id].append(
            ScheduleLine(
                installment=installment, paid_minor=installment.paid, adjusted_minor=installment.adjusted
            )
        )
    return found


def with_sums(installments: QuerySet[Installment]) -> QuerySet[Any]:
    """Return installments with what was `paid` of each, and what credit notes lowered of it (`adjusted`), in minor units."""
    return installments.annotate(paid=_sum_of(Allocation), adjusted=_sum_of(Adjustment))


def _sum_of(rows: type[Allocation] | type[Adjustment]) -> Coalesce:
    own = rows._default_manager.filter(installment=OuterRef("pk")).order_by().values("installment")
    return Coalesce(Subquery(own.annotate(sum=Sum("amount_minor")).values("sum")), 0)


def schedule_of(*, invoice_id: int) -> list[ScheduleLine]:
    """Return the schedule of one invoice, oldest part first."""
    return schedules(invoice_ids=[invoice_id])[invoice_id]


def credits_of(*, student_id: int) -> list[tuple[Payment, int]]:
    """Return the student's payments that hold money without an installment, oldest first, with how much in minor units."""
    payments = (
        Payment.objects.filter(student_id=student_id, state__in=Payment.CAPTURED_STATES)
        .annotate(allocated=Coalesce(Sum("allocations__amount_minor"), 0))
        .order_by("verified_at", "id")
    )
    return [
        (payment, left)
        for payment in payments
        if (left := payment.captured_minor - payment.refunded_minor - payment.allocated) > 0
    ]
