"""The way from an invoice to the page that asks what a payment would open. That page is made above; here is its address."""

from typing import Any

from billing.models import Invoice
from common import doors

RIGHT = "access.view_courseaccess"


def offered_to(viewer: Any, *, invoice: Invoice) -> str:
    """Return that address if this reader sees access and the invoice is asked for, nothing otherwise."""
    if invoice.cancelled_at or not viewer.has_perm(RIGHT):
        return ""
    return doors.address_of("what-if", invoice.pk)
