"""A file as a source: a table and a mapping profile in, records out."""

import itertools
from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from reconciliation.models import MappingProfile, Side
from reconciliation.sources import meaning, said, single_rows
from reconciliation.sources.base import Ignored, Record, Unreadable
from reconciliation.sources.columns import ReadColumns, StatementColumns
from reconciliation.sources.layout import Layout, find_layout
from reconciliation.sources.refusals import BadCell, FileRefused
from reconciliation.sources.sums import Sums
from reconciliation.sources.tables import Table

KEPT_OF_A_BAD_ROW = 500
Item = Record | Unreadable | Ignored


class FileSource:
    """Rows of a file by its profile. `is_foreign` tells of a number outside `own_numbers` whether it is another account's."""

    def __init__(
        self,
        table: Table,
        profile: MappingProfile,
        is_foreign: Callable[[int], bool] = lambda _number: False,
        own_numbers: range = range(0),
    ) -> None:
        self.form = table.form
        self._table = table
        self._profile = profile
        self._is_foreign, self._own_numbers = is_foreign, own_numbers

    def read(self) -> Iterator[Item]:
        """
        Yield the rows; blank lines, repeated headings and a totals row are no rows.

        Raises FileRefused, at the line where it shows, when the file is cut short (the last line ends early, or the totals row
        says another sum than the rows), when all rows are another account's, or when nothing could be read.
        """
        lines = self._table.lines()
        layout = find_layout(lines, self._profile.columns)
        rows = _Rows(self._profile, layout, self._is_foreign)
        for line, row in lines:
            yield from rows.take(line, row)
        rows.end()

    def read_in_bulk(self) -> Iterator[Item | said.Bulk]:
        """Yield the same rows as `read`, most of a bank's statement in bulk, which is many times faster. Raises the same."""
        lines = self._table.lines()
        layout = find_layout(lines, self._profile.columns)
        rows = _Rows(self._profile, layout, self._is_foreign)
        columns = (
            StatementColumns(self._profile, layout, self._is_foreign, self._own_numbers)
            if self._profile.side == Side.PROVIDER
            else None
        )
        for batch in self._table.batches(lines, after=layout.line):
            if columns is None or len(batch.columns) < len(layout.heading):
                yield from itertools.chain.from_iterable(itertools.starmap(rows.take, batch.rows()))
                continue
            read = columns.read(batch)
            odd = [batch.row(index) for index in read.odd]
            if any(rows.may_be_totals(row) for _line, row in odd):  # they count what stands before them
                yield from itertools.chain.from_iterable(itertools.starmap(rows.take, batch.rows()))
                continue
            yield from rows.flush()
            yield read.bulk
            rows.add(read)
            yield from itertools.chain.from_iterable(itertools.starmap(rows.take, odd))
        rows.end()


class _Rows:
    """Takes line after line and remembers what the whole file must hold to."""

    def __init__(self, profile: MappingProfile, layout: Layout, is_foreign: Callable[[int], bool]) -> None:
        self._layout = layout
        self._read = single_rows.row_reader(profile, layout, is_foreign)
        self._is_ignored = single_rows.ignored_rows(profile, layout)
        self._sums, self._tally = Sums(profile, layout), _Tally()
        self._short: Unreadable | None = None

    def take(self, line: int, row: list[str]) -> Iterator[Item]:
        yield from self.flush()
        if len(row) < len(self._layout.heading):
            if any(row) and not self._sums.are_told_by(line, row):
                self._short = _unreadable(line, "short", "", row)
            return
        # Only a line that begins with no digit can be blank, a heading or totals.
        if not row[0][:1].isdigit() and (
            not any(row) or self._layout.is_heading(row) or self._sums.are_told_by(line, row)
        ):
            return
        if self._is_ignored(row):
            self._sums.leave_out(row)
            yield Ignored(line)
            return
        try:
            record = self._read(line, row)
        except BadCell as error:
            self._sums.miss(row)
            yield self._tally.bad(_unreadable(line, error.reason, error.cell, row))
            return
        self._sums.add(record)
        self._tally.good += 1
        yield record

    def flush(self) -> Iterator[Item]:
        """A short line that is not the last one is a bad row, and the file is not cut there."""
        if self._short is not None:
            yield self._tally.bad(self._short)
            self._short = None

    def may_be_totals(self, row: list[str]) -> bool:
        return not row[0][:1].isdigit() and any(meaning.names_totals(cell) for cell in row)

    def add(self, read: ReadColumns) -> None:
        """Count rows that were read in bulk."""
        self._tally.good += len(read.bulk.lines)
        for (kind, status), amount in read.sums.items():
            self._sums.add_sum(kind, status, amount)

    def end(self) -> None:
        """Raise FileRefused if the file is cut short or holds nothing of the account."""
        if self._short is not None:
            raise FileRefused(
                "cut", _("the last line ends early: the file is cut short."), line=self._short.line
            )
        self._tally.require_something()


class _Tally:
    """How many rows could be read, and whether those that could not are all another account's."""

    def __init__(self) -> None:
        self.good = 0
        self._bad: dict[str, int] = {}
        self._first: Unreadable | None = None

    def bad(self, row: Unreadable) -> Unreadable:
        self._bad[row.reason] = self._bad.get(row.reason, 0) + 1
        self._first = self._first or row
        return row

    def require_something(self) -> None:
        if self.good or self._first is None:
            return
        if set(self._bad) == {"account"}:
            raise FileRefused(
                "foreign", _("the rows belong to another merchant account."), line=self._first.line
            )
        raise FileRefused(
            "unreadable",
            _("no row could be read with this mapping. Check the mapping."),
            line=self._first.line,
        )


def _unreadable(line: int, reason: str, cell: str, row: list[str]) -> Unreadable:
    shown = " | ".join(row).replace("\x00", "")
    return Unreadable(line, reason, cell[:100], shown[:KEPT_OF_A_BAD_ROW])
