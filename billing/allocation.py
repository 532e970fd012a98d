"""Which installments a sum stands for. Pure: values in, values out."""

import dataclasses
from collections.abc import Sequence

from billing.models import Installment


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """How much of a payment stands for one installment, in minor units."""

    installment_id: int
    amount_minor: int


@dataclasses.dataclass(slots=True)
class Line:
    """One installment of the schedule with what is allocated to it so far, and what credit notes lowered of it."""

    installment: Installment
    paid_minor: int
    adjusted_minor: int = 0

    @property
    def owed_minor(self) -> int:
        return self.installment.expected_minor - self.adjusted_minor

    @property
    def remaining_minor(self) -> int:
        return max(self.owed_minor - self.paid_minor, 0) if self.installment.is_open else 0


def allocate(
    *, amount_minor: int, asked: Sequence[Share], schedule: Sequence[Line]
) -> tuple[list[Share], int]:
    """
    Return the shares of a payment, and what is left as credit.

    The link's lines are served in the schedule's order, none with more than it asked or than its installment still needs; what
    nobody needs any more is credit. Shares and credit add up to the amount.
    """
    wanted = {share.installment_id: share.amount_minor for share in asked}
    shares, left = [], amount_minor
    for line in schedule:
        share = min(left, wanted.get(line.installment.pk, 0), line.remaining_minor)
        if share > 0:
            shares.append(Share(installment_id=line.installment.pk, amount_minor=share))
            left -= share
    return shares, left
