"""
Keeping what a comparison found, in one transaction with its history.

A break is one row per month, side, account, kind and key: new ones are added, those found again refreshed, those not found any
more closed; what a person decided stays, unless the sums are others now.
"""

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from common import clock, crash
from reconciliation import compare
from reconciliation.compare import Scope, Standing
from reconciliation.models import Discrepancy, Run, Side
from reconciliation.months import Month
from students import operator_tasks, set_changes

TASK_HOURS = 72


def keep(*, scope: Scope, standing: Standing, run: Run) -> dict[str, Any]:
    """Find the breaks and bring the kept ones in line, in one transaction; return the summary."""
    if scope.side != Side.PROVIDER and not standing.has_source:
        return {}
    with transaction.atomic():
        totals = compare.find_breaks(scope, standing)
        started = clock.now()
        _add_and_refresh(scope, run, started)
        mine = _of_scope(scope, standing)
        crash.point("reconcile.after_found")
        _reopen(mine)
        _close_by_facts(mine, started)
        _tell_a_person(scope)
    return {**totals, "breaks": _count(scope)}


# Breaks found: new ones come with their event; known ones get today's facts, whatever was decided about them.
UPSERT = """
WITH kept AS (
    INSERT INTO reconciliation_discrepancy
        (side, account_id, month, kind, key, state, payment_id, student_id, course_id, ours_minor, theirs_minor, currency, facts,
         last_run_id, last_seen_at, opened_at, resolution, reason)
    SELECT %(side)s, f.account_id, %(month)s, f.kind, left(f.key, 200), 'open', f.payment_id, f.student_id, f.course_id,
           f.ours_minor, f.theirs_minor, coalesce(f.currency, ''), f.facts, %(run)s, %(now)s, %(now)s, '', ''
    FROM found_breaks f ORDER BY f.kind, f.key
    ON CONFLICT (month, side, account_id, kind, key) DO UPDATE SET
        payment_id = excluded.payment_id,
        student_id = coalesce(excluded.student_id, reconciliation_discrepancy.student_id), ours_minor = excluded.ours_minor,
        theirs_minor = excluded.theirs_minor, currency = excluded.currency, facts = excluded.facts,
        last_run_id = excluded.last_run_id, last_seen_at = excluded.last_seen_at
    RETURNING id, kind, student_id, ours_minor, theirs_minor, currency, opened_at = last_seen_at AS is_new
), events AS (
    INSERT INTO students_timelineevent
        (student_id, kind, at, actor_kind, actor_name, reason, before, after, data, subject_kind, subject_id, recorded_at)
    SELECT student_id, 'break_found', %(now)s, 'system', '', '', NULL, '{"state": "open"}',
           jsonb_build_object('break', kind, 'month', %(shown)s::text, 'ours_minor', ours_minor, 'theirs_minor', theirs_minor,
                              'currency', currency),
           'reconciliation.discrepancy', id, %(now)s
    FROM kept WHERE is_new ORDER BY id
    RETURNING id, student_id
)
INSERT INTO students_timelinedispatch (event_id, student_id) SELECT id, student_id FROM events
"""


def _add_and_refresh(scope: Scope, run: Run, now: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            UPSERT,
            {
                "side": scope.side,
                "month": scope.month.first,
                "run": run.pk,
                "now": now,
                "shown": str(scope.month),
            },
        )


def _of_scope(scope: Scope, standing: Standing) -> QuerySet[Discrepancy]:
    """Return the kept breaks that this comparison answers for."""
    found = Discrepancy.objects.filter(side=scope.side, month=scope.month.first)
    if scope.side == Side.PROVIDER:
        found = found.filter(account_id=scope.account_id)
    if scope.only_order is not None:
        found = found.filter(facts__order_number=scope.only_order)
    return found if standing.has_source else found.filter(key__startswith="credit:")


def _reopen(mine: QuerySet[Discrepancy]) -> None:
    """What is there again after it closed by itself, or with other sums than a person decided on, is open again."""
    closed, decided = Discrepancy.State.CLOSED_BY_FACTS, Discrepancy.State.RESOLVED
    nothing = -1
    other_sums = ~Q(
        sums_ours=Coalesce(F("ours_minor"), nothing), sums_theirs=Coalesce(F("theirs_minor"), nothing)
    )
    again = mine.filter(last_seen_at__gt=F("closed_at")).annotate(
        sums_ours=Coalesce(F("decided_ours_minor"), nothing),
        sums_theirs=Coalesce(F("decided_theirs_minor"), nothing),
    )
    again = again.filter(Q(state=closed) | (Q(state=decided) & other_sums))
    ids = list(again.values_list("pk", flat=True))
    chosen = Discrepancy.objects.filter(pk__in=ids)
    set_changes.apply_to_set(chosen, Discrepancy.reopen, student="student_id")
    chosen.update(closed_at=None)


def _close_by_facts(mine: QuerySet[Discrepancy], now: dt.datetime) -> None:
    """What the comparison does not find any more agrees by now."""
    gone = mine.filter(state=Discrepancy.State.OPEN, last_seen_at__lt=now)
    ids = list(gone.values_list("pk", flat=True))
    chosen = Discrepancy.objects.filter(pk__in=ids)
    set_changes.apply_to_set(chosen, Discrepancy.close_by_facts, student="student_id")
    chosen.update(closed_at=now)


def _tell_a_person(scope: Scope) -> None:
    """A month of an account that has critical breaks is one task; it closes when none is left."""
    if scope.account_id is None or scope.side != Side.PROVIDER:
        return
    key = f"month_breaks:{scope.account_id}:{scope.month}"
    critical = Discrepancy.objects.filter(
        account_id=scope.account_id,
        side=scope.side,
        month=scope.month.first,
        state=Discrepancy.State.OPEN,
        kind__in=Discrepancy.CRITICAL_KINDS,
    ).count()
    if not critical:
        operator_tasks.close_by_facts(key=key, reason="none left")
        return
    operator_tasks.open_task(
        kind="month_breaks",
        key=key,
        student_id=None,
        due_in_hours=TASK_HOURS,
        data={"month": str(scope.month), "account": scope.account_id, "breaks": critical},
    )


def review_task(*, discrepancy: Discrepancy) -> None:
    """Close the task of a break's month if no critical break of its account is open any more. Safe to repeat."""
    _tell_a_person(
        Scope(side=discrepancy.side, month=Month(discrepancy.month), account_id=discrepancy.account_id)
    )


def _count(scope: Scope) -> dict[str, int]:
    """Return the open breaks of the scope by kind."""
    found = Discrepancy.objects.filter(side=scope.side, month=scope.month.first, state=Discrepancy.State.OPEN)
    if scope.side == Side.PROVIDER:
        found = found.filter(account_id=scope.account_id)
    return dict(found.order_by().values_list("kind").annotate(Count("pk")))
