"""
The files of a signed month: every monthly report in every form, written once inside the closing and given out unchanged.

They are kept in pieces, each file with its size and SHA-256, which stand in the signed snapshot too.
"""

import dataclasses
import datetime as dt
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from common import crash
from reconciliation.models import KeptReport, KeptReportPart, MonthClose, MonthSnapshot
from reconciliation.reports import base, registry

PIECE = 1 << 20
FORMS: dict[str, Callable[..., None]] = {"csv": base.write_csv, "xlsx": base.write_xlsx}
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclasses.dataclass(slots=True)
class Written:
    """A report's file before it is kept."""

    report: str
    form: str
    content: IO[bytes]
    size: int = 0
    sha256: str = ""


class _Measured:
    """Counts and hashes what is written."""

    def __init__(self, out: IO[bytes]) -> None:
        self.out, self.size, self.hash = out, 0, hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self.size += len(data)
        self.hash.update(data)
        return self.out.write(data)


def write_all(*, month: dt.date) -> list[Written]:
    """Write every monthly report of a month in every form to temporary files; the caller holds the month still."""
    return [_write(report, form, month) for report in registry.monthly() for form in FORMS]


def keep(*, snapshot: MonthSnapshot, files: list[Written]) -> None:
    """Keep the files as those of a snapshot, in the transaction that signs the month."""
    for file in files:
        kept = KeptReport.objects.create(
            snapshot=snapshot, report=file.report, form=file.form, size=file.size, sha256=file.sha256
        )
        file.content.seek(0)
        pieces = iter(lambda: file.content.read(PIECE), b"")  # noqa: B023 -- used up within this turn of the loop
        for number, piece in enumerate(pieces):
            KeptReportPart.objects.create(report=kept, number=number, data=piece)
        file.content.close()
        crash.point("close.after_kept_report")


def kept_file(month: dt.date, report_code: str, form: str) -> KeptReport | None:
    """
    Return the file that was kept of a report when the month was signed, None while the month is not closed.

    A month that was reopened has none until it is signed again; what was signed before stays in its snapshots.
    """
    close = MonthClose.objects.filter(month=month.replace(day=1), state=MonthClose.State.CLOSED).first()
    if close is None:
        return None
    snapshot = close.snapshots.order_by("-generation").first()
    return KeptReport.objects.filter(snapshot=snapshot, report=report_code, form=form).first()


def pieces_of(kept: KeptReport) -> Iterator[bytes]:
    """Yield the bytes of a kept file, piece by piece."""
    for number in (
        KeptReportPart.objects.filter(report=kept).order_by("number").values_list("number", flat=True)
    ):
        yield bytes(KeptReportPart.objects.get(report=kept, number=number).data)


def _write(report: base.Report, form: str, month: dt.date) -> Written:
    content: Any = tempfile.TemporaryFile()  # noqa: SIM115 -- closed when its bytes are kept
    measured = _Measured(content)
    FORMS[form](report, month, measured)
    return Written(
        report=report.code, form=form, content=content, size=measured.size, sha256=measured.hash.hexdigest()
    )
