"""One click from what keeps a month open to where it is settled."""

import dataclasses
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from reconciliation.blockers import Blocker, Kind
from reconciliation.months import Month
from students import record_address
from students.models import OperatorTask

# How a kind is called above its blockers, its icon, and what is done about it.
GROUPS: dict[Kind, tuple[Any, str, Any]] = {
    Kind.EARLIER_MONTH: (_("An earlier month is open"), "calendar", _("Months are closed in their order.")),
    Kind.NO_STATEMENT: (
        _("A statement is missing"),
        "invoice",
        _("Load the bank's statement of the month; it is compared by itself."),
    ),
    Kind.NOT_COMPARED: (
        _("Not compared since the month ended"),
        "swap",
        _("Compare the month once more; a click does it."),
    ),
    Kind.BREAK: (
        _("Differences that a person decides"),
        "alert",
        _("Each says why it may be and what can be done."),
    ),
    Kind.PAYMENT_UNKNOWN: (
        _("Payments whose outcome nobody knows"),
        "question",
        _("Ask the bank now, or look into its cabinet and decide."),
    ),
    Kind.REFUND_UNKNOWN: (
        _("Refunds whose outcome nobody knows"),
        "question",
        _("Ask the bank now, or look into its cabinet and decide."),
    ),
    Kind.BOOKS: (
        _("The books contradict themselves"),
        "alert",
        _("This is a fault of the program or a hand in the database: the runbook says what to do."),
    ),
}
SHOWN = 12


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """One blocker with the address where it is settled, empty if the reader may not go there."""

    blocker: Blocker
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Blockers of one kind: the first of them, and how many more there are."""

    kind: str
    title: Any
    icon: str
    advice: Any
    count: int
    items: list[Item]
    more: int
    more_url: str


def groups_of(found: list[Blocker], viewer: Any, month: Month) -> list[Group]:
    """Return blockers by kind, in the order in which they are best settled."""
    tasks = _tasks(found)
    groups = []
    for kind, (title, icon, advice) in GROUPS.items():
        mine = [blocker for blocker in found if blocker.kind == kind]
        if not mine:
            continue
        items = [Item(blocker, _address(blocker, viewer, tasks)) for blocker in mine[:SHOWN]]
        more_url = ""
        if kind == Kind.BREAK and viewer.has_perm("reconciliation.view_discrepancy"):
            more_url = f"{reverse('reconciliation-breaks')}?{urlencode({'month': str(month)})}"
        groups.append(
            Group(
                kind=str(kind),
                title=title,
                icon=icon,
                advice=advice,
                count=len(mine),
                items=items,
                more=max(0, len(mine) - SHOWN),
                more_url=more_url,
            )
        )
    return groups


def _tasks(found: list[Blocker]) -> dict[str, int]:
    """Return the open tasks about unknown payments: the desk is where they are decided."""
    keys = [f"outcome_unknown:{item.subject_id}" for item in found if item.kind == Kind.PAYMENT_UNKNOWN]
    open_tasks = OperatorTask.objects.exclude(state=OperatorTask.State.RESOLVED).filter(key__in=keys[:SHOWN])
    return dict(open_tasks.values_list("key", "pk"))


def _address(blocker: Blocker, viewer: Any, tasks: dict[str, int]) -> str:
    match blocker.kind:
        case Kind.EARLIER_MONTH if blocker.month:
            return reverse("month", args=[Month(blocker.month)])
        case Kind.NO_STATEMENT if viewer.has_perm("reconciliation.load_sourcefile") and blocker.month:
            query = urlencode({"month": str(Month(blocker.month)), "source": f"account-{blocker.subject_id}"})
            return f"{reverse('reconciliation-upload')}?{query}"
        case Kind.NOT_COMPARED if viewer.has_perm("reconciliation.view_run") and blocker.month:
            return f"{reverse('reconciliation')}?{urlencode({'month': str(Month(blocker.month))})}"
        case Kind.BREAK if viewer.has_perm("reconciliation.view_discrepancy"):
            return reverse("reconciliation-break", args=[blocker.subject_id])
        case Kind.PAYMENT_UNKNOWN:
            task = tasks.get(f"outcome_unknown:{blocker.subject_id}")
            if task and viewer.has_perm("students.view_operatortask"):
                return reverse("desk-task", args=[task])
            if viewer.has_perm("billing.view_payment"):
                return record_address.of_record(blocker.subject_kind, blocker.subject_id)
        case Kind.REFUND_UNKNOWN if viewer.has_perm("refunds.view_refund"):
            return record_address.of_record(blocker.subject_kind, blocker.subject_id)
    return ""
