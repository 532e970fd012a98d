"""
Which months of the books are shut. Billing only reads and locks: a month is shut by the one who signs its close.

A month is shut with all that lies before it, so the first open day says everything.
"""

import datetime as dt

from django.db import connection

from billing.models import ClosedMonth


def first_open_day() -> dt.date | None:
    """Return the first day that may be booked on, None while no month is closed."""
    last = ClosedMonth.objects.order_by("-month").first()
    return (last.month + dt.timedelta(days=32)).replace(day=1) if last else None


def is_closed(day: dt.date) -> bool:
    """Return whether a day lies in a closed month."""
    first = first_open_day()
    return first is not None and day < first


def lock_months(*, last: dt.date) -> None:
    """
    Wait until nobody posts in the months that closing this one shuts, and let nobody post there until the transaction ends.

    Raises OperationalError when somebody takes longer than the session waits for a lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_lock_months(%s)", [last])


# One look into the index for each month, however many postings it has.
BOOKED_MONTHS = """
WITH RECURSIVE booked(month) AS (
    SELECT date_trunc('month', min(booked_on))::date FROM billing_ledgertransaction
    UNION ALL
    SELECT (SELECT date_trunc('month', min(t.booked_on))::date FROM billing_ledgertransaction t
            WHERE t.booked_on >= booked.month + interval '1 month')
    FROM booked WHERE booked.month IS NOT NULL
)
SELECT month FROM booked WHERE month IS NOT NULL ORDER BY month
"""


def booked_months() -> list[dt.date]:
    """Return the first days of the months that have postings, the earliest first."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKED_MONTHS)
        return [row[0] for row in cursor.fetchall()]
