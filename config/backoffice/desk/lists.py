"""Which tasks a person sees on the desk, and how many there are of each sort. Constant in queries."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from common import clock
from students import task_types
from students.models import OperatorTask

SHOWN = 50
WHOSE = ("all", "mine", "free", "overdue", "done")
LONGEST_OFFSET = 100_000


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One task as the list shows it."""

    task: OperatorTask
    type: task_types.TaskType
    is_late: bool
    is_mine: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Desk:
    """A page of tasks with the chips that choose them, and the address of the next page."""

    rows: Sequence[Row]
    chips: Sequence[dict[str, Any]]
    kinds: Sequence[dict[str, Any]]
    whose: str
    more: str


def read(*, viewer: Any, whose: str, kind: str, start: int = 0) -> Desk:
    """Return what the desk shows to a person: the most urgent first, the decided ones newest first."""
    whose = whose if whose in WHOSE else "all"
    start = max(0, min(start, LONGEST_OFFSET))
    chosen = _chosen(viewer, whose)
    counts = _unresolved().aggregate(
        all=Count("pk"),
        mine=Count("pk", filter=Q(owner=viewer)),
        free=Count("pk", filter=Q(owner=None)),
        overdue=Count("pk", filter=Q(due_at__lt=clock.now())),
    )
    by_kind = dict(chosen.order_by().values_list("kind").annotate(Count("pk"))) if whose != "done" else {}
    kind = kind if kind in by_kind else ""
    shown = chosen.filter(kind=kind) if kind else chosen
    order = ("-resolved_at", "-id") if whose == "done" else ("due_at", "id")
    found = list(
        shown.select_related("student", "owner", "resolved_by").order_by(*order)[start : start + SHOWN + 1]
    )
    return Desk(
        rows=[row_of(task, viewer) for task in found[:SHOWN]],
        chips=_chips(whose, counts),
        kinds=_kind_chips(whose, kind, by_kind),
        whose=whose,
        more=_address(whose, kind, start + SHOWN) if len(found) > SHOWN else "",
    )


def _unresolved() -> QuerySet[OperatorTask]:
    return OperatorTask.objects.exclude(state=OperatorTask.State.RESOLVED)


def _chosen(viewer: Any, whose: str) -> QuerySet[OperatorTask]:
    match whose:
        case "mine":
            return _unresolved().filter(owner=viewer)
        case "free":
            return _unresolved().filter(owner=None)
        case "overdue":
            return _unresolved().filter(due_at__lt=clock.now())
        case "done":
            return OperatorTask.objects.filter(state=OperatorTask.State.RESOLVED)
        case _:
            return _unresolved()


def row_of(task: OperatorTask, viewer: Any) -> Row:
    """Return a task as the desk shows it to a person."""
    is_open = task.state != OperatorTask.State.RESOLVED
    return Row(
        task=task,
        type=task_types.type_of(task.kind),
        is_late=is_open and task.due_at < clock.now(),
        is_mine=task.owner_id == viewer.pk,
    )


def _chips(whose: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    words = {
        "all": _("All"),
        "mine": _("Mine"),
        "free": _("Nobody's"),
        "overdue": _("Overdue"),
        "done": _("Decided"),
    }
    icons = {"all": "task", "mine": "person", "free": "hand", "overdue": "alert", "done": "check"}
    return [
        {
            "url": _address(code),
            "text": words[code],
            "icon": icons[code],
            "count": counts.get(code),
            "current": code == whose,
        }
        for code in WHOSE
    ]


def _kind_chips(whose: str, kind: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    if len(counts) < 2:
        return []
    every = {"url": _address(whose), "text": _("Every kind"), "count": None, "current": not kind}
    return [every] + [
        {
            "url": _address(whose, code),
            "text": task_types.type_of(code).name,
            "count": count,
            "current": code == kind,
        }
        for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _address(whose: str, kind: str = "", start: int = 0) -> str:
    query = {key: value for key, value in (("whose", whose), ("kind", kind), ("start", start)) if value}
    query = {key: value for key, value in query.items() if (key, value) != ("whose", "all")}
    return reverse("desk") + (f"?{urlencode(query)}" if query else "")
