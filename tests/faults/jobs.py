"""What a process of a fault test does: one step of a payment's path, by the verb that the real door calls."""

import datetime as dt
import time
from typing import Any

from billing import (
    attempts,
    bulk_links,
    daily,
    deliveries,
    discounts,
    expiry_warnings,
    link_replacing,
    links,
    lookup,
    pauses,
    renewal,
    settlement,
    transfers,
)
from billing.models import MerchantAccount, Payment
from billing.providers.base import Callback, Hint, PaymentReport
from common import clock
from courses import pausing
from students import timeline


def make_link(*, installment_id: int, expires_at: dt.datetime | None = None) -> int:
    return links.create_payment_link(
        installment_ids=[installment_id], actor=timeline.SYSTEM, expires_at=expires_at
    ).pk


def open_link(*, link_id: int) -> None:
    links.mark_opened(link_id=link_id)


def cancel_link(*, link_id: int) -> None:
    lookup.refresh_open_attempts(link_id=link_id, asked_by="operator")
    links.cancel_payment_link(link_id=link_id, reason="a test", actor=timeline.SYSTEM)


def replace_link(*, link_id: int) -> int:
    return link_replacing.replace_payment_link(link_id=link_id, reason="a test", actor=timeline.SYSTEM).pk


def give_discount(*, invoice_id: int, seen: str) -> int:
    return discounts.give_discount(
        invoice_id=invoice_id, ground="other", percent=10, reason="a test", actor=timeline.SYSTEM, seen=seen
    ).pk


def make_wanted_links() -> int:
    return bulk_links.make_all()


def start_attempt(*, link_id: int, account_code: str, even_if_another_is_open: bool = True) -> int:
    return attempts.start_attempt(
        link_id=link_id, account_code=account_code, even_if_another_is_open=even_if_another_is_open
    ).pk


def settle(*, payment_id: int, report: PaymentReport, times: int = 1) -> None:
    for _ in range(times):
        settlement.settle_payment(payment_id=payment_id, report=report)


def settle_each(*, payment_ids: list[int], reports: list[PaymentReport]) -> None:
    for payment_id, report in zip(payment_ids, reports, strict=True):
        settlement.settle_payment(payment_id=payment_id, report=report)


def ask(*, payment_id: int, asked_by: str = "return", times: int = 1) -> None:
    for _ in range(times):
        lookup.refresh_payment(payment_id=payment_id, asked_by=asked_by)


def ask_as_callback(*, payment_id: int) -> None:
    lookup.refresh_unless_fresh(payment_id=payment_id, asked_by="callback")


def keep_return(*, payment_id: int, key: str = "return") -> str:
    payment = Payment.objects.get(pk=payment_id)
    account = MerchantAccount.objects.get(pk=payment.account_id)
    callback = Callback(method="GET", query={"orderID": str(payment.order_number)}, headers={}, body=b"")
    hint = Hint(order_number=payment.order_number, event_key=key)
    return deliveries.store(account=account, door="return", callback=callback, hint=hint)


def sweep() -> int:
    return lookup.sweep()


def sweep_for(*, seconds: float) -> int:
    until, asked = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        asked += lookup.sweep()
    return asked


def expire_links() -> int:
    return daily.expire_links()


def beat(*, rounds: int = 3) -> None:
    """Do what every task of the schedule does, as a worker would for two beats."""
    for _ in range(rounds):
        lookup.sweep()
        daily.expire_links()
        daily.mark_due()
        daily.mark_overdue()


def nothing(**_facts: Any) -> None:
    """Do nothing: for the count of what a process costs."""


def renew(*, link_id: int) -> int | None:
    renewed = renewal.renew_link(link_id=link_id)
    return renewed.link.pk if renewed.link else None


def warn() -> int:
    return expiry_warnings.warn_of_expiry()


def pause(*, enrollment_id: int, first: int, last: int) -> int:
    return pauses.pause_student(
        enrollment_id=enrollment_id,
        days=pausing.Days(
            first=clock.today() + dt.timedelta(days=first), last=clock.today() + dt.timedelta(days=last)
        ),
        reason="a test",
        actor=timeline.SYSTEM,
    ).pk


def cancel_pause(*, pause_id: int) -> int:
    return pauses.end_pause(pause_id=pause_id, last_day=None, reason="a test", actor=timeline.SYSTEM).pk


def follow_pauses() -> int:
    return pausing.follow_calendar()


def transfer(*, enrollment_id: int, group_id: int) -> int:
    return transfers.transfer_student(
        enrollment_id=enrollment_id, group_id=group_id, reason="a test", actor=timeline.SYSTEM
    ).pk
