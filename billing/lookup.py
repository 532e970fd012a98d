"""
Asking providers what became of payments: now for one, on a schedule for all that are open.

While the bank's session lasts (20 minutes and 5 to spare) an open attempt is asked every 20 seconds; then after 1, 6 and 24
hours, then daily while its outcome is unknown. `next_lookup_at` is the queue: a row is claimed by moving it forward (skip
locked), so that several sweepers never ask twice at once, and a sweeper that dies only delays the next question.
"""

import datetime as dt
import json
import logging
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections, transaction

from billing import accounts, settlement
from billing.models import Payment
from billing.providers.base import (
    PaymentReference,
    PaymentReport,
    ProviderRefused,
    ProviderUnavailable,
    ReportedStatus,
)
from common import clock, crash
from students import timeline

log = logging.getLogger(__name__)

DURING_SESSION = dt.timedelta(seconds=20)
SESSION_MARGIN = dt.timedelta(minutes=5)
AFTER_SESSION = [dt.timedelta(hours=1), dt.timedelta(hours=6), dt.timedelta(hours=24)]
DAILY = dt.timedelta(hours=24)
FRESH = dt.timedelta(seconds=3)  # a flood of callbacks asks the bank about one payment at most this often
PER_ACCOUNT = 8  # questions to one account at the same time


def refresh_payment(*, payment_id: int, asked_by: str, actor: timeline.Actor | None = None) -> Payment:
    """
    Ask the provider about one payment, settle what it says, and return the payment as it is then.

    The question is asked outside any transaction and its answer kept as evidence before it is acted on. Safe to repeat. A
    provider that does not answer makes the payment's outcome unknown, never failed.
    """
    payment = Payment.objects.select_related("account").get(pk=payment_id)
    if actor is not None:
        timeline.record([_asked_event(payment, actor)])
    started = time.monotonic()
    report = _ask(payment)
    took_ms = round((time.monotonic() - started) * 1000)
    crash.point("lookup.after_answer")
    _keep(payment, report, asked_by, took_ms)
    crash.point("lookup.after_evidence")
    settlement.settle_payment(payment_id=payment_id, report=report)
    return Payment.objects.select_related("account", "link").get(pk=payment_id)


def refresh_unless_fresh(*, payment_id: int, asked_by: str) -> None:
    """Ask about a payment unless it was asked a moment ago: the door for callbacks and returns, which may come in floods."""
    now = clock.now()
    claimed = (
        Payment.objects.filter(pk=payment_id, state__in=Payment.ASKED_STATES)
        .exclude(last_lookup_at__gt=now - FRESH)
        .update(last_lookup_at=now)
    )
    if claimed:
        refresh_payment(payment_id=payment_id, asked_by=asked_by)


def refresh_open_attempts(*, link_id: int, asked_by: str) -> None:
    """Ask about every open attempt of a link: before it is expired, cancelled or replaced."""
    for payment_id in Payment.objects.filter(link_id=link_id, state__in=Payment.OPEN_STATES).values_list(
        "pk", flat=True
    ):
        refresh_payment(payment_id=payment_id, asked_by=asked_by)


def sweep(*, limit: int = 200) -> int:
    """
    Ask about the open payments whose time has come; return how many. Safe to run in several processes at once.

    At most PER_ACCOUNT questions go to one account at the same time; what is over the limit waits for the next run, oldest first.
    """
    claimed = _claim(limit)
    by_account: dict[int, list[int]] = {}
    for payment_id, account_id in claimed:
        by_account.setdefault(account_id, []).append(payment_id)
    with ThreadPoolExecutor(max_workers=PER_ACCOUNT * max(len(by_account), 1)) as pool:
        jobs = [
            pool.submit(_refresh_some, payment_ids[lane::PER_ACCOUNT])
            for payment_ids in by_account.values()
            for lane in range(PER_ACCOUNT)
            if payment_ids[lane::PER_ACCOUNT]
        ]
    for job in jobs:
        job.result()
    return len(claimed)


