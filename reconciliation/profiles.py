"""Making a mapping: look at a sample, point at its columns, keep the profile."""

import dataclasses
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import MerchantAccount
from common import clock
from common.errors import DomainError
from reconciliation.models import MappingProfile, Side
from reconciliation.sources import layout, tables

SAMPLE_LINES = 40


class MappingIncomplete(DomainError):  # noqa: N818
    """A mapping does not say where something is that its side must tell."""

    code = "mapping-incomplete"


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """The first lines of a file as a person sees them, to point at its heading and columns."""

    form: str
    lines: Sequence[tuple[int, list[str]]]


def read_sample(stream: IO[bytes]) -> Sample:
    """Return the first lines of a file. Raises FileRefused for what is no table. Nothing is kept."""
    table, _looked = tables.open_table(stream)
    rows = zip(range(SAMPLE_LINES), table.lines(), strict=False)
    return Sample(form=table.form, lines=[line for _number, line in rows])


def live_profile(*, side: str, account: MerchantAccount | None = None) -> MappingProfile | None:
    """Return the profile that files of an account (or of the CRM, the LMS) are read with now, if there is one."""
    return MappingProfile.objects.filter(side=side, account=account, replaced_at__isnull=True).first()


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
    "status"; `writing` holds date_format, decimal_mark, amount_unit, currency, own_names. Raises MappingIncomplete.
    """
    named = {field: heading.strip() for field, heading in columns.items() if heading and heading.strip()}
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


def _require_complete(side: str, columns: Mapping[str, str], words: Mapping[str, Mapping[str, str]]) -> None:
    if unknown := set(columns) - set(layout.FIELDS):
        raise MappingIncomplete(
            _("There is no field %(name)s.") % {"name": sorted(unknown)[0]}, field="columns"
        )
    for any_of in layout.REQUIRED[Side(side).value]:
        if not set(any_of) & set(columns):
            raise MappingIncomplete(
                _("Say which column holds %(field)s.") % {"field": " / ".join(any_of)}, field=any_of[0]
            )
    meanings = {"kind": {"payment", "refund"}, "status": {"done", "not_done"}}
    for field, ours in meanings.items():
        told = set(words.get(field, {}).values())
        if (field in columns and not told) or not told <= ours:
            raise MappingIncomplete(_("Say what the words of the column mean."), field=field)


def _require_zone(zone: str) -> None:
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise MappingIncomplete(_("There is no such time zone."), field="zone") from None
