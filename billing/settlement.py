"""
The one function that turns what a provider reports into payment, books, allocation, access and history.

Webhook, return page, sweeper, the operator's "ask the provider now" and every repair end in `settle_payment`. It needs no
network, takes the student's lock first, and decides alike whoever calls, how often, and in which order (docs/payment-path.md).
"""

import datetime as dt
from typing import Any

from django.db import transaction

from billing import acceptance, holds, ledger, settlement_rows
from billing.models import Payment
from billing.providers.base import PaymentReport, ReportedStatus
from common import clock, crash, fsm
from students import operator_tasks, timeline

GIVE_UP_AFTER = dt.timedelta(hours=24)  # after the bank's session is over (promise 6)


def settle_payment(*, payment_id: int, report: PaymentReport) -> None:
    """
    Bring a payment, its books and its access in line with what the provider reports.

    Safe to repeat at any moment from any process: a second report changes nothing more. A report whose reference, amount or
    currency differs from what was fixed holds the payment for a person. Money that came is never undone here (promises 4–6, 10).
    """
    with transaction.atomic():
        crash.point("settle.before_lock")
        settlement_rows.lock_student_of(payment_id=payment_id)
        crash.point("settle.after_lock")
        case = settlement_rows.read_case(payment_id=payment_id)
        match report.status:
            case ReportedStatus.PAID if case.payment.state in Payment.CAPTURED_STATES:
                pass  # the provider repeats itself
            case ReportedStatus.PAID if difference := _difference(case.payment, report):
                _hold(case, report, difference)
            case ReportedStatus.PAID:
                _accept(case, report)
            case ReportedStatus.FAILED if case.payment.is_open and _is_of_another(case.payment, report):
                _lose_sight(case, report)
            case ReportedStatus.FAILED if case.payment.is_open:
                _fail(case, report)
            case ReportedStatus.NOT_ATTEMPTED if case.payment.is_open:
                _wait_or_expire(case, report)
            case ReportedStatus.PENDING if case.payment.is_open:
                _see_again(case)
            case ReportedStatus.UNKNOWN if case.payment.is_open:
                _lose_sight(case, report)
            case _:
                pass  # a final state ignores late news; the look-up itself is kept as evidence
        crash.point("settle.before_commit")
    crash.point("settle.after_commit")


def _difference(payment: Payment, report: PaymentReport) -> str:
    """Return in one code what differs from what was fixed before anyone paid, or nothing."""
    if other := _is_of_another(payment, report):
        return other
    if report.currency != payment.currency:
        return "currency"
    if report.amount_minor != payment.amount_minor:
        return "amount"
    return "refunded" if report.refunded_minor else ""


def _is_of_another(payment: Payment, report: PaymentReport) -> str:
    """Return what shows that the provider speaks of another payment than it was asked about, or nothing."""
    if report.order_number is not None and report.order_number != payment.order_number:
        return "order_number"
    if not report.provider_ref:
        return ""
    if payment.provider_ref:
        return "" if report.provider_ref.lower() == payment.provider_ref.lower() else "provider_ref"
    return "provider_ref" if settlement_rows.is_named_otherwise(payment, report.provider_ref) else ""


def _accept(case: settlement_rows.Case, report: PaymentReport) -> None:
    acceptance.accept(
        case,
        captured_minor=case.payment.amount_minor,
        provider_ref=report.provider_ref,
        asked=case.lines,
        raw_code=report.raw_code,
        occurred_at=report.occurred_at,
    )
    _close_unknown(case, reason="verified")
    crash.point("settle.after_tasks")


def _hold(case: settlement_rows.Case, report: PaymentReport, difference: str) -> None:
    payment = case.payment
    if payment.state == Payment.State.HELD:
        return  # a person decides already
    came_minor, currency = report.amount_minor or 0, report.currency or payment.currency
    if holds.is_decided(payment=payment, difference=difference, amount_minor=came_minor, currency=currency):
        return  # the provider repeats what a person has decided about
    before = payment.state
    kind = fsm.timeline_kind(payment.hold, before)
    payment.hold(captured_minor=report.amount_minor or 0, reason=difference)
    if difference not in ("order_number", "provider_ref"):  # else it names another payment
        payment.provider_ref = payment.provider_ref or report.provider_ref
    settlement_rows.write_payment(payment, before=before)
    crash.point("hold.after_payment")
    facts: dict[str, Any] = {
        "difference": difference,
        "expected_minor": payment.amount_minor,
        "expected_currency": payment.currency,
        "reported_minor": report.amount_minor,
        "reported_currency": report.currency,
        "reported_order_number": report.order_number,
        "reported_ref": report.provider_ref,
    }
    _book_held(case, came_minor, currency, report.occurred_at)
    crash.point("hold.after_ledger")
    timeline.record([acceptance.payment_event(case, kind, before=before, **facts)])
    crash.point("hold.after_timeline")
    acceptance.open_payment_task(case, "payment_held", hours=4, **facts)
    _close_unknown(case, reason="held")


