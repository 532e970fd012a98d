"""
The comparison of a month: one statement in PostgreSQL finds every break, whatever their number, from one moment's view.

What is found stands in a temporary table `found_breaks`; `runs` turns it into rows that keep what people decided. Bounds are
months of the school (Asia/Yerevan), passed as moments.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Max

from common import clock
from reconciliation import provider_breaks, provider_month, provider_rows, school_breaks
from reconciliation.models import MappingProfile, Side, SourceFile
from reconciliation.months import Month

FOUND = "found_breaks"
TIMING_WINDOW = dt.timedelta(days=2)  # card money is dated up to the next working day


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """What is compared: a side, its account (of a provider), a month, and perhaps only one order."""

    side: str
    month: Month
    account_id: int | None = None
    only_order: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """What a comparison can know: is there a source, is the month over, and from when on may a lack be timing."""

    has_source: bool
    is_final: bool
    edge: dt.datetime
    file: SourceFile | None = None


def standing_of(scope: Scope) -> Standing:
    """
    Return what a comparison of this scope can know now.

    While a month runs, what the statement does not reach yet is waited for. When it is over, a lack within TIMING_WINDOW of
    its end is timing until the statements reach beyond that window; then it is a lack.
    """
    month, is_final = scope.month, scope.month.stop <= clock.now()
    if scope.side != Side.PROVIDER:
        file = (
            SourceFile.objects.filter(side=scope.side, month=month.first).order_by("-taken_at", "-id").first()
        )
        return Standing(has_source=file is not None, is_final=is_final, edge=month.stop, file=file)
    reach = SourceFile.objects.filter(
        side=Side.PROVIDER, account_id=scope.account_id, last_at__gte=month.start
    ).aggregate(reach=Max("last_at"))["reach"]
    if reach is None:
        return Standing(has_source=False, is_final=is_final, edge=month.start)
    if not is_final:
        return Standing(has_source=True, is_final=False, edge=min(reach, month.stop) - TIMING_WINDOW)
    is_past = reach >= month.stop + TIMING_WINDOW
    return Standing(
        has_source=True, is_final=True, edge=month.stop if is_past else month.stop - TIMING_WINDOW
    )


def find_breaks(scope: Scope, standing: Standing) -> dict[str, Any]:
    """
    Fill the temporary table `found_breaks` with everything that the two sides of the scope say differently.

    Returns counts and sums of both sides of an account's month; `matched` pairs agree in everything. Of other scopes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', '256MB', true)")
        if scope.side == Side.PROVIDER:
            return _find_provider_breaks(cursor, scope, standing)
        _find_school_breaks(cursor, scope, standing)
        return {}


def _find_provider_breaks(cursor: Any, scope: Scope, standing: Standing) -> dict[str, Any]:
    facts = {
        "account": scope.account_id,
        "start": scope.month.start,
        "stop": scope.month.stop,
        "only": scope.only_order,
        "edge": standing.edge,
        "is_final": standing.is_final,
    }
    is_whole = scope.only_order is None
    told = provider_rows.Told(
        has_source=standing.has_source,
        has_unnumbered_rows=not is_whole or _has_unnumbered_rows(cursor, facts),
    )
    cursor.execute(NO_NESTED_LOOPS)
    for name, query in provider_month.searches(told, only_order=not is_whole).items():
        _fill(cursor, name, query, facts)
    if told.has_source:
        cursor.execute(provider_month.ASKED_FOR)
        orders, references = cursor.fetchone()
        rows = provider_month.their_rows(told, only_order=not is_whole)
        _fill(cursor, "their_rows", rows, {**facts, "orders": orders, "references": references})
    cursor.execute(NESTED_LOOPS)
    totals, has_odd_fees = _totals(cursor, told, facts) if is_whole else ({}, True)
    told = dataclasses.replace(told, has_odd_fees=has_odd_fees)
    _fill(cursor, FOUND, provider_breaks.judgement(told, only_order=not is_whole), facts)
    if is_whole:
        cursor.execute("SELECT coalesce(sum(their_rows), 0) FROM found_breaks")
        totals["matched"] = totals["theirs"]["count"] - int(cursor.fetchone()[0])
    return totals


def _has_unnumbered_rows(cursor: Any, facts: Mapping[str, Any]) -> bool:
    cursor.execute(provider_month.UNNUMBERED, facts)
    found: bool = cursor.fetchone()[0]
    return found


def _totals(cursor: Any, told: provider_rows.Told, facts: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return counts and sums of both sides of the month that was seen, and whether a row's fee and net do not add up."""
    cursor.execute(
        "SELECT our_count, our_minor, their_count, their_minor, fee_minor, odd_fees FROM month_seen"
    )
    our_count, our_minor, their_count, their_minor, fee_minor, odd_fees = map(int, cursor.fetchone())
    counted_again = minor_again = 0
    if told.has_source:
        cursor.execute(provider_month.counted_twice(told), facts)
        counted_again, minor_again = map(int, cursor.fetchone())
    cursor.execute(provider_month.REFUNDS_TOLD, facts)
    refunds, refunded_minor, refund_fee_minor = map(int, cursor.fetchone())
    totals = {
        "ours": {"count": our_count - counted_again, "minor": our_minor - minor_again},
        "theirs": {
            "count": their_count,
            "minor": their_minor,
            "refunds": refunds,
            "refunded_minor": refunded_minor,
            "fee_minor": fee_minor + refund_fee_minor,
        },
    }
    return totals, odd_fees > 0


def _find_school_breaks(cursor: Any, scope: Scope, standing: Standing) -> None:
    file = standing.file
    if file is None:
        raise LookupError("There is nothing to compare with.")
    query = school_breaks.CRM_BREAKS if scope.side == Side.CRM else school_breaks.LMS_BREAKS
    facts = {
        "start": scope.month.start,
        "stop": scope.month.stop,
        "file": file.pk,
        "by_our_ids": file.profile.ids == MappingProfile.Ids.OURS,
        "taken_at": file.taken_at,
    }
    _fill(cursor, FOUND, query, facts)


def _fill(cursor: Any, table: str, query: str, facts: Mapping[str, Any]) -> None:
    """Put what a query finds into a temporary table, and let the planner of the next know how much that is."""
    cursor.execute(f"DROP TABLE IF EXISTS {table}")
    cursor.execute(f"CREATE TEMP TABLE {table} ON COMMIT DROP AS {query}", facts)
    if table != FOUND:  # nothing is planned by how many breaks there are
        cursor.execute(f"ANALYZE {table}")


# Rows that came a moment ago are not in the planner's statistics: it may take a million for one and go through them one by one.
NO_NESTED_LOOPS = "SET LOCAL enable_nestloop = off"
NESTED_LOOPS = "SET LOCAL enable_nestloop = on"
