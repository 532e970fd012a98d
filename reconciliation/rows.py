"""
Keeping a file's rows, each once.

A row's id is made of its minute, the checksum of its source and meaning, and its occurrence in the file; so rows that came with
an earlier file are found by the table's key. The minute stands first, because a bank writes its rows in the order of time: the
key grows at its end instead of everywhere, which is what makes a million rows quick to keep.

Rows that can be all new go straight into the table. Where some may be known, they go through a temporary one.
"""

import datetime as dt
import hashlib
import itertools
import uuid
from collections.abc import Generator, Iterator, Sequence, Set
from typing import Protocol

import psycopg
from django.db import connection, transaction
from django.utils.translation import gettext as _

from common import clock, crash
from reconciliation.models import BadRow, Side, SourceFile
from reconciliation.sources import base, said
from reconciliation.sources.refusals import FileRefused

MAX_BAD_ROWS = 20_000
MINUTE = len("2026-10-31T23:59")
GATHERED_ROWS = 2000  # of those that come one by one
COLUMNS = f"id, file_id, side, account_id, line, {said.COLUMNS}"


class Source(Protocol):
    """Something that tells its rows one by one or many at a time."""

    def read_in_bulk(self) -> Iterator[base.Record | base.Unreadable | base.Ignored | said.Bulk]: ...


def take_rows(*, file: SourceFile, source: Source) -> None:
    """Keep the rows of a file that are new, list the bad ones and count all. Raises FileRefused where the file is not whole."""
    taking = _Taking(file, source, counts_twins=True)
    pieces = taking.pieces()
    first = next(pieces, b"")
    if not _may_know_rows(file, taking) and _copy_as_new(itertools.chain([first], pieces)):
        file.rows_new = taking.rows
    else:
        pieces.close()
        taking = _Taking(file, source, counts_twins=False)
        file.rows_new = _copy_what_is_new(taking.pieces())
    BadRow.objects.bulk_create(taking.bad_rows, batch_size=1000)
    file.rows_known = taking.rows - file.rows_new
    file.rows_bad, file.rows_ignored = len(taking.bad_rows), taking.ignored
    file.first_at, file.last_at = taking.first_at, taking.last_at
    file.save()


class _Taking:
    """One pass over the source: what goes to COPY, and what was seen on the way."""

    def __init__(self, file: SourceFile, source: Source, *, counts_twins: bool) -> None:
        self.rows = self.ignored = 0
        self.bad_rows: list[BadRow] = []
        self._file, self._source = file, source
        self._ids = _Ids(_scope_of(file), counts_twins=counts_twins)
        self._facts = f"\t{file.pk}\t{file.side}\t{file.account_id or said.NULL}\t"
        self._first = self._last = ""

    @property
    def first_at(self) -> dt.datetime | None:
        return _moment(self._first)

    @property
    def last_at(self) -> dt.datetime | None:
        return _moment(self._last)

    def pieces(self) -> Generator[bytes]:
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
        facts = self._facts
        ids = self._ids.of(bulk)
        return "".join(
            [
                f"{row_id}{facts}{line}\t{text}\n"
                for row_id, line, text in zip(ids, bulk.lines, bulk.said, strict=True)
            ]
        ).encode()

    def _see(self, moments: Sequence[str]) -> None:
        first, last = min(moments), max(moments)
        if last == said.NULL:  # a list of a month has no moments
            return
        self._first = min(self._first or first, first)
        self._last = max(self._last, last)

    def _list(self, item: base.Unreadable) -> None:
        self.bad_rows.append(
            BadRow(file=self._file, line=item.line, reason=item.reason, detail=item.detail, cells=item.cells)
        )
        if len(self.bad_rows) > MAX_BAD_ROWS:
            raise FileRefused("unreadable", _("too many rows cannot be read."), line=item.line)


def _moment(text: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text).astimezone(clock.SCHOOL_ZONE) if text else None


def _bulk_of(records: Sequence[base.Record]) -> said.Bulk:
    return said.Bulk(
        [record.line for record in records],
        [said.said(record) for record in records],
        [said.moment(record.occurred_at) for record in records],
    )


def _scope_of(file: SourceFile) -> str:
    """Statements add to each other, so a row is known within its account; a snapshot stands for itself."""
    return f"account:{file.account_id}|" if file.side == Side.PROVIDER else f"file:{file.pk}|"


