"""How people read the kinds of breaks: the name, and what most often causes each."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from reconciliation.models import Discrepancy

Kind = Discrepancy.Kind

CAUSES: Mapping[str, Any] = {
    Kind.MISSING_IN_LEDGER: _(
        "The bank took money that we know nothing of: an answer was lost, or the order was made outside this program."
    ),
    Kind.MISSING_AT_PROVIDER: _(
        "We verified the payment, but the statement does not name it: it was reversed, or the file is not complete."
    ),
    Kind.MISSING_IN_CRM: _("The payment is verified and the CRM still waits for it: its update was lost."),
    Kind.ACCESS_MISSING: _(
        "A ground for access holds, but the LMS has the course closed: its update was lost."
    ),
    Kind.ACCESS_WITHOUT_MONEY: _(
        "The LMS has the course open without any ground of ours: opened there by hand, or not closed in time."
    ),
    Kind.AMOUNT_MISMATCH: _("Both sides know the order, and the amounts differ."),
    Kind.CURRENCY_MISMATCH: _("Both sides know the order, and the currencies differ."),
    Kind.STATUS_MISMATCH: _("One side says that the money came, the other that it did not."),
    Kind.DATA_MISMATCH: _("The sums agree, but order number, reference or student differ."),
    Kind.DUPLICATE: _("One order stands twice in the statement, or one request was paid twice."),
    Kind.REFUND_DRIFT: _(
        "The refunded sums differ: a refund was made in the bank's cabinet, or has not arrived."
    ),
    Kind.FEE_MISMATCH: _("In the bank's row, amount less fee is not the net sum."),
    Kind.TIMING: _("At the edge of the month: the bank counts it in the next days. It closes by itself."),
    Kind.UNALLOCATED: _(
        "Verified money stands for no installment: it is the student's credit until it is used."
    ),
}

FIELDS: Mapping[str, Any] = {
    "date": _("Date"),
    "time": _("Time"),
    "order_number": _("Our order number"),
    "reference": _("Their reference"),
    "amount": _("Amount"),
    "fee": _("Fee"),
    "net": _("Net"),
    "currency": _("Currency"),
    "kind": _("Kind of row"),
    "status": _("State"),
    "account": _("Terminal or account"),
    "student": _("Student"),
    "course": _("Course"),
}


def name_of(kind: str) -> str:
    """Return the short name of a kind of break in the active language; an unknown kind is its bare word."""
    return str(Kind(kind).label) if kind in Kind.values else kind


def cause_of(kind: str) -> str:
    """Return in one sentence what most often causes a kind of break, in the active language."""
    return str(CAUSES[Kind(kind)])


def field_name(field: str) -> str:
    """Return how people read a field of a mapping, in the active language."""
    return str(FIELDS.get(field, field))
