"""
Keeping a file's rows, each once.

Rows that can be all new go straight into the table. Where an earlier file speaks of the same time, they go through a temporary
one, and only those are kept that no earlier file has told: rows are the same when the checksums of what they say are, and the
second of two equal rows in one file is known only if an earlier file had it twice as well.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Protocol

from django.db import connection, transaction
from django.utils.translation import gettext as _

from common import clock, crash
from reconciliation.models import BadRow, Side, SourceFile, SourceRow
from reconciliation.sources import base, said
from reconciliation.sources.refusals import FileRefused

MAX_BAD_ROWS = 20_000
GATHERED_ROWS = 2000  # of those that come one by one
COLUMNS = f"id, file_id, side, account_id, line, {said.COLUMNS}"


class Source(Protocol):
    """Something that tells its rows one by one or many at a time."""

    def read_in_bulk(self) -> Iterator[base.Record | base.Unreadable | base.Ignored | said.Bulk]: ...


def take_rows(*, file: SourceFile, source: Source) -> None:
    """Keep the rows of a file that are new, list the bad ones and count all. Raises FileRefused where the file is not whole."""
    taking = _Taking(file, source)
    is_new = _copy_as_new(taking)
    if not is_new:
        taking = _Taking(file, source)
    file.rows_new = taking.rows if is_new else _copy_what_is_new(file, taking)
    BadRow.objects.bulk_create(taking.bad_rows, batch_size=1000)
    file.rows_known = taking.rows - file.rows_new
    file.rows_bad, file.rows_ignored = len(taking.bad_rows), taking.ignored
    file.first_at, file.last_at = taking.first_at, taking.last_at
    file.save()


class _Taking:
    """One pass over the source: what goes to COPY, and what was seen on the way."""

    def __init__(self, file: SourceFile, source: Source) -> None:
        self.rows = self.ignored = 0
        self.bad_rows: list[BadRow] = []
        self.file, self._source = file, source
        self._facts = f"\t{file.pk}\t{file.side}\t{file.account_id or said.NULL}\t"
        self._first = self._last = ""

    @property
    def first_at(self) -> dt.datetime | None:
        return _moment(self._first)

    @property
    def last_at(self) -> dt.datetime | None:
        return _moment(self._last)

    def pieces(self) -> Iterator[bytes]:
        """Yield what COPY reads. Raises FileRefused where the file turns out not to be whole."""
        single: list[base.Record] = []
        for item in self._source.read_in_bulk():
            if isinstance(item, said.Bulk):
                if item.lines:
                    yield self._piece(item)
            elif isinstance(item, base.Record):
                single.append(item)
                if len(single) == GATHERED_ROWS:
                    yield self._piece(_bulk_of(single))
                    single.clear()
            elif isinstance(item, base.Ignored):
                self.ignored += 1
            else:
                self._list(item)
        if single:
            yield self._piece(_bulk_of(single))

    def _piece(self, bulk: said.Bulk) -> bytes:
        crash.point("load.mid_rows")
        self.rows += len(bulk.lines)
        self._see(bulk.moments)
        facts, base_id = self._facts, SourceRow.first_id_of(self.file)
        heads = [f"{base_id + line}{facts}{line}" for line in bulk.lines]
        return ("\n".join(map("\t".join, zip(heads, *bulk.parts, strict=True))) + "\n").encode()

    def _see(self, moments: Sequence[str]) -> None:
        first, last = min(moments), max(moments)
        if last == said.NULL:  # a list of a month has no moments
            return
        self._first = min(self._first or first, first)
        self._last = max(self._last, last)

    def _list(self, item: base.Unreadable) -> None:
        self.bad_rows.append(
            BadRow(file=self.file, line=item.line, reason=item.reason, detail=item.detail, cells=item.cells)
        )
        if len(self.bad_rows) > MAX_BAD_ROWS:
            raise FileRefused("unreadable", _("too many rows cannot be read."), line=item.line)


def _moment(text: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text).astimezone(clock.SCHOOL_ZONE) if text else None


def _bulk_of(records: Sequence[base.Record]) -> said.Bulk:
    return said.Bulk(
        [record.line for record in records],
        [[said.said(record) for record in records]],
        [said.moment(record.occurred_at) for record in records],
    )


def _copy_as_new(taking: _Taking) -> bool:
    """Put rows straight into the table and tell whether they may stay: not where another file speaks of the same time."""
    with transaction.atomic():
        _copy("reconciliation_sourcerow", taking.pieces())
        is_new = not _overlap(taking)
        transaction.set_rollback(not is_new)
    return is_new


def _overlap(taking: _Taking) -> bool:
    """Tell whether an earlier file may hold rows of this one. A list of a month stands for itself."""
    if taking.file.side != Side.PROVIDER or taking.first_at is None:
        return False
    earlier = SourceFile.objects.filter(side=Side.PROVIDER, account=taking.file.account).exclude(
        pk=taking.file.pk
    )
    return earlier.filter(first_at__lte=taking.last_at, last_at__gte=taking.first_at).exists()


def _copy_what_is_new(file: SourceFile, taking: _Taking) -> int:
    with connection.cursor() as cursor:
        cursor.execute(STAGING)
        _copy("staged_rows", taking.pieces())
        cursor.execute("ANALYZE staged_rows")
        facts = {"account": file.account_id, "first": taking.first_at, "last": taking.last_at}
        cursor.execute(KEEP_NEW, facts)
        count: int = cursor.rowcount
        cursor.execute("DROP TABLE staged_rows")
    return count


def _copy(table: str, pieces: Iterator[bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as copy:
        for piece in pieces:
            copy.write(piece)


STAGING = f"CREATE TEMP TABLE staged_rows ON COMMIT DROP AS SELECT {COLUMNS} FROM reconciliation_sourcerow WITH NO DATA"  # noqa: S608

CHECKSUM = f"md5(ROW({said.COLUMNS})::text)"
KEEP_NEW = f"""
WITH known AS (
    SELECT {CHECKSUM} AS checksum, count(*) AS times FROM reconciliation_sourcerow
    WHERE account_id = %(account)s AND occurred_at BETWEEN %(first)s AND %(last)s GROUP BY 1
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY checksum ORDER BY line) AS occurrence
    FROM (SELECT *, {CHECKSUM} AS checksum FROM staged_rows) s
)
INSERT INTO reconciliation_sourcerow ({COLUMNS})
SELECT {COLUMNS} FROM numbered n LEFT JOIN known k USING (checksum)
WHERE n.occurrence > coalesce(k.times, 0) ORDER BY line
"""  # noqa: S608 -- our own text
