"""How the first rows of a sample read with a mapping: what each line would become, or why it cannot be read."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from common import dates, money
from common.admin_display import language
from common.errors import DomainError
from config.backoffice.reconciliation_pages.mapping_forms import MappingForm
from reconciliation import profiles, words
from reconciliation.models import SourceRow
from reconciliation.sources import base, refusals

ROWS_SHOWN = 8
NUMBERS = {"amount", "fee", "net"}


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One line of the file as it reads: its cells in our words, or the reason."""

    number: int
    cells: Sequence[tuple[str, bool]]
    problem: str = ""
    cell: str = ""
    is_ignored: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Preview:
    """The columns that were pointed at, the first lines and those with problems, and how many there are of each."""

    columns: Sequence[dict[str, Any]] = ()
    lines: Sequence[Line] = ()
    good: int = 0
    bad: int = 0
    ignored: int = 0
    refusal: str = ""
    missing: str = ""


def of(form: MappingForm) -> Preview:
    """Return how the sample reads with what the form says so far."""
    form.is_valid()
    try:
        profile = profiles.draft(side=form.side, account=form.upload.account, **form.mapping())
    except DomainError as error:
        return Preview(missing=str(error))
    fields = [
        field for field in words.FIELDS if field in profile.columns and field not in {"time", "account"}
    ]
    lines: list[Line] = []
    refusal = ""
    try:
        for item in profiles.try_out(profile=profile, sample=form.sample):
            lines.append(_line(item, fields))
    except DomainError as error:
        refusal = str(error)
    bad = [line for line in lines if line.problem]
    ignored = sum(line.is_ignored for line in lines)
    first = lines[:ROWS_SHOWN]
    return Preview(
        columns=[{"name": words.field_name(field), "number": field in NUMBERS} for field in fields],
        lines=first + [line for line in bad if line not in first][:ROWS_SHOWN],
        good=len(lines) - len(bad) - ignored,
        bad=len(bad),
        ignored=ignored,
        refusal=refusal,
    )


def _line(item: base.Record | base.Unreadable | base.Ignored, fields: Sequence[str]) -> Line:
    if isinstance(item, base.Unreadable):
        return Line(item.line, (), refusals.sentence_of(item.reason), item.detail)
    if isinstance(item, base.Ignored):
        return Line(item.line, (), is_ignored=True)
    return Line(item.line, [(_shown(item, field), field in NUMBERS) for field in fields])


def _shown(record: base.Record, field: str) -> str:
    match field:
        case "date":
            at = record.occurred_at
            return dates.format_moment(at, language(), short=True) if at else ""
        case "amount" | "fee" | "net":
            minor = getattr(record, f"{field}_minor")
            return "" if minor is None else money.format_money(minor, record.currency or "AMD", language())
        case "kind":
            return str(SourceRow.Kind(record.kind).label)
        case "status":
            return str(SourceRow.Status(record.status).label)
        case "student" | "course":
            return str(getattr(record, f"{field}_ref"))
        case "order_number":
            return "" if record.order_number is None else str(record.order_number)
        case _:
            return str(getattr(record, field))
