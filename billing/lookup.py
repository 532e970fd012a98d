"""
Asking providers what became of payments: now for one, on a schedule for all that are open.

While the bank's session lasts (20 minutes and 5 to spare) an open attempt is asked every 20 seconds; then after 1, 6 and 24
hours, then daily while its outcome is unknown. `next_lookup_at` is the queue: a row is claimed by moving it forward (skip
locked) just before it is asked, so that several sweepers never ask twice at once. The claim is a lease: a sweeper that dies
between the question and its end delays the next question by LEASE, however far the schedule would have put it.
"""

import contextlib
import dataclasses
import datetime as dt
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection, connections, transaction
from django.db.models import Count

from billing import accounts, deliveries, settlement
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
PER_ACCOUNT = 8  # questions to one account at the same time, whoever sweeps
LEASE = dt.timedelta(seconds=20)  # longer than one look-up with its settlement may take
SWEEP_SECONDS = 20  # a sweep takes up no new payment after this long; the next one goes on
SLOTS = 0x4C4B5550  # the namespace of the advisory locks that are an account's slots


def refresh_payment(*, payment_id: int, asked_by: str, actor: timeline.Actor | None = None) -> Payment:
    """
    Ask the provider about one payment, settle what it says, and return the payment as it is then.

    The question is asked outside any transaction and its answer kept as evidence before it is acted on. Safe to repeat. A
    provider that does not answer makes the payment's outcome unknown, never failed.
    """
    look_up(payment_id=payment_id, asked_by=asked_by, actor=actor)
    return Payment.objects.select_related("account", "link").get(pk=payment_id)


def look_up(*, payment_id: int, asked_by: str, actor: timeline.Actor | None = None) -> PaymentReport:
    """Do what `refresh_payment` does, and return what the provider said of the payment."""
    payment = Payment.objects.select_related("account").get(pk=payment_id)
    if actor is not None:
        timeline.record([_asked_event(payment, actor)])
    started = time.monotonic()
    crash.point("lookup.before_question")
    report = _ask(payment)
    took_ms = round((time.monotonic() - started) * 1000)
    crash.point("lookup.after_answer")
    _keep(payment, report, asked_by, took_ms)
    crash.point("lookup.after_evidence")
    settlement.settle_payment(payment_id=payment_id, report=report)
    return report


def refunded_total(*, payment: Payment, report: PaymentReport) -> int | None:
    """Return what the provider says went back of this payment so far; None if it does not say, or speaks of another one."""
    same = report.order_number == payment.order_number and report.currency == payment.currency
    return report.refunded_minor if report.is_answer and same else None


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


def sweep() -> int:
    """
    Ask about the open payments whose time has come; return how many. Safe to run in several processes at once.

    At most PER_ACCOUNT questions go to one account at the same time, counted over all processes; what is over that waits for its
    turn, oldest first. A payment that cannot be settled does not hold up the others: what it raised is raised at the end.
    """
    deliveries.work()
    due = (
        Payment.objects.filter(next_lookup_at__lte=clock.now())
        .order_by()
        .values_list("account_id")
        .annotate(payments=Count("pk"))
    )
    lanes = [account_id for account_id, payments in due for _lane in range(min(payments, PER_ACCOUNT))]
    if not lanes:
        return 0
    until = time.monotonic() + SWEEP_SECONDS
    with ThreadPoolExecutor(max_workers=len(lanes)) as pool:
        runs = [pool.submit(_work_lane, account_id, until) for account_id in lanes]
    return _count(runs)


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


def _work_lane(account_id: int, until: float) -> tuple[int, list[Exception]]:
    asked, failures = 0, []
    try:
        with _slot(account_id) as is_free:
            while is_free and time.monotonic() < until and (claim := _claim(account_id)):
                asked += 1
                try:
                    refresh_payment(payment_id=claim.payment_id, asked_by="sweeper")
                    claim.end()
                except Exception as error:
                    log.exception("payment %s could not be settled and is asked again", claim.payment_id)
                    failures.append(error)
    finally:
        connections.close_all()
    return asked, failures


def _count(runs: list[Future[tuple[int, list[Exception]]]]) -> int:
    results = [run.result() for run in runs]
    failures = [failure for _asked, some in results for failure in some]
    if failures:
        raise ExceptionGroup("some payments could not be settled", failures)
    return sum(asked for asked, _failures in results)


@contextlib.contextmanager
def _slot(account_id: int) -> Iterator[bool]:
    """Hold one of the account's slots: an advisory lock, free again when this connection ends, however it ends."""
    with connection.cursor() as cursor:
        first = account_id * PER_ACCOUNT
        for slot in range(first, first + PER_ACCOUNT):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SLOTS, slot])
            if cursor.fetchone()[0]:
                break
        else:
            yield False
            return
    try:
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SLOTS, slot])


@dataclasses.dataclass(frozen=True, slots=True)
class _Claim:
    """A payment that this sweeper asks about, and when it is due if the answer is not final."""

    payment_id: int
    leased_until: dt.datetime
    next_lookup_at: dt.datetime | None

    def end(self) -> None:
        """Put the schedule in place of the lease, unless a message asked for a question sooner meanwhile."""
        if self.next_lookup_at != self.leased_until:
            Payment.objects.filter(pk=self.payment_id, next_lookup_at=self.leased_until).update(
                next_lookup_at=self.next_lookup_at
            )


def _claim(account_id: int) -> _Claim | None:
    """Take the payment of this account that has waited longest, skipping those another sweeper takes; None if none is due."""
    now = clock.now()
    with transaction.atomic():
        payment = (
            Payment.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(account_id=account_id, next_lookup_at__lte=now)
            .order_by("next_lookup_at", "id")
            .first()
        )
        if payment is None:
            return None
        then = next_lookup_after(payment=payment, now=now)
        lease = min(then, now + LEASE) if then else now + LEASE
        Payment.objects.filter(pk=payment.pk).update(next_lookup_at=lease)
    crash.point("sweep.after_claim")
    return _Claim(payment_id=payment.pk, leased_until=lease, next_lookup_at=then)


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
    UPDATE billing_payment SET last_lookup_at = %(now)s, lookups = lookups + 1,
           provider_refunded_minor = coalesce(%(refunded)s, provider_refunded_minor)
    WHERE id = %(payment)s
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
                "refunded": refunded_total(payment=payment, report=report),
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
