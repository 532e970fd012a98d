"""What the first page of reconciliation shows of a month: each source with its files, its last comparison, what is open."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Payment
from common import clock, dates
from common.admin_display import language
from config.backoffice.reconciliation_pages import origins
from config.backoffice.reconciliation_pages.origins import Origin
from reconciliation import blockers, words
from reconciliation import runs as reconciliation_runs
from reconciliation.models import Discrepancy, Run, Side, SourceFile
from reconciliation.months import Month
from reconciliation.schedule import LONGEST_RUN
from refunds.models import Refund

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
        _card(month, origin, runs.get(_key(origin)), _key(origin) in running, files, kinds)
        for origin in _shown(earning, files, runs)
    ]
    following = month.next
    return Overview(
        month=month,
        before=month.before,
        following=following if following.start <= clock.now() else None,
        cards=cards,
        blocks=_blocks(month, cards, earning),
        month_url=_month_url(month),
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
                url=breaks_url(month=month, source=code, kind=kind),
            )
        )
    for kinds in found.values():
        kinds.sort(key=lambda one: (not one.is_critical, -one.count, one.name))
    return found


def breaks_url(*, month: Month | None = None, **chosen: str) -> str:
    """Return the address of the list of breaks, narrowed."""
    query = {
        **({"month": str(month)} if month else {}),
        **{key: value for key, value in chosen.items() if value},
    }
    return reverse("reconciliation-breaks") + (f"?{urlencode(query)}" if query else "")


def _card(
    month: Month,
    origin: Origin,
    run: Run | None,
    is_running: bool,
    files: Mapping[Any, list[SourceFile]],
    kinds: Mapping[Any, list[OpenKind]],
) -> Card:
    key = _key(origin)
    own_files, own_kinds = files.get(key, []), kinds.get(key, [])
    tone, icon, state = _state(month, run, is_running, own_files, own_kinds)
    query = urlencode({"source": origin.code, "month": str(month)})
    return Card(
        origin=origin,
        tone=tone,
        icon=icon,
        state=state,
        figures=_figures(run) if run and run.has_source and origin.side == Side.PROVIDER else [],
        matched=run.summary.get("matched") if run and run.has_source else None,
        run=run,
        files=own_files[:FILES_SHOWN],
        more_files=max(0, len(own_files) - FILES_SHOWN),
        kinds=own_kinds,
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


def _blocks(month: Month, cards: Sequence[Card], earning: set[int]) -> list[dict[str, Any]]:
    """Return what still keeps the month from being closed (`reconciliation.blockers`), each with the way there."""
    critical = Discrepancy.objects.filter(
        state=Discrepancy.State.OPEN, month__lte=month.first, kind__in=Discrepancy.CRITICAL_KINDS
    ).count()
    payments = Payment.objects.filter(blockers.unknown_payments(month.stop)).count()
    refunds = Refund.objects.filter(state=Refund.State.UNKNOWN, sent_at__lt=month.stop).count()
    earlier = next((first for first in blockers.open_months() if first < month.first), None)
    counted = [
        (
            critical,
            ngettext("difference waits for a decision", "differences wait for a decision", critical),
            breaks_url(whose="critical"),
        ),
        (
            payments,
            ngettext("payment has an unknown outcome", "payments have an unknown outcome", payments),
            f"{reverse('admin:billing_payment_changelist')}?state__exact=unknown",
        ),
        (
            refunds,
            ngettext("refund has an unknown outcome", "refunds have an unknown outcome", refunds),
            _optional("refunds"),
        ),
    ]
    found: list[dict[str, Any]] = [
        {"count": count, "text": text, "url": url} for count, text, url in counted if count
    ]
    for card in cards:
        account = card.origin.account
        if account is None or account.pk not in earning:
            continue
        if not card.files:
            words_ = _("%(name)s had money, and no statement is loaded")
        elif card.run is None or not card.run.is_final or card.run.started_at < card.files[0].loaded_at:
            words_ = _("%(name)s was not compared since the month ended")
        else:
            continue
        found.append({"count": None, "text": words_ % {"name": account.name}, "url": f"#{card.origin.code}"})
    if earlier is not None:
        name = dates.format_month(earlier, language()).capitalize()
        url = f"{reverse('reconciliation')}?month={earlier:%Y-%m}"
        found.append(
            {"count": None, "text": _("%(month)s is open and comes first") % {"month": name}, "url": url}
        )
    return found


def _month_url(month: Month) -> str:
    return _optional("month", str(month))


def _optional(name: str, *args: str) -> str:
    """Return the address of a page that another part of the house may bring."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
