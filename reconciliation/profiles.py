"""Making a mapping: look at a sample, point at its columns, see how its rows read, keep the profile."""

import dataclasses
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import MerchantAccount
from common import clock
from common.errors import DomainError
from reconciliation import words as our_words
from reconciliation.models import MappingProfile, Side
from reconciliation.sources import base, layout, tables
from reconciliation.sources.files import FileSource

SAMPLE_LINES = 40
LINES_FOR_WORDS = 20_000
MOST_WORDS = 12  # a column with more different words says something else than a kind or a state
LONGEST_WORD = 60
Lines = Sequence[tuple[int, list[str]]]
# What a word of theirs may mean. "ignore": rows that nobody compares, as the bank's commission.
MEANINGS: Mapping[str, set[str]] = {
    "kind": {base.PAYMENT, base.REFUND, base.IGNORE},
    "status": {base.DONE, base.NOT_DONE, base.IGNORE},
}


class MappingIncomplete(DomainError):  # noqa: N818
    """A mapping does not say where something is that its side must tell."""

    code = "mapping-incomplete"


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """
    The first lines of a file as a person sees them, to point at its heading and columns.

    `words` are the different texts of each column that has few of them, read further than `lines` go.
    """

    form: str
    lines: Lines
    words: Mapping[int, Sequence[str]] = dataclasses.field(default_factory=dict)


def read_sample(stream: IO[bytes]) -> Sample:
    """Return the first lines of a file. Raises FileRefused for what is no table. Nothing is kept."""
    table, _looked = tables.open_table(stream)
    lines: list[tuple[int, list[str]]] = []
    words: dict[int, dict[str, None]] = {}
    reading = table.lines()
    for place, (number, cells) in enumerate(reading):
        if place >= LINES_FOR_WORDS:
            break
        if place < SAMPLE_LINES:
            lines.append((number, cells))
        for column, cell in enumerate(cells):
            known = words.setdefault(column, {})
            if len(known) <= MOST_WORDS and (word := cell.strip()):
                known[word[: LONGEST_WORD + 1]] = None
    return Sample(form=table.form, lines=lines, words={column: list(all_) for column, all_ in words.items()})


def live_profile(*, side: str, account: MerchantAccount | None = None) -> MappingProfile | None:
    """Return the profile that files of an account (or of the CRM, the LMS) are read with now, if there is one."""
    return MappingProfile.objects.filter(side=side, account=account, replaced_at__isnull=True).first()


def fits(*, profile: MappingProfile, lines: Lines) -> bool:
    """Tell whether one of a file's first lines is the heading that the profile speaks of."""
    try:
        layout.find_layout(iter(lines), profile.columns)
    except DomainError:
        return False
    return True


def draft(
    *, side: str, account: MerchantAccount | None, columns: Mapping[str, str], **facts: Any
) -> MappingProfile:
    """Return a profile that is not kept, to try it out. Raises MappingIncomplete like `save_profile`."""
    named = _named(columns)
    _require_complete(side, named, facts.get("words") or {})
    return MappingProfile(side=side, account=account, columns=named, **facts)


def try_out(
    *, profile: MappingProfile, sample: Sample
) -> Iterator[base.Record | base.Unreadable | base.Ignored]:
    """Yield the rows of a sample as the profile reads them. Raises FileRefused where a load would refuse the file."""
    table = cast("tables.Table", _SampleTable(sample))
    yield from FileSource(table, profile).read()


def save_profile(
    *,
    side: str,
    account: MerchantAccount | None = None,
    columns: Mapping[str, str],
    made_by: Any = None,
    words: Mapping[str, Mapping[str, str]] | None = None,
    zone: str = "Asia/Yerevan",
    **writing: Any,
) -> MappingProfile:
    """
    Keep a mapping as the live one of its source; the one before it ends and stays with the files that were read with it.

    `columns` maps our fields (reconciliation.sources.layout.FIELDS) to headings, `words` their words to ours for "kind" and
    "status" (MEANINGS); `writing` holds date_format, decimal_mark, amount_unit, currency, own_names, ids.

    Raises MappingIncomplete.
    """
    named = _named(columns)
    _require_complete(side, named, words or {})
    _require_zone(zone)
    with transaction.atomic():
        for old in MappingProfile.objects.select_for_update().filter(
            side=side, account=account, replaced_at__isnull=True
        ):
            old.replaced_at = clock.now()
            old.save(update_fields=["replaced_at"])
        return MappingProfile.objects.create(
            side=side,
            account=account,
            columns=named,
            words=words or {},
            zone=zone,
            made_by=made_by,
            **writing,
        )


class _SampleTable:
    """The first lines of a file in the place of the whole table."""

    def __init__(self, sample: Sample) -> None:
        self.form = sample.form
        self._lines = sample.lines

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the lines."""
        return iter(self._lines)


def _named(columns: Mapping[str, str]) -> dict[str, str]:
    return {field: heading.strip() for field, heading in columns.items() if heading and heading.strip()}


def _require_complete(side: str, columns: Mapping[str, str], words: Mapping[str, Mapping[str, str]]) -> None:
    if unknown := set(columns) - set(layout.FIELDS):
        raise MappingIncomplete(
            _("There is no field %(name)s.") % {"name": sorted(unknown)[0]}, field="columns"
        )
    for any_of in layout.REQUIRED[Side(side).value]:
        if not set(any_of) & set(columns):
            raise MappingIncomplete(
                _("Say which column holds: %(field)s.")
                % {"field": " / ".join(our_words.field_name(field) for field in any_of)},
                field=any_of[0],
            )
    meanings = {"kind": {"payment", "refund", "ignore"}, "status": {"done", "not_done", "ignore"}}
    for field, ours in meanings.items():
        told = set(words.get(field, {}).values())
        if (field in columns and not told) or not told <= ours:
            raise MappingIncomplete(
                _("Say what the words of the column mean: %(field)s.")
                % {"field": our_words.field_name(field)},
                field=field,
            )


def _require_zone(zone: str) -> None:
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise MappingIncomplete(_("There is no such time zone."), field="zone") from None
