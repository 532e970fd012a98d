"""
Taking a file: read it whole or not at all, keep the original, and keep each row once.

Rows are streamed into a staging table with COPY and moved from there in one statement; a row that came with an earlier file
has the same id and stays as it is. Everything happens in one transaction: a refused file leaves nothing.
"""

import dataclasses
import datetime as dt
import hashlib
import itertools
from collections.abc import Callable, Iterator
from typing import IO, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from billing.models import MerchantAccount
from common import clock
from common.errors import DomainError
from reconciliation import profiles
from reconciliation.models import BadRow, MappingProfile, Side, SourceFile
from reconciliation.sources import base, tables
from reconciliation.sources.files import FileSource
from reconciliation.sources.refusals import FileRefused
from students import timeline

PART_BYTES = 1 << 20
BATCH_ROWS = 2000
NULL = "\\N"  # as COPY writes it
MAX_BAD_ROWS = 20_000
STAGED = (
    "line, checksum, kind, status, order_number, reference, student_ref, course_ref, amount_minor, fee_minor, net_minor, "
    "currency, occurred_at"
)


class NoMapping(DomainError):  # noqa: N818
    """Nobody has said yet how files of this source are read."""

    code = "no-mapping"


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """What became of an upload: the file, and whether the same bytes had come before."""

    file: SourceFile
    is_repeat: bool


def load_file(
    *,
    side: str,
    stream: IO[bytes],
    name: str,
    actor: timeline.Actor,
    account: MerchantAccount | None = None,
    month: dt.date | None = None,
    taken_at: dt.datetime | None = None,
) -> Loaded:
    """
    Take a statement (of `account`) or a snapshot of the CRM or LMS (of `month`, its first day, as of `taken_at`).

    The same file again, and rows that another file brought, change nothing and are counted. Rows that cannot be read are listed,
    the others taken. Raises FileRefused with line and reason when the file is no whole table, NoMapping without a profile.
    """
    profile = profiles.live_profile(side=side, account=account)
    if profile is None:
        raise NoMapping(
            _("Say first how files of this source are read: load a sample and point at its columns.")
        )
    if side != Side.PROVIDER and (month is None or month.day != 1):
        raise FileRefused("no_month", _("Say which month the file speaks of."))
    table, looked = tables.open_table(stream)
    month = None if side == Side.PROVIDER else month
    with transaction.atomic():
        _lock_source(side, account)
        if repeat := _known_file(side, account, month, looked.sha256):
            return repeat
        file = SourceFile.objects.create(
            side=side,
            account=account,
            month=month,
            profile=profile,
            name=name[:200],
            sha256=looked.sha256,
            size=looked.size,
            form=table.form,
            taken_at=taken_at or clock.now(),
            loaded_by_id=actor.user_id,
        )
        source = FileSource(table, profile, _foreign_numbers(account))
        _take_rows(file, profile, source)
        _keep_original(file, stream)
        timeline.record([_event(file, actor)])
    return Loaded(file=file, is_repeat=False)


def original_of(*, file: SourceFile) -> Iterator[bytes]:
    """Yield the bytes of a file as it came, piece by piece."""
    for data in file.parts.order_by("number").values_list("data", flat=True).iterator(chunk_size=1):
        yield bytes(data)


def _lock_source(side: str, account: MerchantAccount | None) -> None:
    """Two files of one source are taken one after the other, so that each row is known or new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"source:{side}:{account and account.pk}"],
        )


def _known_file(
    side: str, account: MerchantAccount | None, month: dt.date | None, sha256: str
) -> Loaded | None:
    file = SourceFile.objects.filter(side=side, account=account, month=month, sha256=sha256).first()
    if file is None:
        return None
    file.uploads += 1
    file.save(update_fields=["uploads"])
    return Loaded(file=file, is_repeat=True)


def _foreign_numbers(account: MerchantAccount | None) -> Callable[[int], bool]:
    """Return what tells whether an order number was given out by another account of ours, and not by this one."""
    if account is None:
        return lambda _number: False
    own = range(account.order_number_first, account.order_number_last + 1)
    others = [
        range(first, following)
        for first, following in MerchantAccount.objects.exclude(pk=account.pk).values_list(
            "order_number_first", "next_order_number"
        )
    ]
    return lambda number: number not in own and any(number in other for other in others)


def _take_rows(file: SourceFile, profile: MappingProfile, source: base.Source) -> None:
    count = _Count()
    with connection.cursor() as cursor:
        cursor.execute(STAGING)
        with cursor.copy(f"COPY staged_rows ({STAGED}) FROM STDIN") as copy:
            for lines in _batches(_copy_lines(file, source, count)):
                copy.write("".join(lines))
        cursor.execute(MOVE, {"file": file.pk, "side": file.side, "account": file.account_id})
        file.rows_new = cursor.rowcount
        cursor.execute("DROP TABLE staged_rows")
    BadRow.objects.bulk_create(count.bad_rows, batch_size=1000)
    file.rows_known = count.rows - file.rows_new
    file.rows_bad, file.rows_ignored = len(count.bad_rows), count.ignored
    file.first_at, file.last_at = count.first_at, count.last_at
    file.save()


@dataclasses.dataclass(slots=True)
class _Count:
    """What was seen on the way."""

    rows: int = 0
    ignored: int = 0
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    bad_rows: list[BadRow] = dataclasses.field(default_factory=list)


def _copy_lines(file: SourceFile, source: base.Source, count: _Count) -> Iterator[str]:
    """Yield COPY's text lines, each with the checksum of what the row says (not of how it was written)."""
    scope = _scope_of(file).encode()
    first = last = None
    for item in source.read():
        if isinstance(item, base.Ignored):
            count.ignored += 1
            continue
        if isinstance(item, base.Unreadable):
            count.bad_rows.append(BadRow(file=file, **_as_fields(item)))
            if len(count.bad_rows) > MAX_BAD_ROWS:
                raise FileRefused("unreadable", _("too many rows cannot be read."), line=item.line)
            continue
        count.rows += 1
        at = item.occurred_at
        if at is not None:
            if first is None or at < first:
                first = at
            if last is None or at > last:
                last = at
        said = _said(item)
        checksum = hashlib.md5(scope + said.encode(), usedforsecurity=False).hexdigest()
        yield f"{item.line}\t{checksum}\t{said}\n"
    count.first_at, count.last_at = first, last


