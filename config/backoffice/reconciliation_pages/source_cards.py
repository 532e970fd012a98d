"""The card of one source in one month: how it stands, its figures, its files and what is open."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from common import clock
from config.backoffice.reconciliation_pages.origins import Origin
from reconciliation.models import Run, Side, SourceFile
from reconciliation.months import Month

FILES_SHOWN = 3


@dataclasses.dataclass(frozen=True, slots=True)
class OpenKind:
    """The open breaks of one kind of one source."""

    name: str
    count: int
    oldest: dt.datetime
    is_critical: bool
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """One source in one month."""

    origin: Origin
    tone: str
    icon: str
    state: str
    figures: Sequence[Mapping[str, Any]]
    matched: int | None
    run: Run | None
    files: Sequence[SourceFile]
    more_files: int
    kinds: Sequence[OpenKind]
    upload_url: str

    @property
    def is_running(self) -> bool:
        return self.icon == "again"


def card_of(
    *,
    month: Month,
    origin: Origin,
    run: Run | None,
    is_running: bool,
    files: Sequence[SourceFile],
    kinds: Sequence[OpenKind],
) -> Card:
    """Return the card of one source, out of what was read of all."""
    tone, icon, state = _state(month, run, is_running, files, kinds)
    query = urlencode({"source": origin.code, "month": str(month)})
    return Card(
        origin=origin,
        tone=tone,
        icon=icon,
        state=state,
        figures=_figures(run) if run and run.has_source and origin.side == Side.PROVIDER else [],
        matched=run.summary.get("matched") if run and run.has_source else None,
        run=run,
        files=files[:FILES_SHOWN],
        more_files=max(0, len(files) - FILES_SHOWN),
        kinds=kinds,
        upload_url=f"{reverse('reconciliation-upload')}?{query}",
    )


def _state(
    month: Month, run: Run | None, is_running: bool, files: Sequence[SourceFile], kinds: Sequence[OpenKind]
) -> tuple[str, str, str]:
    if is_running:
        return "wait", "again", _("comparing now")
    count = sum(kind.count for kind in kinds)
    if any(kind.is_critical for kind in kinds):
        return "bad", "alert", _("%(count)s to decide") % {"count": count}
    if not files:
        return ("warn" if month.stop <= clock.now() else "mute"), "empty", _("no file yet")
    if run is None or run.started_at < max(file.loaded_at for file in files):
        return "wait", "clock", _("not compared yet")
    if kinds:
        return "warn", "alert", _("%(count)s to look at") % {"count": count}
    return "good", "check", _("both sides agree")


def _figures(run: Run) -> list[dict[str, Any]]:
    """Return counts and sums of both sides, and their difference."""
    ours, theirs = run.summary.get("ours", {}), run.summary.get("theirs", {})
    rows = [
        {"name": _("In our books"), "count": ours.get("count", 0), "minor": ours.get("minor", 0)},
        {"name": _("In the statement"), "count": theirs.get("count", 0), "minor": theirs.get("minor", 0)},
    ]
    difference = {
        "name": _("Difference"),
        "count": rows[1]["count"] - rows[0]["count"],
        "minor": rows[1]["minor"] - rows[0]["minor"],
        "is_difference": True,
    }
    return [*rows, difference]


def breaks_url(*, month: Month | None = None, **chosen: str) -> str:
    """Return the address of the list of breaks, narrowed."""
    query = {
        **({"month": str(month)} if month else {}),
        **{key: value for key, value in chosen.items() if value},
    }
    return reverse("reconciliation-breaks") + (f"?{urlencode(query)}" if query else "")
