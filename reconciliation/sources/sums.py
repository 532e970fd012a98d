"""What the rows of a file add up to, and whether its totals say the same."""

from django.utils.translation import gettext as _

from reconciliation.models import MappingProfile
from reconciliation.sources import base, cells, meaning
from reconciliation.sources.base import Record
from reconciliation.sources.layout import Layout
from reconciliation.sources.refusals import BadCell, FileRefused


class Sums:
    """What the rows add up to, to be compared with the totals row, if there is one."""

    def __init__(self, profile: MappingProfile, layout: Layout) -> None:
        self._place = layout.places.get("amount")
        self._amount = cells.amount_reader(unit=profile.amount_unit, decimal_mark=profile.decimal_mark)
        self._currency = profile.currency
        self._by_kind = {base.PAYMENT: 0, base.REFUND: 0}
        self._not_done = self._ignored = 0
        self._is_known = True

    def add(self, record: Record) -> None:
        if record.amount_minor is not None:
            self.add_sum(record.kind, record.status, record.amount_minor)

    def add_sum(self, kind: str, status: str, amount_minor: int) -> None:
        if status == base.DONE:
            self._by_kind[kind] = self._by_kind.get(kind, 0) + amount_minor
        else:
            self._not_done += amount_minor

    def leave_out(self, row: list[str]) -> None:
        """Count the amount of an ignored row, which some banks put into their totals and others do not."""
        self._ignored += self._amount_of(row) or 0

    def miss(self, row: list[str]) -> None:
        """Count the amount of a row that could not be read; if even that cannot be read, totals prove nothing."""
        amount = self._amount_of(row)
        self._is_known = self._is_known and amount is not None
        self._by_kind[base.PAYMENT] += amount or 0

    def are_told_by(self, line: int, row: list[str]) -> bool:
        """Tell whether a line holds totals. Raises FileRefused if they are not what the rows add up to."""
        first = next((cell for cell in row if cell), "").strip().casefold()
        if not first.startswith(meaning.TOTALS):
            return False
        told = self._amount_of(row)
        paid, back = self._by_kind[base.PAYMENT], self._by_kind[base.REFUND]
        sums = {paid, paid - back, paid + back}
        sums |= {total + self._not_done for total in sums}
        sums |= {total + aside for total in sums for aside in (self._ignored, -self._ignored)}
        if told is not None and self._is_known and told not in sums:
            raise FileRefused(
                "cut", _("the totals are not what the rows add up to: rows are missing."), line=line
            )
        return True

    def _amount_of(self, row: list[str]) -> int | None:
        if self._place is None or len(row) <= self._place or not row[self._place].strip():
            return None
        try:
            return self._amount(row[self._place].strip(), self._currency)
        except BadCell:
            return None