def _scope_of(file: SourceFile) -> str:
    """Statements add to each other, so a row is known within its account; a snapshot stands for itself."""
    return f"account:{file.account_id}|" if file.side == Side.PROVIDER else f"file:{file.pk}|"


def _as_fields(item: base.Unreadable) -> dict[str, Any]:
    return {"line": item.line, "reason": item.reason, "detail": item.detail, "cells": item.cells}


def _said(item: base.Record) -> str:
    at = item.occurred_at
    return (
        f"{item.kind}\t{item.status}\t{_number(item.order_number)}\t{_text(item.reference)}\t{_text(item.student_ref)}\t"
        f"{_text(item.course_ref)}\t{_number(item.amount_minor)}\t{_number(item.fee_minor)}\t{_number(item.net_minor)}\t"
        f"{item.currency}\t{NULL if at is None else at.astimezone(dt.UTC).isoformat()}"
    )


def _number(value: int | None) -> str:
    return NULL if value is None else str(value)


def _text(value: str) -> str:
    if not value or value.isalnum():
        return value
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _batches(lines: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(itertools.islice(lines, BATCH_ROWS)):
        yield batch


STAGING = """
CREATE TEMP TABLE staged_rows (
    line int, checksum uuid, kind text, status text, order_number bigint, reference text, student_ref text, course_ref text,
    amount_minor bigint, fee_minor bigint, net_minor bigint, currency text, occurred_at timestamptz
) ON COMMIT DROP
"""

# The same row twice in one file is two rows: the second has an id of its own, the same one in every file that holds both.
MOVE = """
WITH doubles AS (
    SELECT checksum, line, row_number() OVER (PARTITION BY checksum ORDER BY line) AS occurrence
    FROM staged_rows WHERE checksum IN (SELECT checksum FROM staged_rows GROUP BY checksum HAVING count(*) > 1)
)
INSERT INTO reconciliation_sourcerow
    (id, file_id, line, side, account_id, kind, status, order_number, reference, student_ref, course_ref, amount_minor, fee_minor,
     net_minor, currency, occurred_at)
SELECT CASE WHEN d.occurrence > 1 THEN md5(s.checksum || ':' || d.occurrence)::uuid ELSE s.checksum END, %(file)s, s.line,
       %(side)s, %(account)s, s.kind, s.status, s.order_number, s.reference, s.student_ref, s.course_ref, s.amount_minor,
       s.fee_minor, s.net_minor, s.currency, s.occurred_at
FROM staged_rows s LEFT JOIN doubles d ON d.checksum = s.checksum AND d.line = s.line
ON CONFLICT (id) DO NOTHING
"""


def _keep_original(file: SourceFile, stream: IO[bytes]) -> None:
    stream.seek(0)
    with connection.cursor() as cursor:
        for number in itertools.count(1):
            if not (piece := stream.read(PART_BYTES)):
                return
            cursor.execute(
                "INSERT INTO reconciliation_sourcefilepart (file_id, number, data) VALUES (%s, %s, %s)",
                [file.pk, number, piece],
            )


def _event(file: SourceFile, actor: timeline.Actor) -> timeline.Event:
    return timeline.Event(
        kind="statement_loaded",
        student_id=None,
        actor=actor,
        data={
            "new": file.rows_new,
            "known": file.rows_known,
            "bad": file.rows_bad,
            "ignored": file.rows_ignored,
            "sha256": file.sha256,
            "side": file.side,
        },
        subject_kind="reconciliation.sourcefile",
        subject_id=file.pk,
    )
