"""What a discount would do: how much less is owed of which installment. Reads only."""

import dataclasses
from collections.abc import Sequence

from django.utils.translation import gettext as _

from billing import balances, discount_shares
from billing.models import Invoice
from common import money
from common.errors import DomainError


class DiscountRefused(DomainError):  # noqa: N818
    """A discount cannot be given or taken back like this."""

    code = "discount-refused"


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """An open installment, and what the discount takes of it, in minor units."""

    line: balances.ScheduleLine
    lowered_minor: int

    @property
    def asked_minor(self) -> int:
        return self.line.remaining_minor - self.lowered_minor


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What a discount would do."""

    invoice: Invoice
    amount_minor: int
    parts: Sequence[Part]

    @property
    def seen(self) -> str:
        """Return the mark of this effect, by which a confirmation says what was looked at."""
        numbers = [
            (part.line.installment.pk, part.line.remaining_minor, part.lowered_minor) for part in self.parts
        ]
        return f"{self.amount_minor}:{numbers}"


def preview_discount(*, invoice_id: int, percent: int | None = None, amount_minor: int | None = None) -> Plan:
    """
    Return what a discount would do: `percent` of the full price, rounded down to payable units, or an amount in minor units.

    Raises DiscountRefused where neither or both are given, for a cancelled invoice, and where it would leave nothing to pay of an
    installment; BadAmount for what is no payable amount. Reads only.
    """
    invoice = Invoice.objects.select_related(
        "plan_version", "access_rule_version__rule", "enrollment__group"
    ).get(pk=invoice_id)
    if invoice.cancelled_at:
        raise DiscountRefused(_("This invoice was cancelled."))
    lines = [line for line in balances.schedule_of(invoice_id=invoice_id) if line.remaining_minor]
    if not lines:
        raise DiscountRefused(
            _("Nothing is owed any more, so nothing can be lowered. Money goes back by a refund.")
        )
    remaining, unit = [line.remaining_minor for line in lines], money.payable_unit(invoice.currency)
    amount = _amount(invoice, percent, amount_minor, unit)
    largest = discount_shares.largest(remaining=remaining, unit=unit)
    if amount > largest:
        raise DiscountRefused(
            _(
                "At most %(largest)s can be lowered here, so that something is left to pay. For nothing, give a free place."
            )
            % {"largest": money.to_major(largest, invoice.currency)},
            field="amount",
        )
    taken = discount_shares.divide(amount_minor=amount, remaining=remaining, unit=unit)
    parts = [Part(line, lowered) for line, lowered in zip(lines, taken, strict=True) if lowered]
    return Plan(invoice=invoice, amount_minor=amount, parts=parts)


def _amount(invoice: Invoice, percent: int | None, amount_minor: int | None, unit: int) -> int:
    if (percent is None) == (amount_minor is None):
        raise DiscountRefused(_("Write either percent or an amount."), field="percent")
    if amount_minor is not None:
        return money.require_payable(amount_minor, invoice.currency)
    if percent is None or not 1 <= percent <= 99:
        raise DiscountRefused(_("Write a percentage from 1 to 99."), field="percent")
    amount = invoice.full_minor * percent // 100 // unit * unit
    return money.require_payable(amount, invoice.currency)
