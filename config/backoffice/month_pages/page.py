"""What the page of one month shows: where it stands, what is in its way, what was signed, and its story."""

import dataclasses
import datetime as dt
from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest

from billing import closed_months
from common import clock, state_look
from config.backoffice.month_pages import links
from config.backoffice.student_page import feed
from reconciliation import blockers, closing
from reconciliation.models import KeptReport, MonthClose, MonthSnapshot
from reconciliation.months import Month
from reconciliation.reports import registry
from students.models import TimelineEvent

STORY = 30
State = MonthClose.State


@dataclasses.dataclass(frozen=True, slots=True)
class KeptFiles:
    """The files of one report in one generation."""

    title: Any
    files: list[KeptReport]


@dataclasses.dataclass(frozen=True, slots=True)
class Generation:
    """What was signed once."""

    snapshot: MonthSnapshot
    reports: list[KeptFiles]
    holds: bool  # it is the one that the closed month stands by


def month_of(text: str) -> Month:
    """Return the month of an address like 2026-10. Raises Http404 for anything else."""
    try:
        month = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Http404 from None
    if not dt.date(2000, 1, 1) <= month <= Month.of_day(clock.today()).first:
        raise Http404  # before any school, or still to come
    return Month(month)


def context_of(request: HttpRequest, month: Month) -> dict[str, Any]:
    """Return everything that the month's page prints; the numbers come a moment later, as they read all books."""
    close = _close_of(month)
    state = close.state if close else State.OPEN
    is_closed = state == State.CLOSED
    refusal = "" if is_closed else closing.refusal(month.first)
    # What an accountant can settle before the month is over is worth seeing already.
    found = [] if is_closed else blockers.blockers(month.first, prove=False)
    user: Any = request.user
    return {
        "month": month,
        "close": close,
        "state_word": State(state).label,
        "look": state_look.look_of(model="monthclose", value=str(state)),
        "is_closed": is_closed,
        "in_review": state == State.IN_REVIEW,
        "runs": month.stop > clock.now(),
        "refusal": refusal,
        "comes_later": any(item.kind == blockers.Kind.EARLIER_MONTH for item in found),
        "groups": links.groups_of(found, user, month),
        "blocked": len(found),
        "may_close": user.has_perm("reconciliation.close_month"),
        "may_reopen": user.has_perm("reconciliation.reopen_month"),
        "is_own": is_closed and close is not None and close.closed_by_id == user.pk,
        "generations": _generations(close, user) if close else [],
        "entries": _story(close, user) if close else [],
        "has_numbers": is_closed or month.first in closed_months.booked_months(),
        "before": month.before,
        "following": month.next if month.next.first <= clock.today() else None,
    }


def _close_of(month: Month) -> MonthClose | None:
    return (
        MonthClose.objects.select_related("closed_by", "reopened_by", "reviewed_by")
        .filter(month=month.first)
        .first()
    )


def _generations(close: MonthClose, viewer: Any) -> list[Generation]:
    reports = Prefetch("reports", queryset=KeptReport.objects.order_by("id"))
    snapshots = close.snapshots.select_related("closed_by").prefetch_related(reports)
    newest = True
    generations = []
    for snapshot in snapshots.order_by("-generation"):
        holds = newest and close.state == State.CLOSED
        generations.append(Generation(snapshot, _files(snapshot, viewer), holds))
        newest = False
    return generations


def _files(snapshot: MonthSnapshot, viewer: Any) -> list[KeptFiles]:
    by_report: dict[str, list[KeptReport]] = {}
    for kept in snapshot.reports.all():
        by_report.setdefault(kept.report, []).append(kept)
    return [
        KeptFiles(title=_title(code), files=files)
        for code, files in by_report.items()
        if may_read(viewer, code)
    ]


def may_read(viewer: Any, code: str) -> bool:
    """Return whether a person may read a kept report: as much as the report itself asks for."""
    report = registry.get(code)
    return bool(viewer.has_perms(report.rights)) if report else True


def _title(code: str) -> Any:
    report = registry.get(code)
    return report.title if report else code


def _story(close: MonthClose, viewer: Any) -> list[feed.Entry]:
    events = TimelineEvent.objects.filter(
        subject_kind="reconciliation.monthclose", subject_id=close.pk
    ).select_related("actor")
    return feed.entries_of(list(events.order_by("-at", "-id")[:STORY]), viewer)
