"""
Taking a file: read it whole or not at all, keep the original, and keep each row once.

Everything happens in one transaction: a refused file leaves nothing, and so does a process that dies.
"""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator
from typing import IO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from billing.models import MerchantAccount
from common import clock, crash
from common.errors import DomainError
from reconciliation import profiles, rows
from reconciliation.models import Side, SourceFile
from reconciliation.sources import tables
from reconciliation.sources.files import FileSource
from reconciliation.sources.refusals import FileRefused
from students import timeline

PART_BYTES = 1 << 20


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
        numbers = _OrderNumbers(account)
        rows.take_rows(file=file, source=FileSource(table, profile, numbers.are_foreign, numbers.own))
        _keep_original(file, stream)
        timeline.record([_event(file, actor)])
        crash.point("load.before_commit")
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


class _OrderNumbers:
    """Which order numbers are an account's own, and which were given out by another account of ours."""

    def __init__(self, account: MerchantAccount | None) -> None:
        self.own = range(0)
        self._others: list[range] = []
        if account is None:
            return
        self.own = range(account.order_number_first, account.order_number_last + 1)
        self._others = [
            range(first, following)
            for first, following in MerchantAccount.objects.exclude(pk=account.pk).values_list(
                "order_number_first", "next_order_number"
            )
        ]

    def are_foreign(self, number: int) -> bool:
        return number not in self.own and any(number in other for other in self._others)


def _keep_original(file: SourceFile, stream: IO[bytes]) -> None:
    stream.seek(0)
    with connection.cursor() as cursor:
        for number in itertools.count(1):
            if not (piece := stream.read(PART_BYTES)):
                return
            cursor.execute(
                "INSERT INTO reconciliation_sourcefilepart (file_id, number, data) VALUES (%s, %s, %b)",
                [file.pk, number, piece],
            )
            crash.point("load.mid_original")


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