class _Ids:
    """Gives rows their ids, 16 bytes in hexadecimal: four of the minute, twelve of the checksum."""

    def __init__(self, scope: str, *, counts_twins: bool) -> None:
        self._scope = scope.encode()
        self._counts_twins = counts_twins
        self._minutes = _Minutes()
        self._before: Set[str] = frozenset()  # ids of the rows just before
        self._twins: dict[str, int] = {}  # how often, of those that stand there more than once

    def of(self, bulk: said.Bulk) -> list[str]:
        scope, checksum = self._scope, hashlib.blake2b
        told = "\n".join(bulk.said).encode().split(b"\n")
        ids = [
            self._minutes[moment[:MINUTE]] + checksum(scope + text, digest_size=12).hexdigest()
            for moment, text in zip(bulk.moments, told, strict=True)
        ]
        return self._with_twins(ids) if self._counts_twins else ids

    def _with_twins(self, ids: list[str]) -> list[str]:
        """
        Give the second of two equal rows an id of its own. Only twins near each other are seen: the bank writes them so.

        Twins far from each other break the table's key, and then the rows go the other way.
        """
        distinct = set(ids)
        if len(distinct) < len(ids) or not distinct.isdisjoint(self._before):
            seen = set(self._before)
            for place, row_id in enumerate(ids):
                if row_id in seen:
                    self._twins[row_id] = self._twins.get(row_id, 1) + 1
                    ids[place] = twin_of(row_id, self._twins[row_id])
                seen.add(row_id)
            self._twins = {row_id: count for row_id, count in self._twins.items() if row_id in distinct}
        self._before = distinct
        return ids


class _Minutes(dict[str, str]):
    """What stands first in the ids of a minute's rows."""

    def __missing__(self, minute: str) -> str:
        if minute == said.NULL:
            self[minute] = "0" * 8
        else:
            moment = dt.datetime.fromisoformat(minute).replace(tzinfo=dt.UTC)
            self[minute] = f"{int(moment.timestamp()) // 60:08x}"
        return self[minute]


def twin_of(row_id: str, occurrence: int) -> str:
    """Return the id of a row that says the same as earlier ones of its file; MOVE makes the same."""
    return hashlib.md5(f"{uuid.UUID(hex=row_id)}:{occurrence}".encode(), usedforsecurity=False).hexdigest()


def _may_know_rows(file: SourceFile, taking: _Taking) -> bool:
    """Tell whether an earlier file may hold rows of this one, whose first rows have been seen."""
    earlier = SourceFile.objects.filter(side=file.side, account=file.account).exclude(pk=file.pk)
    return file.side == Side.PROVIDER and earlier.filter(last_at__gte=taking.first_at).exists()


def _copy_as_new(pieces: Iterator[bytes]) -> bool:
    """Put rows straight into the table, all or none: a row that is there, or stands in the file twice, makes it none."""
    try:
        with transaction.atomic():
            _copy("reconciliation_sourcerow", pieces)
    except psycopg.errors.UniqueViolation:
        return False
    return True


def _copy_what_is_new(pieces: Iterator[bytes]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(STAGING)
        _copy("staged_rows", pieces)
        cursor.execute(MOVE)
        count: int = cursor.rowcount
        cursor.execute("DROP TABLE staged_rows")
    return count


def _copy(table: str, pieces: Iterator[bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as copy:
        for piece in pieces:
            copy.write(piece)


STAGING = f"CREATE TEMP TABLE staged_rows ON COMMIT DROP AS SELECT {COLUMNS} FROM reconciliation_sourcerow WITH NO DATA"  # noqa: S608

# The same row twice in one file is two rows: the second has an id of its own, the same one in every file that holds both.
MOVE = f"""
WITH twins AS (
    SELECT id, line, row_number() OVER (PARTITION BY id ORDER BY line) AS occurrence
    FROM staged_rows WHERE id IN (SELECT id FROM staged_rows GROUP BY id HAVING count(*) > 1)
), numbered AS (
    SELECT CASE WHEN t.occurrence > 1 THEN md5(s.id || ':' || t.occurrence)::uuid ELSE s.id END AS id, file_id, side, account_id,
           s.line, {said.COLUMNS}
    FROM staged_rows s LEFT JOIN twins t ON t.id = s.id AND t.line = s.line
)
INSERT INTO reconciliation_sourcerow ({COLUMNS}) SELECT {COLUMNS} FROM numbered ORDER BY line ON CONFLICT (id) DO NOTHING
"""  # noqa: S608 -- our own text
