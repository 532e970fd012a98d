"""Which refunds the list shows, and how many there are of each sort. Constant in queries."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from config.backoffice.refund_pages import looks
from refunds.models import Refund, RefundRequest
from students.models import OperatorTask

SHOWN = 50
LONGEST_OFFSET = 100_000
OPEN, DECIDE, WAITING, MOVING, UNKNOWN, TRANSFER, DONE, CABINET = (
    "open",
    "decide",
    "waiting",
    "moving",
    "unknown",
    "transfer",
    "done",
    "cabinet",
)
ICONS = {
    OPEN: "back",
    DECIDE: "hand",
    WAITING: "clock",
    MOVING: "bank",
    UNKNOWN: "question",
    TRANSFER: "note",
    DONE: "check",
    CABINET: "away",
}
State = RefundRequest.State
PartState = Refund.State


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One refund as the list shows it."""

    url: str
    student: Any
    course: str
    amount_minor: int
    currency: str
    look: looks.Look
    at: Any
    who: str


@dataclasses.dataclass(frozen=True, slots=True)
class Refunds:
    """A page of refunds with the chips that choose them, and the address of the next page."""

    rows: Sequence[Row]
    chips: Sequence[dict[str, Any]]
    which: str
    more: str


def read(*, viewer: Any, which: str, start: int = 0) -> Refunds:
    """Return what the list shows to a person: what waits longest first, what is done newest first."""
    may_decide = viewer.has_perm("refunds.approve_refund")
    codes = [code for code in ICONS if code != DECIDE or may_decide]
    which = which if which in codes else OPEN
    start = max(0, min(start, LONGEST_OFFSET))
    found = _cabinet(start) if which == CABINET else _requests(viewer, which, start)
    return Refunds(
        rows=found[:SHOWN],
        chips=_chips(viewer, codes, which),
        which=which,
        more=_address(which, start + SHOWN) if len(found) > SHOWN else "",
    )


def to_decide(viewer: Any) -> QuerySet[RefundRequest]:
    """Return the requests that wait for this person: those of others."""
    return RefundRequest.objects.filter(state=State.REQUESTED).exclude(requested_by=viewer.pk)


def _condition(viewer: Any, which: str) -> Q:
    moving = Q(moving=True)
    match which:
        case "decide":
            return Q(state=State.REQUESTED) & ~Q(requested_by=viewer.pk)
        case "waiting":
            return Q(state=State.REQUESTED)
        case "moving":
            return moving
        case "unknown":
            return Q(unknown=True)
        case "transfer":
            return Q(transfer=True)
        case "done":
            return ~(Q(state=State.REQUESTED) | moving | Q(unknown=True))
        case _:
            return Q(state=State.REQUESTED) | moving | Q(unknown=True)


def _marked() -> QuerySet[RefundRequest]:
    parts = Refund.objects.filter(request=OuterRef("pk"))
    return RefundRequest.objects.annotate(
        moving=Exists(parts.filter(state__in=[PartState.APPROVED, PartState.SENT])),
        unknown=Exists(parts.filter(state=PartState.UNKNOWN)),
        transfer=Exists(parts.filter(state=PartState.APPROVED, channel=Refund.Channel.MANUAL)),
    )


def _requests(viewer: Any, which: str, start: int) -> list[Row]:
    order = ("-decided_at", "-id") if which == DONE else ("requested_at", "id")
    parts = Refund.objects.defer("evidence").order_by("pk")
    found = (
        _marked()
        .filter(_condition(viewer, which))
        .select_related(
            "student",
            "requested_by",
            "decided_by",
            "invoice__enrollment__group__course",
        )
        .prefetch_related(Prefetch("refunds", queryset=parts, to_attr="parts"))
        .order_by(*order)[start : start + SHOWN + 1]
    )
    return [_row(one) for one in found]


def _row(wanted: Any) -> Row:
    by = wanted.decided_by or wanted.requested_by
    return Row(
        url=reverse("refund", args=[wanted.pk]),
        student=wanted.student,
        course=wanted.invoice.enrollment.group.course.title if wanted.invoice else _("credit"),
        amount_minor=wanted.amount_minor,
        currency=wanted.currency,
        look=looks.look_of(wanted, wanted.parts),
        at=wanted.decided_at or wanted.requested_at,
        who=by.get_full_name() or by.get_username(),
    )


def _cabinet(start: int) -> list[Row]:
    found = list(
        Refund.objects.filter(state=PartState.EXTERNAL)
        .defer("evidence")
        .select_related("student", "payment__course", "payment__account")
        .order_by("-created_at", "-id")[start : start + SHOWN + 1]
    )
    tasks = dict(
        OperatorTask.objects.filter(
            kind="external_refund", subject_kind="refunds.refund", subject_id__in=[one.pk for one in found]
        )
        .exclude(state=OperatorTask.State.RESOLVED)
        .values_list("subject_id", "pk")
    )
    return [_cabinet_row(one, tasks.get(one.pk)) for one in found]


def _cabinet_row(refund: Refund, task_id: int | None) -> Row:
    decided = {"word": _("decided"), "tone": "good", "icon": "check"}
    waits = {"word": _("a person says what it means"), "tone": "warn", "icon": "task"}
    return Row(
        url=reverse("desk-task", args=[task_id]) if task_id else reverse("refund-part", args=[refund.pk]),
        student=refund.student,
        course=refund.payment.course.title,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        look=waits if task_id else decided,
        at=refund.created_at,
        who=refund.payment.account.name,
    )


def _chips(viewer: Any, codes: Sequence[str], which: str) -> list[dict[str, Any]]:
    counted = [code for code in codes if code not in (DONE, CABINET)]
    counts = _marked().aggregate(
        **{f"count_{code}": Count("pk", filter=_condition(viewer, code)) for code in counted}
    )
    words = {
        OPEN: _("Open"),
        DECIDE: _("For me to decide"),
        WAITING: _("Wait for approval"),
        MOVING: _("On their way"),
        UNKNOWN: _("Not known"),
        TRANSFER: _("To be transferred"),
        DONE: _("Done"),
        CABINET: _("From the bank's cabinet"),
    }
    return [
        {
            "url": _address(code),
            "text": words[code],
            "icon": ICONS[code],
            "count": counts.get(f"count_{code}"),
            "current": code == which,
        }
        for code in codes
    ]


def _address(which: str, start: int = 0) -> str:
    query = {key: value for key, value in (("which", which), ("start", start)) if value and value != OPEN}
    return reverse("refunds") + (f"?{urlencode(query)}" if query else "")
