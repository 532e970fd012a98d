"""Ends that change nothing here: a person answers for the difference, with a reason."""

from collections.abc import Sequence

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from reconciliation.break_ends import base
from reconciliation.models import Discrepancy, Side

Kind = Discrepancy.Kind


def _preview_there(_discrepancy: Discrepancy, _data: base.Data) -> Sequence[str]:
    return [_now("Nothing changes here. The next file of the other side shows whether it was corrected.")]


def _preview_accept(_discrepancy: Discrepancy, _data: base.Data) -> Sequence[str]:
    return [_now("Nothing changes in the books. The difference stays listed with your reason.")]


def _may_be_corrected_there(discrepancy: Discrepancy) -> bool:
    """A list can be corrected in everything; a bank corrects the names in its rows, not its money."""
    return discrepancy.side != Side.PROVIDER or discrepancy.kind == Kind.DATA_MISMATCH


CORRECTED_THERE = base.Resolution(
    code="corrected_there",
    label=_("Corrected on the other side"),
    kinds=[
        Kind.MISSING_IN_CRM,
        Kind.ACCESS_MISSING,
        Kind.ACCESS_WITHOUT_MONEY,
        Kind.MISSING_IN_LEDGER,
        Kind.AMOUNT_MISMATCH,
        Kind.CURRENCY_MISMATCH,
        Kind.STATUS_MISMATCH,
        Kind.DATA_MISMATCH,
    ],
    is_offered=_may_be_corrected_there,
    preview=_preview_there,
)

ACCEPT = base.Resolution(
    code="accept",
    label=_("Accept the difference"),
    kinds=list(Kind),
    preview=_preview_accept,
)