def _book_held(
    case: settlement_rows.Case, amount: int, currency: str, occurred_at: dt.datetime | None
) -> None:
    """Held money stands in suspense, in the currency that came, until a person decides."""
    payment = case.payment
    ledger.post(
        key=holds.book_key(payment_id=payment.pk),
        kind="payment_held",
        student_id=payment.student_id,
        occurred_at=occurred_at,
        lines=[
            ledger.Line(
                account=ledger.Account.PROVIDER_CLEARING,
                amount_minor=amount,
                currency=currency,
                payment_id=payment.pk,
                merchant_account_id=payment.account_id,
            ),
            ledger.Line(
                account=ledger.Account.SUSPENSE,
                amount_minor=-amount,
                currency=currency,
                payment_id=payment.pk,
            ),
        ],
    )


def _fail(case: settlement_rows.Case, report: PaymentReport) -> None:
    payment, before = case.payment, case.payment.state
    kind = fsm.timeline_kind(payment.fail, before)
    payment.fail()
    payment.was_attempted = True
    payment.provider_ref = payment.provider_ref or report.provider_ref
    settlement_rows.write_payment(payment, before=before)
    crash.point("fail.after_payment")
    timeline.record([acceptance.payment_event(case, kind, before=before, raw_code=report.raw_code)])
    _close_unknown(case, reason="failed")


def _wait_or_expire(case: settlement_rows.Case, report: PaymentReport) -> None:
    """Never attempted: wait; it expires a day after the bank's session if that is all we ever heard (promise 6)."""
    payment, before = case.payment, case.payment.state
    reached = report.is_answer or (
        case.account_reached_at is not None and case.account_reached_at >= _give_up_at(payment)
    )
    if _is_overdue(payment) and reached and not payment.was_attempted:
        kind = fsm.timeline_kind(payment.expire, before)
        payment.expire()
    elif before == Payment.State.UNKNOWN and not payment.was_attempted and payment.provider_ref:
        kind = fsm.timeline_kind(payment.find_again, before)
        payment.find_again()
    else:
        if payment.was_attempted:
            _ask_a_person(case)  # somebody tried, and by now the bank should know what became of it
        return
    settlement_rows.write_payment(payment, before=before)
    crash.point("expire.after_payment")
    timeline.record([acceptance.payment_event(case, kind, before=before)])
    if payment.state == Payment.State.EXPIRED:
        _close_unknown(case, reason="expired")


def _see_again(case: settlement_rows.Case) -> None:
    """The bank answers that somebody tried and nothing is decided."""
    payment, before = case.payment, case.payment.state
    payment.was_attempted = True
    kind = ""
    if before == Payment.State.UNKNOWN and payment.provider_ref:
        kind = fsm.timeline_kind(payment.find_again, before)
        payment.find_again()
    settlement_rows.write_payment(payment, before=before)
    if kind:
        timeline.record([acceptance.payment_event(case, kind, before=before)])
    _ask_a_person(case)


def _lose_sight(case: settlement_rows.Case, report: PaymentReport) -> None:
    """No answer, or one that nobody can read: the outcome is unknown, and it may be money."""
    payment, before = case.payment, case.payment.state
    payment.was_attempted = payment.was_attempted or report.is_answer
    kind = ""
    if before != Payment.State.UNKNOWN:
        kind = fsm.timeline_kind(payment.lose_sight, before)
        payment.lose_sight()
    settlement_rows.write_payment(payment, before=before)
    crash.point("unknown.after_payment")
    if kind:
        timeline.record([acceptance.payment_event(case, kind, before=before, raw_code=report.raw_code)])
    _ask_a_person(case)


def _ask_a_person(case: settlement_rows.Case) -> None:
    """A day after the bank's session the outcome should be known; from then on a person knows that it is not."""
    if _is_overdue(case.payment):
        acceptance.open_payment_task(case, "outcome_unknown", hours=24)


def _close_unknown(case: settlement_rows.Case, *, reason: str) -> None:
    """The outcome is known now; only an overdue payment has a task that says otherwise."""
    if _is_overdue(case.payment):
        operator_tasks.close_by_facts(key=f"outcome_unknown:{case.payment.pk}", reason=reason)


def _is_overdue(payment: Payment) -> bool:
    return clock.now() >= _give_up_at(payment)


def _give_up_at(payment: Payment) -> dt.datetime:
    return payment.session_ends_at + GIVE_UP_AFTER
