"""Which breaks a person sees in the list, and the choices that narrow it. Constant in queries."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from common import clock, dates
from common.admin_display import language
from config.backoffice.reconciliation_pages import origins
from reconciliation import words
from reconciliation.models import Discrepancy, Side
from reconciliation.months import Month

SHOWN = 50
LONGEST_OFFSET = 100_000
WHOSE = ("all", "critical", "mine", "free", "done")
OPEN, CRITICAL = Q(state=Discrepancy.State.OPEN), Q(kind__in=Discrepancy.CRITICAL_KINDS)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One break as the list shows it."""

    item: Discrepancy
    name: str
    origin: str
    difference_minor: int | None
    days: int
    is_mine: bool


@dataclasses.dataclass(frozen=True, slots=True)
class BreakList:
    """A page of breaks with what narrows it."""

    rows: Sequence[Row]
    chips: Sequence[Mapping[str, Any]]
    selects: Sequence[Mapping[str, Any]]
    whose: str
    more: str
    is_narrowed: bool
    month: Month | None


def read(*, viewer: Any, asked: Mapping[str, str]) -> BreakList:
    """Return what the list shows to a person: the critical ones first, then the oldest; decided ones newest first."""
    known = origins.origins()
    whose = asked.get("whose", "")
    whose = whose if whose in WHOSE else "all"
    month = _month(asked.get("month", ""))
    chosen = {
        "month": str(month) if month else "",
        "source": next((one.code for one in known if one.code == asked.get("source")), ""),
        "kind": asked.get("kind", "") if asked.get("kind") in Discrepancy.Kind.values else "",
        "owner": asked.get("owner", "") if asked.get("owner", "").isdigit() else "",
    }
    narrowed = _narrowed(Discrepancy.objects.all(), chosen, known)
    counts = narrowed.aggregate(
        all=Count("pk", filter=OPEN),
        critical=Count("pk", filter=OPEN & CRITICAL),
        mine=Count("pk", filter=OPEN & Q(owner=viewer)),
        free=Count("pk", filter=OPEN & Q(owner=None)),
    )
    start = _start(asked.get("start", ""))
    found = list(_ordered(_of(narrowed, whose, viewer), whose)[start : start + SHOWN + 1])
    return BreakList(
        rows=[row_of(item, viewer) for item in found[:SHOWN]],
        chips=_chips(chosen, whose, counts),
        selects=_selects(chosen, known),
        whose=whose,
        more=_address(chosen, whose, start + SHOWN) if len(found) > SHOWN else "",
        is_narrowed=any(chosen.values()),
        month=month,
    )


def row_of(item: Discrepancy, viewer: Any) -> Row:
    """Return a break as a list shows it to a person."""
    until = item.closed_at or clock.now()
    return Row(
        item=item,
        name=words.name_of(item.kind),
        origin=item.account.name if item.account and item.side == Side.PROVIDER else item.get_side_display(),
        difference_minor=difference_of(item),
        days=max(0, (clock.day_of(until) - clock.day_of(item.opened_at)).days),
        is_mine=item.owner_id == viewer.pk,
    )


def difference_of(item: Discrepancy) -> int | None:
    """Return what the other side says more (or less) than we do, if both name a sum or one names the whole."""
    if item.ours_minor is None and item.theirs_minor is None:
        return None
    return (item.theirs_minor or 0) - (item.ours_minor or 0)


def _month(text: str) -> Month | None:
    far = Month(clock.today().replace(year=2000, month=1, day=1))
    month = origins.month_named(text, far)
    return None if month == far else month


def _narrowed(
    found: QuerySet[Discrepancy], chosen: Mapping[str, str], known: Sequence[origins.Origin]
) -> QuerySet[Discrepancy]:
    if chosen["month"]:
        found = found.filter(month=f"{chosen['month']}-01")
    if chosen["kind"]:
        found = found.filter(kind=chosen["kind"])
    if chosen["owner"]:
        found = found.filter(owner_id=int(chosen["owner"][:9]))
    origin = next((one for one in known if one.code == chosen["source"]), None)
    if origin is None:
        return found
    found = found.filter(side=origin.side)
    return found.filter(account=origin.account) if origin.account else found


def _of(found: QuerySet[Discrepancy], whose: str, viewer: Any) -> QuerySet[Discrepancy]:
    match whose:
        case "critical":
            return found.filter(OPEN & CRITICAL)
        case "mine":
            return found.filter(OPEN, owner=viewer)
        case "free":
            return found.filter(OPEN, owner=None)
        case "done":
            return found.exclude(OPEN)
        case _:
            return found.filter(OPEN)


def _ordered(found: QuerySet[Discrepancy], whose: str) -> QuerySet[Discrepancy]:
    found = found.select_related("student", "account", "owner", "resolved_by", "course")
    if whose == "done":
        return found.order_by("-closed_at", "-id")
    return found.annotate(is_light=~CRITICAL).order_by("is_light", "opened_at", "id")


def _start(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    return min(number, LONGEST_OFFSET)


def _chips(chosen: Mapping[str, str], whose: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    named = {
        "all": (_("Open"), "swap"),
        "critical": (_("Block the month"), "alert"),
        "mine": (_("Mine"), "person"),
        "free": (_("Nobody's"), "hand"),
        "done": (_("Closed"), "check"),
    }
    return [
        {
            "url": _address(chosen, code),
            "text": text,
            "icon": icon,
            "count": counts.get(code),
            "current": code == whose,
        }
        for code, (text, icon) in named.items()
    ]


def _selects(chosen: Mapping[str, str], known: Sequence[origins.Origin]) -> list[dict[str, Any]]:
    """Return the choices of the form above the list: month, source, kind, owner."""
    months = list(Discrepancy.objects.order_by("-month").values_list("month", flat=True).distinct()[:24])
    if chosen["month"] and chosen["month"] not in {f"{month:%Y-%m}" for month in months}:
        months.insert(0, Month(origins.month_named(chosen["month"], Month.of(clock.now())).first).first)
    owners = get_user_model().objects.filter(
        pk__in=Discrepancy.objects.filter(owner__isnull=False).values("owner")
    )
    options = {
        "month": (
            _("Month"),
            [(f"{m:%Y-%m}", dates.format_month(m, language()).capitalize()) for m in months],
        ),
        "source": (_("Compared with"), [(one.code, one.name) for one in known]),
        "kind": (_("Kind"), [(kind.value, str(kind.label).capitalize()) for kind in Discrepancy.Kind]),
        "owner": (_("Owner"), [(str(one.pk), one.get_full_name() or one.get_username()) for one in owners]),
    }
    return [
        {"name": name, "label": label, "choices": choices, "chosen": chosen[name]}
        for name, (label, choices) in options.items()
        if choices
    ]


def _address(chosen: Mapping[str, str], whose: str, start: int = 0) -> str:
    query = {**chosen, "whose": "" if whose == "all" else whose, "start": start or ""}
    query = {key: value for key, value in query.items() if value}
    return reverse("reconciliation-breaks") + (f"?{urlencode(query)}" if query else "")
