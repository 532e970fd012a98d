"""
What is signed when a month is closed: totals of the books, what is carried over by name, and the proof and statements behind it.

Money is read from ledger lines by their posting day, never from states that change later: the same facts give the same bytes.
"""

import datetime as dt
import hashlib
import json
from typing import Any

from django.db import connection

from billing import check_ledger
from common import clock
from reconciliation.models import Discrepancy
from reconciliation.months import Month

VERSION = 1

# The balance sheet of the month: what each account held before, what moved, what it holds at the end.
ACCOUNTS = """
SELECT l.account, l.currency,
       coalesce(sum(l.amount_minor) FILTER (WHERE t.booked_on < %(first)s), 0)::bigint AS opening_minor,
       coalesce(sum(l.amount_minor) FILTER (WHERE t.booked_on >= %(first)s AND l.amount_minor > 0), 0)::bigint AS debit_minor,
       coalesce(-sum(l.amount_minor) FILTER (WHERE t.booked_on >= %(first)s AND l.amount_minor < 0), 0)::bigint AS credit_minor,
       sum(l.amount_minor)::bigint AS closing_minor
FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
WHERE t.booked_on < %(next)s
GROUP BY 1, 2 ORDER BY 1, 2
"""

MERCHANT_ACCOUNTS = """
SELECT a.code AS merchant_account, l.account, l.currency,
       coalesce(sum(l.amount_minor) FILTER (WHERE t.booked_on < %(first)s), 0)::bigint AS opening_minor,
       coalesce(sum(l.amount_minor) FILTER (WHERE t.booked_on >= %(first)s AND t.kind LIKE 'payment%%'), 0)::bigint
           AS payments_minor,
       count(DISTINCT l.payment_id) FILTER (WHERE t.booked_on >= %(first)s AND t.kind LIKE 'payment%%') AS payments,
       coalesce(sum(l.amount_minor) FILTER (WHERE t.booked_on >= %(first)s AND t.kind LIKE 'refund%%'), 0)::bigint
           AS refunds_minor,
       coalesce(sum(l.amount_minor) FILTER (WHERE t.booked_on >= %(first)s AND t.kind = 'fee_noted'), 0)::bigint AS fees_minor,
       sum(l.amount_minor)::bigint AS closing_minor
FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
JOIN billing_merchantaccount a ON a.id = l.merchant_account_id
WHERE t.booked_on < %(next)s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

KINDS = """
SELECT t.kind, l.currency, count(DISTINCT t.id) AS transactions,
       sum(l.amount_minor) FILTER (WHERE l.amount_minor > 0)::bigint AS minor
FROM billing_ledgertransaction t JOIN billing_ledgerline l ON l.transaction_id = t.id
WHERE t.booked_on >= %(first)s AND t.booked_on < %(next)s
GROUP BY 1, 2 ORDER BY 1, 2
"""

GROUPS = """
SELECT p.group_id AS "group", l.currency, count(DISTINCT p.id) AS payments, sum(l.amount_minor)::bigint AS minor
FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
JOIN billing_payment p ON p.id = l.payment_id
WHERE t.booked_on >= %(first)s AND t.booked_on < %(next)s
  AND l.account IN ('provider_clearing', 'bank', 'refunds_in_flight')
GROUP BY 1, 2 ORDER BY 1, 2
"""

# Facts of closed months that came too late and are part of this one.
LATE = """
SELECT key, kind, late_for::text, (occurred_at AT TIME ZONE %(zone)s)::date::text AS happened_on
FROM billing_ledgertransaction
WHERE booked_on >= %(first)s AND booked_on < %(next)s AND late_for IS NOT NULL
ORDER BY key
"""

# Money that stood on an account at the end of the month, payment by payment.
STANDING = """
SELECT a.code AS merchant_account, p.order_number, l.currency, (-sum(l.amount_minor))::bigint AS minor
FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
JOIN billing_payment p ON p.id = l.payment_id JOIN billing_merchantaccount a ON a.id = p.account_id
WHERE t.booked_on < %(next)s AND l.account = %(account)s
GROUP BY 1, 2, 3 HAVING sum(l.amount_minor) <> 0 ORDER BY 1, 2, 3
"""

BREAKS = """
SELECT to_char(d.month, 'YYYY-MM') AS month, d.side, coalesce(a.code, '') AS merchant_account, d.kind, d.key,
       coalesce(d.facts ->> 'order_number', d.facts ->> 'their_reference', '') AS number, d.ours_minor, d.theirs_minor, d.currency
FROM reconciliation_discrepancy d LEFT JOIN billing_merchantaccount a ON a.id = d.account_id
WHERE d.state = 'open' AND d.month <= %(first)s AND NOT d.kind = ANY(%(critical)s)
ORDER BY d.month, d.side, 3, d.kind, d.key
"""

DECIDED = """
SELECT side, kind, state, count(*) AS breaks FROM reconciliation_discrepancy WHERE month = %(first)s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

STATEMENTS = """
SELECT f.side, coalesce(a.code, '') AS merchant_account, f.sha256, f.size FROM reconciliation_sourcefile f
LEFT JOIN billing_merchantaccount a ON a.id = f.account_id
WHERE f.month = %(first)s OR f.side = 'provider' AND f.first_at < %(stop)s AND f.last_at >= %(start)s
ORDER BY 1, 2, 3
"""


def totals_of(month: dt.date) -> dict[str, Any]:
    """Return what a month (its first day) adds up to, as plain values; reads only, in a constant number of statements."""
    span = Month(month)
    facts: dict[str, Any] = {
        "first": span.first,
        "next": span.next.first,
        "start": span.start,
        "stop": span.stop,
        "zone": clock.SCHOOL_ZONE.key,
    }
    return {
        "version": VERSION,
        "month": str(span),
        "accounts": _rows(ACCOUNTS, facts),
        "merchant_accounts": _rows(MERCHANT_ACCOUNTS, facts),
        "kinds": _rows(KINDS, facts),
        "groups": _rows(GROUPS, facts),
        "late": _rows(LATE, facts),
        "carried_over": {
            "breaks": _rows(
                BREAKS, {**facts, "critical": [str(kind) for kind in Discrepancy.CRITICAL_KINDS]}
            ),
            "held": _rows(STANDING, {**facts, "account": "suspense"}),
            "refunds_in_flight": _rows(STANDING, {**facts, "account": "refunds_in_flight"}),
        },
        "breaks": _rows(DECIDED, facts),
        "statements": _rows(STATEMENTS, facts),
        "checks": check_ledger.names(),
    }


def canonical(values: dict[str, Any]) -> str:
    """Return values as JSON that is the same text for the same values."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(statement: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
