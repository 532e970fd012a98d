"""
Which fact stands in which column: every way in which the books move an account has exactly one.

What no line here tells of stands in `other`: closings hold it, and the check below the report does not hold any more.
"""

import dataclasses
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One way in which an account moves: the kind of transaction, the sign of the line, and how the transaction's key begins."""

    column: str
    kind: str
    sign: int = 0  # either
    key: str = ""


# What students owe. A refund takes money from its installment (plus) and lowers what is owed (minus).
RECEIVABLE = [
    Part(column="invoiced", kind="invoice_issued"),
    Part(column="paid", kind="payment_verified"),
    Part(column="from_credit", kind="credit_used"),
    # A transfer: minus at the old invoice, plus at the new one, and the difference became credit.
    Part(column="from_credit", kind="transferred"),
    Part(column="adjustments", kind="transfer_lowered"),
    Part(column="adjustments", kind="discount_given"),
    Part(column="adjustments", kind="discount_withdrawn"),
    Part(column="refunded", kind="refund_sent", sign=1),
    Part(column="adjustments", kind="refund_sent", sign=-1),
    Part(column="adjustments", kind="refund_still_owed"),
    # The opposite of a refund that failed; what somebody else paid meanwhile for the same installment became credit.
    Part(column="refunded", kind="refund_failed", sign=-1),
    Part(column="adjustments", kind="refund_failed", sign=1, key="reversed:"),
    Part(column="from_credit", kind="refund_failed", sign=1, key="refund-surplus:"),
]

# Money that a bank or wallet holds for the school.
CLEARING = [
    Part(column="captured", kind="payment_verified"),
    Part(column="held", kind="payment_held"),
    Part(column="held", kind="payment_released"),
    Part(column="held", kind="payment_not_ours"),
    Part(column="refunds", kind="refund_settled"),
    Part(column="fees", kind="fee_noted"),
]
OTHER = "other"
WORDS = {
    "invoiced": _("invoiced"),
    "adjustments": _("lowered"),
    "paid": _("paid"),
    "from_credit": _("paid from credit"),
    "refunded": _("refunded"),
    "captured": _("received"),
    "held": _("held"),
    "refunds": _("refunds"),
    "fees": _("fees"),
    OTHER: _("anything else"),
}


def column_of(parts: Sequence[Part]) -> str:
    """Return SQL for the column that a line `l` of a transaction `t` belongs to."""
    whens = " ".join(f"WHEN {_condition(part)} THEN '{part.column}'" for part in parts)
    return f"CASE {whens} ELSE '{OTHER}' END"


def column_of_line() -> str:
    """Return SQL for the column of a line of any account; of the other accounts there is none."""
    return (
        f"CASE l.account WHEN 'receivable' THEN {column_of(RECEIVABLE)} "
        f"WHEN 'provider_clearing' THEN {column_of(CLEARING)} END"
    )


def _condition(part: Part) -> str:
    conditions = [f"t.kind = '{part.kind}'"]
    if part.sign:
        conditions.append(f"l.amount_minor {'>' if part.sign > 0 else '<'} 0")
    if part.key:
        conditions.append(f"starts_with(t.key, '{part.key}')")
    return " AND ".join(conditions)
