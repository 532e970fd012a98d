"""
Running a comparison and keeping what it found.

A break is one row per month, side, account, kind and key: a run adds new ones, refreshes those it finds again, closes those it
does not find any more, and leaves what a person decided, unless the sums are others now. Two runs of one scope at once do one.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from billing.models import MerchantAccount
from common import clock, crash
from reconciliation import compare
from reconciliation.compare import Scope, Standing
from reconciliation.models import Discrepancy, Run, Side, SourceFile
from reconciliation.months import Month
from students import operator_tasks, set_changes, timeline

RUNS = 0x5245434F  # the namespace of the advisory locks that keep runs of one scope apart
TASK_HOURS = 72


def run_month(
    *,
    month: dt.date,
    side: str,
    account: MerchantAccount | None = None,
    trigger: str = Run.Trigger.PERSON,
    actor: timeline.Actor = timeline.SYSTEM,
) -> Run:
    """
    Compare one side and month (its first day) with our books and return the run, whose summary says what was found.

    `account` is needed for the provider's side and none else. Safe to repeat. While another process compares the same, nothing is
    done and its run is returned.
    """
    scope = Scope(side=side, month=Month(month), account_id=account.pk if account else None)
    with _alone(scope) as is_alone:
        if not is_alone:
            return _run_under_way(scope)
        run = Run.objects.create(
            side=side, account=account, month=month, trigger=trigger, started_by_id=actor.user_id
        )
        crash.point("reconcile.after_start")
        _compare(scope, run)
    return run


def run_school_month(*, month: dt.date, trigger: str, actor: timeline.Actor = timeline.SYSTEM) -> list[Run]:
    """Compare everything of a month: each account that has payments or statements in it, the CRM and the LMS."""
    runs = [
        run_month(month=month, side=Side.PROVIDER, account=account, trigger=trigger, actor=actor)
        for account in accounts_of(Month(month))
    ]
    for side in (Side.CRM, Side.LMS):
        if SourceFile.objects.filter(side=side, month=month).exists():
            runs.append(run_month(month=month, side=side, trigger=trigger, actor=actor))
    return runs


def run_after_file(*, file: SourceFile, actor: timeline.Actor = timeline.SYSTEM) -> list[Run]:
    """Compare the months that a new file speaks of, and the earlier ones whose open breaks it may close."""
    if file.side != Side.PROVIDER:
        months = {file.month} if file.month else set()
    else:
        months = months_with_open_breaks(side=file.side, account_id=file.account_id)
        if file.first_at and file.last_at:
            months |= _months_between(file.first_at, file.last_at)
    return [
        run_month(month=month, side=file.side, account=file.account, trigger=Run.Trigger.FILE, actor=actor)
        for month in sorted(months)
    ]


def run_nightly() -> list[Run]:
    """Compare yesterday's month, and every earlier one that has open breaks, for all sides. Safe to repeat."""
    yesterday = Month.of_day(clock.today() - dt.timedelta(days=1))
    months = {yesterday.first} | months_with_open_breaks()
    return [
        run for month in sorted(months) for run in run_school_month(month=month, trigger=Run.Trigger.NIGHTLY)
    ]


def rematch(*, discrepancy: Discrepancy) -> Discrepancy:
    """
    Compare again what one break is about, and return it as it is then: closed by the facts, or open as before.

    Of a statement only the order itself is compared; of the other sides the month. Safe to repeat.
    """
    order = discrepancy.facts.get("order_number") if discrepancy.side == Side.PROVIDER else None
    scope = Scope(
        side=discrepancy.side,
        month=Month(discrepancy.month),
        account_id=discrepancy.account_id if discrepancy.side == Side.PROVIDER else None,
        only_order=order,
    )
    with _alone(scope, wait=True):
        _keep(scope, compare.standing_of(scope), discrepancy.last_run)
    return Discrepancy.objects.get(pk=discrepancy.pk)


def accounts_of(month: Month) -> QuerySet[MerchantAccount]:
    """Return the accounts that have verified payments or statement rows in a month."""
    between = {"verified_at__gte": month.start, "verified_at__lt": month.stop}
    paid = Q(**{f"payments__{name}": moment for name, moment in between.items()})
    told = Q(source_files__first_at__lt=month.stop, source_files__last_at__gte=month.start)
    ids = MerchantAccount.objects.filter(paid | told).values_list("pk", flat=True)
    return MerchantAccount.objects.filter(pk__in=set(ids)).order_by("position", "pk")


def months_with_open_breaks(**scope: Any) -> set[dt.date]:
    """Return the first days of the months that have an open break (of a scope)."""
    return set(
        Discrepancy.objects.filter(state=Discrepancy.State.OPEN, **scope)
        .order_by()
        .values_list("month", flat=True)
        .distinct()
    )


def _months_between(first: dt.datetime, last: dt.datetime) -> set[dt.date]:
    month, end = Month.of(first), Month.of(last)
    months = {month.first}
    while month.first < end.first:
        month = month.next
        months.add(month.first)
    return months


@contextlib.contextmanager
def _alone(scope: Scope, *, wait: bool = False) -> Iterator[bool]:
    """Hold the scope's lock for this connection; it is free again when the connection ends, however it ends."""
    key = f"{scope.side}:{scope.account_id}:{scope.month}"
    with connection.cursor() as cursor:
        how = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
        cursor.execute(f"SELECT {how}(%s, hashtext(%s))", [RUNS, key])
        is_alone = wait or cursor.fetchone()[0]
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [RUNS, key])


def _run_under_way(scope: Scope) -> Run:
    run = Run.objects.filter(side=scope.side, account_id=scope.account_id, month=scope.month.first).first()
    if run is None:  # it has the lock and has not written its row yet
        run = Run(side=scope.side, account_id=scope.account_id, month=scope.month.first)
    return run


def _compare(scope: Scope, run: Run) -> None:
    standing = compare.standing_of(scope)
    run.has_source, run.is_final = standing.has_source, standing.is_final
    summary = _keep(scope, standing, run)
    run.summary = summary
    run.finished_at = clock.now()
    run.save()
    crash.point("reconcile.after_run")


def _keep(scope: Scope, standing: Standing, run: Run) -> dict[str, Any]:
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
