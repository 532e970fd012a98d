"""
Signing a month: review, close, and opening again by another person.

Closing holds the month still (nobody posts in it meanwhile), asks once more what stands in the way, keeps totals and every
monthly report as they are, and shuts the books, all in one transaction (docs/month-close.md).
"""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing import closed_months
from common import clock, crash, fsm
from reconciliation import closing_rules, kept_reports, snapshot
from reconciliation.blockers import Blocker, blockers
from reconciliation.closing_rules import CloseRefused
from reconciliation.kept_reports import kept_file
from reconciliation.models import MonthClose, MonthSnapshot
from reconciliation.months import Month
from students import timeline

__all__ = ["CloseRefused", "blockers", "close_month", "kept_file", "preview", "reopen_month", "start_review"]

State = MonthClose.State


class Blocked(CloseRefused):
    """Something must be settled first: `blockers`."""

    code = "month-blocked"

    def __init__(self, message: str, *, found: list[Blocker]) -> None:
        super().__init__(message)
        self.blockers = found


class Changed(CloseRefused):
    """The totals are not those that the person saw."""

    code = "month-changed"


@dataclasses.dataclass(frozen=True, slots=True)
class Preview:
    """What would be signed now, and its mark."""

    totals: dict[str, Any]
    sha256: str
    blockers: list[Blocker]


def preview(month: dt.date) -> Preview:
    """Return what closing a month (its first day) would sign and what stands in its way. Reads only, all books included."""
    totals = snapshot.totals_of(month)
    return Preview(
        totals=totals, sha256=snapshot.sha256_of(snapshot.canonical(totals)), blockers=blockers(month)
    )


def refusal(month: dt.date) -> str:
    """Return in a sentence why nobody can close this month at all, whatever is settled in it; nothing if somebody can."""
    try:
        closing_rules.require_over(Month(month))
        closing_rules.require_in_order(Month(month))
    except CloseRefused as error:
        return str(error)
    return ""


def start_review(*, month: dt.date, by: AbstractBaseUser) -> MonthClose:
    """
    Begin to review a month (its first day) that is over; return it. A month in review stays so, whoever asks again.

    Raises CloseRefused for a month that is not over, is closed, has no postings, or lies after an open one.
    """
    with _one_at_a_time():
        close = _lock(month)
        closing_rules.require_open(close)
        if close.state == State.IN_REVIEW:
            return close
        closing_rules.require_over(Month(month))
        closing_rules.require_in_order(Month(month))
        before, kind = close.state, fsm.timeline_kind(close.start_review, close.state)
        close.start_review(reviewed_by_id=by.pk)
        close.save()
        _tell(close, kind, before, by)
    return close


def close_month(*, month: dt.date, by: AbstractBaseUser, seen: str = "") -> MonthClose:
    """
    Sign a month (its first day) in review and shut its books; return it. `seen` is the mark of the preview that was confirmed.

    Raises CloseRefused for a month that is not over or not in review, closed before, or after an open one; Blocked with what must
    be settled first; Changed if the totals are not the ones that were seen. Nothing is done then. Not safe to repeat: the second
    call is told that the month is closed.
    """
    with _one_at_a_time():
        close = _lock(month)
        closing_rules.require_open(close)
        closing_rules.require_over(Month(month))
        closing_rules.require_in_order(Month(month))
        if close.state != State.IN_REVIEW:
            raise CloseRefused(_("Begin the review of this month first."))
        crash.point("close.before_lock")
        closed_months.lock_months(last=month)
        crash.point("close.after_lock")
        found = blockers(month)
        if found:
            raise Blocked(
                ngettext(
                    "%(count)s thing must be settled before this month can be closed.",
                    "%(count)s things must be settled before this month can be closed.",
                    len(found),
                )
                % {"count": len(found)},
                found=found,
            )
        totals = snapshot.totals_of(month)
        if seen and snapshot.sha256_of(snapshot.canonical(totals)) != seen:
            raise Changed(_("The numbers changed since you looked. Look at them again, then confirm."))
        _sign(close, totals, by)
        crash.point("close.before_commit")
    crash.point("close.after_commit")
    return close


def reopen_month(*, month: dt.date, by: AbstractBaseUser, reason: str) -> MonthClose:
    """
    Open a closed month (its first day) again and return it. What was signed stays kept.

    Raises CloseRefused without a reason, for a month that is not closed or has a closed one after it, and for the person who
    closed it. Not safe to repeat: the second call is told that the month is open.
    """
    if not reason.strip():
        raise CloseRefused(_("Write why the month must be opened again."), field="reason")
    with _one_at_a_time():
        close = _lock(month)
        if close.state != State.CLOSED:
            raise CloseRefused(_("This month is not closed."))
        if close.closed_by_id == by.pk:
            raise CloseRefused(_("You closed this month yourself: another person opens it again."))
        later = MonthClose.objects.filter(state=State.CLOSED, month__gt=month).order_by("-month").first()
        if later is not None:
            raise CloseRefused(
                _("%(later)s is closed on top of this month: open that one first.")
                % {"later": Month(later.month).name}
            )
        before, kind = close.state, fsm.timeline_kind(close.reopen, close.state)
        close.reopen(reopened_by_id=by.pk, reason=reason.strip())
        close.save()
        crash.point("reopen.after_month")
        _tell(close, kind, before, by, reason=reason.strip())
    return close


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Open a transaction; whoever waits longer for another person's than a click may is told so instead."""
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        if not _is_waiting(error):
            raise
        raise CloseRefused(
            _("Somebody else works on this month at this moment. Try again in a minute.")
        ) from error


def _is_waiting(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == "55P03"  # lock_not_available


def _lock(month: dt.date) -> MonthClose:
    MonthClose.objects.bulk_create([MonthClose(month=month)], ignore_conflicts=True)
    return MonthClose.objects.select_for_update(of=("self",)).get(month=month)


def _sign(close: MonthClose, totals: dict[str, Any], by: AbstractBaseUser) -> None:
    with connection.cursor() as cursor:  # writing the files of a large month takes longer than a click may
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10min'")
    files = kept_reports.write_all(month=close.month)
    crash.point("close.after_files")
    reports = [
        {"report": file.report, "form": file.form, "size": file.size, "sha256": file.sha256} for file in files
    ]
    values = {**totals, "reports": reports}
    text = snapshot.canonical(values)
    before, kind = close.state, fsm.timeline_kind(close.close, close.state)
    close.close(closed_by_id=by.pk, snapshot=values, sha256=snapshot.sha256_of(text))
    kept = MonthSnapshot.objects.create(
        month_close=close,
        generation=close.snapshots.count() + 1,
        text=text,
        sha256=close.snapshot_sha256,
        closed_at=close.closed_at or clock.now(),
        closed_by_id=by.pk,
    )
    crash.point("close.after_snapshot")
    kept_reports.keep(snapshot=kept, files=files)
    crash.point("close.after_reports")
    close.save()  # a trigger shuts the books in the same statement
    crash.point("close.after_month")
    _tell(close, kind, before, by, sha256=close.snapshot_sha256, generation=kept.generation)


def _tell(
    close: MonthClose, kind: str, before: str, by: AbstractBaseUser, *, reason: str = "", **data: Any
) -> None:
    timeline.record(
        [
            timeline.Event(
                kind=kind,
                student_id=None,
                actor=timeline.Actor.person(by),
                reason=reason,
                before={"state": before},
                after={"state": close.state},
                data={"month": str(close), **data},
                subject_kind="reconciliation.monthclose",
                subject_id=close.pk,
            )
        ]
    )