def next_lookup_after(*, payment: Payment, now: dt.datetime) -> dt.datetime | None:
    """
    Return when a payment is asked next if the answer is not final; None when a declined one needs no further question.

    A declined payment is asked again only after the session: bank staff may correct it by hand (iPay manual §5.1.2).
    """
    if payment.is_open and now + DURING_SESSION <= payment.session_ends_at + SESSION_MARGIN:
        return now + DURING_SESSION
    for delay in AFTER_SESSION:
        if now < payment.session_ends_at + delay:
            return payment.session_ends_at + delay
    return now + DAILY if payment.is_open else None


def _claim(limit: int) -> list[tuple[int, int]]:
    """Move the next question of due payments forward in one statement, skipping those another sweeper holds."""
    now = clock.now()
    with transaction.atomic():
        due = list(
            Payment.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(next_lookup_at__lte=now)
            .order_by("next_lookup_at", "id")[:limit]
        )
        for payment in due:
            payment.next_lookup_at = next_lookup_after(payment=payment, now=now)
        Payment.objects.bulk_update(due, ["next_lookup_at"])
    return [(payment.pk, payment.account_id) for payment in due]


def _refresh_some(payment_ids: Iterable[int]) -> None:
    """Ask about payments one after the other; what goes wrong with one is logged and does not stop the others."""
    try:
        for payment_id in payment_ids:
            try:
                refresh_payment(payment_id=payment_id, asked_by="sweeper")
            except Exception:
                log.exception("payment %s could not be settled; it is asked again", payment_id)
    finally:
        connections.close_all()


def _ask(payment: Payment) -> PaymentReport:
    reference = PaymentReference(order_number=payment.order_number, provider_ref=payment.provider_ref)
    try:
        report = accounts.adapter_of(payment.account).fetch_payment(reference)
    except ProviderUnavailable as error:
        log.warning("payment %s: %s did not answer (%s)", payment.pk, payment.account.code, error.code)
        return PaymentReport(
            status=ReportedStatus.UNKNOWN,
            raw_code="unavailable",
            raw_message=str(error),
            raw=error.raw,
            is_answer=False,
        )
    except ProviderRefused as error:
        if error.credentials:
            accounts.mark_refused(account_id=payment.account_id, code=error.code, message=str(error))
        return PaymentReport(
            status=ReportedStatus.UNKNOWN,
            raw_code=error.code or "refused",
            raw_message=str(error),
            raw=error.raw,
            is_answer=False,
        )
    if report.is_answer:
        accounts.mark_reached(account_id=payment.account_id)
    return report


KEEP_SQL = """
WITH asked AS (
    UPDATE billing_payment SET last_lookup_at = %(now)s, lookups = lookups + 1 WHERE id = %(payment)s
)
INSERT INTO billing_paymentlookup (payment_id, asked_at, asked_by, took_ms, status, raw_code, raw_message, raw)
VALUES (%(payment)s, %(now)s, %(asked_by)s, %(took_ms)s, %(status)s, %(raw_code)s, %(raw_message)s, %(raw)s::jsonb)
"""


def _keep(payment: Payment, report: PaymentReport, asked_by: str, took_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            KEEP_SQL,
            {
                "payment": payment.pk,
                "now": clock.now(),
                "asked_by": asked_by,
                "took_ms": took_ms,
                "status": str(report.status),
                "raw_code": report.raw_code[:60],
                "raw_message": report.raw_message[:2000],
                "raw": json.dumps(dict(report.raw), default=str),
            },
        )


def _asked_event(payment: Payment, actor: timeline.Actor) -> timeline.Event:
    return timeline.Event(
        kind="provider_asked",
        student_id=payment.student_id,
        actor=actor,
        data={"order_number": payment.order_number, "account": payment.account.code},
        subject_kind="billing.payment",
        subject_id=payment.pk,
    )
