"""
The comparison of a month: one statement in PostgreSQL finds every break, whatever their number, from one moment's view.

What is found stands in a temporary table `found_breaks`; `runs` turns it into rows that keep what people decided. Bounds are
months of the school (Asia/Yerevan), passed as moments.
"""

import dataclasses
import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import Max

from common import clock
from reconciliation import provider_breaks, school_breaks
from reconciliation.models import MappingProfile, Side, SourceFile
from reconciliation.months import Month

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


def find_breaks(scope: Scope, standing: Standing) -> None:
    """Fill the temporary table `found_breaks` with everything that the two sides of the scope say differently."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS found_breaks")
        cursor.execute("SELECT set_config('work_mem', '256MB', true)")
        query, parameters = _query(scope, standing)
        cursor.execute(f"CREATE TEMP TABLE found_breaks ON COMMIT DROP AS {query}", parameters)


def _query(scope: Scope, standing: Standing) -> tuple[str, dict[str, Any]]:
    bounds = {"start": scope.month.start, "stop": scope.month.stop}
    if scope.side == Side.PROVIDER:
        text = provider_breaks.statement(
            only_order=scope.only_order is not None, with_source=standing.has_source
        )
        return (
            f"SELECT %(account)s::bigint AS account_id, f.* FROM ({text}) AS f"  # noqa: S608 -- our own text
            " (kind, key, payment_id, student_id, course_id, ours_minor, theirs_minor, currency, facts, their_rows)",
            {
                **bounds,
                "account": scope.account_id,
                "only": scope.only_order,
                "edge": standing.edge,
                "is_final": standing.is_final,
            },
        )
    file = standing.file
    if file is None:
        raise LookupError("There is nothing to compare with.")
    text = school_breaks.CRM_BREAKS if scope.side == Side.CRM else school_breaks.LMS_BREAKS
    by_our_ids = file.profile.ids == MappingProfile.Ids.OURS
    return text, {**bounds, "file": file.pk, "by_our_ids": by_our_ids, "taken_at": file.taken_at}


TOTALS = """
SELECT json_build_object(
    'ours', (SELECT json_build_object('count', count(*), 'minor', coalesce(sum(captured_minor), 0)) FROM billing_payment
             WHERE account_id = %(account)s AND verified_at >= %(start)s AND verified_at < %(stop)s
               AND state IN ('verified', 'partly_refunded', 'refunded', 'disputed')),
    'theirs', (SELECT json_build_object(
                   'count', count(*) FILTER (WHERE kind = 'payment'),
                   'minor', coalesce(sum(amount_minor) FILTER (WHERE kind = 'payment'), 0),
                   'refunds', count(*) FILTER (WHERE kind = 'refund'),
                   'refunded_minor', coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0),
                   'fee_minor', coalesce(sum(fee_minor), 0))
               FROM reconciliation_sourcerow
               WHERE side = 'provider' AND account_id = %(account)s AND status = 'done'
                 AND occurred_at >= %(start)s AND occurred_at < %(stop)s),
    'broken', (SELECT coalesce(sum(their_rows), 0) FROM found_breaks))
"""


def totals_of(scope: Scope) -> dict[str, Any]:
    """Return counts and sums of both sides of an account's month, after `find_breaks`; `matched` pairs agree in everything."""
    with connection.cursor() as cursor:
        cursor.execute(
            TOTALS, {"account": scope.account_id, "start": scope.month.start, "stop": scope.month.stop}
        )
        totals: dict[str, Any] = cursor.fetchone()[0]
    totals["matched"] = totals["theirs"]["count"] - int(totals.pop("broken"))
    return totals
