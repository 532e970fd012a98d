"""The end that books a difference as the fee of the bank."""

from collections.abc import Sequence

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import fees
from common import money
from reconciliation.break_ends import base
from reconciliation.models import Discrepancy
from students import timeline

Kind = Discrepancy.Kind


def _fee_of(discrepancy: Discrepancy) -> int:
    """Return what the bank kept according to the break: what it names less of than the payment brought."""
    ours, theirs = discrepancy.ours_minor, discrepancy.theirs_minor
    if discrepancy.kind == Kind.FEE_MISMATCH:
        ours = discrepancy.facts.get("amount_minor")
    fee = (ours or 0) - (theirs or 0)
    if fee <= 0:
        raise base.NotOffered(
            _now("The bank names no less than the payment, so there is no fee in the difference.")
        )
    return fee


def _preview_fee(discrepancy: Discrepancy, _data: base.Data) -> Sequence[str]:
    amount = money.format_money(_fee_of(discrepancy), discrepancy.currency or "AMD", base.language())
    return [_now("%(amount)s is booked as the bank's fee.") % {"amount": amount}]


def _note_fee(discrepancy: Discrepancy, _data: base.Data, actor: timeline.Actor, reason: str) -> None:
    if discrepancy.account_id is None:
        raise base.NotOffered(_now("Only a merchant account has fees."))
    fees.note_fee(
        key=f"break:{discrepancy.pk}",
        account_id=discrepancy.account_id,
        amount_minor=_fee_of(discrepancy),
        currency=discrepancy.currency,
        student_id=discrepancy.student_id,
        actor=actor,
        reason=reason,
    )


NOTE_FEE = base.Resolution(
    code="note_fee",
    label=_("It is the bank's fee"),
    kinds=[Kind.AMOUNT_MISMATCH, Kind.FEE_MISMATCH],
    is_offered=base.is_of_a_statement,
    preview=_preview_fee,
    apply=_note_fee,
)
