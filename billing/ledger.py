"""
The books. Every posting is a transaction whose lines sum to zero and whose key makes a repeat harmless.

Debit is positive, credit negative. Which accounts move for which fact is told in docs/ledger.md; only the named verbs may
post (an import contract keeps it so).
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Sequence

from django.db import connection

from billing.models.ledger import LedgerLine
from common import clock

Account = LedgerLine.Account


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One amount on one account, in minor units; positive is debit, negative is credit."""

    account: Account
    amount_minor: int
    currency: str
    invoice_id: int | None = None
    installment_id: int | None = None
    payment_id: int | None = None
    merchant_account_id: int | None = None


class UnbalancedBooks(AssertionError):  # noqa: N818
    """A posting does not sum to zero: a programming error, refused before the database refuses it."""


POST_SQL = """
WITH day AS MATERIALIZED (
    SELECT billing_booking_day(%(wanted)s) AS booked_on
), posted AS (
    INSERT INTO billing_ledgertransaction (key, kind, occurred_at, booked_on, student_id, recorded_at, late_for)
    SELECT %(key)s, %(kind)s, %(occurred_at)s, booked_on, %(student)s, %(now)s,
           CASE WHEN booked_on <> %(wanted)s THEN date_trunc('month', %(wanted)s::date)::date END
    FROM day
    ON CONFLICT (key) DO NOTHING RETURNING id
)
INSERT INTO billing_ledgerline
    (transaction_id, account, amount_minor, currency, student_id, invoice_id, installment_id, payment_id,
     merchant_account_id)
SELECT posted.id, l.account, l.amount_minor, l.currency, %(student)s, l.invoice_id, l.installment_id, l.payment_id,
       l.merchant_account_id
FROM posted, jsonb_to_recordset(%(lines)s::jsonb) AS l(
    account text, amount_minor bigint, currency text, invoice_id bigint, installment_id bigint, payment_id bigint,
    merchant_account_id bigint)
"""


def post(
    *,
    key: str,
    kind: str,
    student_id: int | None,
    lines: Sequence[Line],
    occurred_at: dt.datetime | None = None,
) -> None:
    """
    Book a transaction once: the same key again changes nothing. One statement.

    It is booked on the day it happened. A fact whose month is closed, or is being closed at this moment, is booked on the first
    day of the first open month and names its own (`late_for`), so that verified money is never blocked. Lines of zero
    are left out. Raises UnbalancedBooks if the lines do not sum to zero in each currency.
    """
    kept = [line for line in lines if line.amount_minor]
    for currency in {line.currency for line in kept}:
        if sum(line.amount_minor for line in kept if line.currency == currency):
            raise UnbalancedBooks(key)
    now = clock.now()
    moment = occurred_at or now
    with connection.cursor() as cursor:
        cursor.execute(
            POST_SQL,
            {
                "key": key,
                "kind": kind,
                "occurred_at": moment,
                "wanted": clock.day_of(moment),
                "student": student_id,
                "now": now,
                "lines": json.dumps([dataclasses.asdict(line) for line in kept]),
            },
        )


REVERSE_SQL = """
WITH original AS MATERIALIZED (
    SELECT id, student_id, billing_booking_day(%(today)s) AS booked_on FROM billing_ledgertransaction WHERE key = %(key)s
), posted AS (
    INSERT INTO billing_ledgertransaction
        (key, kind, occurred_at, booked_on, student_id, recorded_at, corrects_id, late_for)
    SELECT 'reversed:' || %(key)s, %(kind)s, %(now)s, booked_on, student_id, %(now)s, id,
           CASE WHEN booked_on <> %(today)s THEN date_trunc('month', %(today)s::date)::date END
    FROM original
    ON CONFLICT (key) DO NOTHING RETURNING id, corrects_id
)
INSERT INTO billing_ledgerline
    (transaction_id, account, amount_minor, currency, student_id, invoice_id, installment_id, payment_id,
     merchant_account_id)
SELECT posted.id, l.account, -l.amount_minor, l.currency, l.student_id, l.invoice_id, l.installment_id, l.payment_id,
       l.merchant_account_id
FROM posted JOIN billing_ledgerline l ON l.transaction_id = posted.corrects_id
"""


def reverse(*, key: str, kind: str) -> None:
    """Book the opposite of an earlier transaction once, naming it. A key that was never booked changes nothing."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(REVERSE_SQL, {"key": key, "kind": kind, "now": now, "today": clock.day_of(now)})
