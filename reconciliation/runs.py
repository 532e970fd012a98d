"""
Running a comparison: of a month, of what a new file speaks of, of one break; every night, and when a month is over.

Two runs of one scope at once do one.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from billing.models import MerchantAccount
from common import clock, crash
from reconciliation import compare, keeping
from reconciliation.compare import Scope
from reconciliation.models import Discrepancy, Run, Side, SourceFile
from reconciliation.months import Month
from students import timeline

RUNS = 0x5245434F  # the namespace of the advisory locks that keep runs of one scope apart


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
        keeping.keep(scope=scope, standing=compare.standing_of(scope), run=discrepancy.last_run)
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
    summary = keeping.keep(scope=scope, standing=standing, run=run)
    run.summary = summary
    run.finished_at = clock.now()
    run.save()
    crash.point("reconcile.after_run")
