"""
Asking again about payments that are final for us: somebody may have sent money back in the bank's own cabinet.

Nobody tells us of that, so recent payments are asked about daily for a week, weekly for five weeks, then monthly. It only puts
`next_lookup_at` where the ordinary sweep finds it: capped for each account and stretched evenly over the hour, so that students
who are paying now are never kept waiting.
"""

import datetime as dt

from django.db import connection

from billing import accounts
from billing.models import MerchantAccount
from billing.providers import registry
from common import clock

EVERY = [  # how young a payment is, and how long its last answer is good for
    (dt.timedelta(days=7), dt.timedelta(days=1)),
    (dt.timedelta(days=35), dt.timedelta(days=7)),
    (dt.timedelta(days=125), dt.timedelta(days=30)),
]
PER_HOUR = 240  # questions to one account; what is over that waits for its turn, the longest unasked first
SPAN = dt.timedelta(hours=1)

# Chosen once, before anything is written: a join that came back to the choice would find the rows just written locked.
SQL = """
WITH due AS MATERIALIZED (
    SELECT chosen.id, %(now)s + interval '1 second' * (%(span)s * chosen.place / chosen.many) AS at
    FROM unnest(%(accounts)s::bigint[]) AS account (id) CROSS JOIN LATERAL (
        SELECT id, row_number() OVER (ORDER BY asked_at, id) - 1 AS place, count(*) OVER () AS many
        FROM (
            SELECT id, coalesce(last_lookup_at, verified_at) AS asked_at FROM billing_payment
            WHERE account_id = account.id AND state IN ('verified', 'partly_refunded') AND verified_at > %(oldest)s
              AND next_lookup_at IS NULL AND provider_ref <> ''
              AND coalesce(last_lookup_at, verified_at) <= CASE
                  WHEN verified_at > %(first)s THEN %(often)s WHEN verified_at > %(second)s THEN %(seldom)s
                  ELSE %(rarely)s END
            ORDER BY 2, 1 LIMIT %(cap)s FOR NO KEY UPDATE SKIP LOCKED
        ) AS waiting
    ) AS chosen
)
UPDATE billing_payment SET next_lookup_at = due.at FROM due
WHERE billing_payment.id = due.id AND billing_payment.next_lookup_at IS NULL
"""


def ask_again() -> int:
    """Put recent payments in front of the sweep again; return how many. Safe to repeat and in several processes at once."""
    asked = [account.pk for account in MerchantAccount.objects.all() if _can_be_asked(account)]
    now = clock.now()
    (first, often), (second, seldom), (oldest, rarely) = EVERY
    with connection.cursor() as cursor:
        cursor.execute(
            SQL,
            {
                "now": now,
                "span": int(SPAN.total_seconds()),
                "accounts": asked,
                "first": now - first,
                "second": now - second,
                "oldest": now - oldest,
                "often": now - often,
                "seldom": now - seldom,
                "rarely": now - rarely,
                "cap": PER_HOUR,
            },
        )
        return int(cursor.rowcount)


def _can_be_asked(account: MerchantAccount) -> bool:
    """Return whether the provider can send money back and answers us; also one that is not offered to students any more."""
    try:
        can = registry.capabilities(account.provider, account.profile)
        condition = accounts.condition_of(account)
    except registry.UnknownProvider:
        return False
    return can.lookup and can.refund and condition.is_configured and not condition.is_refused
