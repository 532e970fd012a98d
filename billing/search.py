"""Finding a student by what stands on a receipt: order number, provider's reference, invoice number."""

import re
from typing import NamedTuple

from django.utils.translation import gettext as _

from billing.models import Invoice, MerchantAccount, Payment
from billing.models.merchant_account import MAX_ORDER_NUMBER


class Found(NamedTuple):
    """A student, and by which number of ours or theirs."""

    student_id: int
    by: str


def find_by_number(*, text: str) -> list[Found]:
    """Return the students of payments and invoices that have exactly this number; letters in either case."""
    number = text.strip().removeprefix("#").removeprefix("№").strip()
    if not number or len(number) > 64 or "\0" in number:
        return []
    return [*_by_payment(number), *_by_invoice(number)]


def _by_payment(number: str) -> list[Found]:
    # Naming the accounts lets the unique indexes (account, …) answer; without them every payment would be read.
    payments = Payment.objects.filter(account__in=list(MerchantAccount.objects.values_list("pk", flat=True)))
    spellings = [number, number.lower(), number.upper()]
    by_reference = payments.exclude(provider_ref="").filter(provider_ref__in=spellings)
    found = [
        Found(student, _("provider's reference %s") % reference)
        for student, reference in by_reference.values_list("student_id", "provider_ref")
    ]
    if re.fullmatch(r"[0-9]{1,10}", number) and int(number) <= MAX_ORDER_NUMBER:
        by_order = payments.filter(order_number=int(number))
        found += [
            Found(student, _("order number %s") % order)
            for student, order in by_order.values_list("student_id", "order_number")
        ]
    return found


def _by_invoice(number: str) -> list[Found]:
    invoices = Invoice.objects.filter(number__in=[number, number.upper()])
    return [
        Found(student, _("invoice %s") % written)
        for student, written in invoices.values_list("student_id", "number")
    ]
