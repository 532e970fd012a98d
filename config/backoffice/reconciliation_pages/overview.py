"""What the first page of reconciliation shows of a month: each source with its files, its last comparison, what is open."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Min, Q

from common import clock
from config.backoffice.reconciliation_pages import origins, readiness, source_cards
from config.backoffice.reconciliation_pages.origins import Origin
from config.backoffice.reconciliation_pages.source_cards import Card, OpenKind
from reconciliation import runs as reconciliation_runs
from reconciliation import words
from reconciliation.models import Discrepancy, Run, Side, SourceFile
from reconciliation.months import Month
from reconciliation.schedule import LONGEST_RUN


@dataclasses.dataclass(frozen=True, slots=True)
class Overview:
    """A month: its cards, what keeps it from being closed, and the way to its neighbours."""

    month: Month
    before: Month
    following: Month | None
    cards: Sequence[Card]
    blocks: Sequence[Mapping[str, Any]]
    month_url: str
    is_over: bool
    is_running: bool
    has_files: bool


def read(*, month: Month) -> Overview:
    """Return a month as the page shows it. The number of queries does not grow with the school."""
    runs, running = _runs(month)
    files = _files(month)
    kinds = _open_kinds(month)
    earning = set(reconciliation_runs.accounts_of(month).values_list("pk", flat=True))
    cards = [
        source_cards.card_of(
            month=month,
            origin=origin,
            run=runs.get(_key(origin)),
            is_running=_key(origin) in running,
            files=files.get(_key(origin), []),
            kinds=kinds.get(_key(origin), []),
        )
        for origin in _shown(earning, files, runs)
    ]
    following = month.next
    return Overview(
        month=month,
        before=month.before,
        following=following if following.start <= clock.now() else None,
        cards=cards,
        blocks=readiness.blocks_of(month=month, cards=cards, earning=earning),
        month_url=readiness.month_url(month),
        is_over=month.stop <= clock.now(),
        is_running=any(card.is_running for card in cards),
        has_files=any(files.values()),
    )


def _key(origin: Origin) -> tuple[str, int | None]:
    return origin.side, origin.account.pk if origin.account else None


def _shown(earning: set[int], files: Mapping[Any, Any], runs: Mapping[Any, Any]) -> list[Origin]:
    """Leave out accounts that are switched off and have nothing in this month."""
    return [
        origin
        for origin in origins.origins()
        if origin.account is None or origin.account.is_active or _key(origin) in files or _key(origin) in runs
    ]


def _runs(month: Month) -> tuple[dict[Any, Run], set[Any]]:
    """Return the last finished run of each source, and the sources that are being compared now."""
    of_month = Run.objects.filter(month=month.first)
    finished = of_month.filter(finished_at__isnull=False).order_by("side", "account_id", "-id")
    going = of_month.filter(finished_at__isnull=True, started_at__gt=clock.now() - LONGEST_RUN)
    return (
        {(run.side, run.account_id): run for run in finished.distinct("side", "account_id")},
        set(going.values_list("side", "account")),
    )


def files_of(month: Month) -> Any:
    """Return the files that speak of a month, the newest first."""
    return SourceFile.objects.filter(
        Q(side=Side.PROVIDER, first_at__lt=month.stop, last_at__gte=month.start) | Q(month=month.first)
    )


def _files(month: Month) -> dict[Any, list[SourceFile]]:
    found: dict[Any, list[SourceFile]] = {}
    for file in files_of(month).select_related("loaded_by").order_by("-loaded_at", "-id")[:500]:
        found.setdefault((file.side, file.account_id), []).append(file)
    return found


def _open_kinds(month: Month) -> dict[Any, list[OpenKind]]:
    found: dict[Any, list[OpenKind]] = {}
    rows = (
        Discrepancy.objects.filter(month=month.first, state=Discrepancy.State.OPEN)
        .order_by()
        .values_list("side", "account", "kind")
        .annotate(Count("pk"), Min("opened_at"))
    )
    sums: dict[Any, tuple[int, dt.datetime]] = {}
    for side, account, kind, count, oldest in rows:
        key = (side, account if side == Side.PROVIDER else None, kind)
        known, since = sums.get(key, (0, oldest))
        sums[key] = (known + count, min(since, oldest))
    for (side, account, kind), (count, oldest) in sums.items():
        code = f"account-{account}" if account else side
        found.setdefault((side, account), []).append(
            OpenKind(
                name=words.name_of(kind),
                count=count,
                oldest=oldest,
                is_critical=kind in Discrepancy.CRITICAL_KINDS,
                url=source_cards.breaks_url(month=month, source=code, kind=kind),
            )
        )
    for kinds in found.values():
        kinds.sort(key=lambda one: (not one.is_critical, -one.count, one.name))
    return found
