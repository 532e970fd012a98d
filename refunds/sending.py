"""
Sending an approved refund to its bank, once.

The bank is first asked what went back so far. Then the row is committed as sent, booked, with that total; only then is the bank
asked to move money, outside any transaction. The call is never repeated: whatever is lost, the next total decides.
"""

import dataclasses
import datetime as dt
import logging

from django.db import transaction

from billing import accounts, lookup
from billing.models import MerchantAccount
from billing.providers import registry
from billing.providers.base import PaymentReference, ProviderRefused, ProviderUnavailable, RefundOrder
from common import clock, crash, fsm
from refunds import booking, external, records, settlement
from refunds.models import Refund
from students import timeline

log = logging.getLogger(__name__)

AGAIN_AFTER = dt.timedelta(
    minutes=2
)  # nothing was asked yet: the bank did not tell its total, or another one is on its way
LEASE = dt.timedelta(seconds=60)


@dataclasses.dataclass(frozen=True, slots=True)
class _Claim:
    """What this process alone may ask of the bank, now that it is committed."""

    refund_id: int
    account: MerchantAccount
    order: RefundOrder


def send_refund(*, refund_id: int) -> Refund:
    """
    Send one approved refund to its bank and settle what is known afterwards; return it as it is then.

    Does nothing for a refund that is not approved, or that goes by bank transfer. Safe to call from several processes at once:
    one of them sends. While the bank does not tell its total, or another refund of the payment is on its way, it waits its turn.
    """
    refund = Refund.objects.select_related("payment__account").get(pk=refund_id)
    if refund.state != Refund.State.APPROVED or refund.channel != Refund.Channel.PROVIDER:
        return refund
    seen = _fingerprint(refund)
    crash.point("refund.before_total")
    report = lookup.look_up(payment_id=refund.payment_id, asked_by="refund")
    total = lookup.refunded_total(payment=refund.payment, report=report)
    crash.point("refund.after_total_before")
    external.find_for(payment_id=refund.payment_id)
    claim = _claim(refund_id, seen, total)
    if claim is None:
        return Refund.objects.get(pk=refund_id)
    crash.point("refund.after_claim")
    _ask(claim)
    crash.point("refund.after_answer_kept")
    return settlement.refresh_refund(refund_id=refund_id, asked_by="refund")


def _fingerprint(refund: Refund) -> list[tuple[int, str]]:
    """Return the other refunds of the payment with their states: a total means nothing once one of them has moved."""
    return sorted(
        Refund.objects.filter(payment_id=refund.payment_id).exclude(pk=refund.pk).values_list("pk", "state")
    )


def _claim(refund_id: int, seen: list[tuple[int, str]], total: int | None) -> _Claim | None:
    with transaction.atomic():
        refund = records.lock_refund(refund_id)
        if refund.state != Refund.State.APPROVED:
            return None  # another process sends it, or somebody took it back
        if total is None or _fingerprint(refund) != seen or not _is_free(refund, total):
            refund.next_lookup_at = clock.now() + AGAIN_AFTER
            refund.save(update_fields=["next_lookup_at"])
            return None
        before = refund.state
        kind = fsm.timeline_kind(refund.send, before)
        refund.send(total_before_minor=total, whole=_may_cancel(refund, total))
        refund.next_lookup_at = clock.now() + LEASE
        refund.save()
        crash.point("refund.after_row")
        events = [records.event(refund, kind, timeline.SYSTEM, before=before)]
        events += booking.book_sent(refund)
        timeline.record(events)
        crash.point("refund.before_claim_commit")
    payment = refund.payment
    return _Claim(
        refund_id=refund.pk,
        account=payment.account,
        order=RefundOrder(
            reference=PaymentReference(order_number=payment.order_number, provider_ref=payment.provider_ref),
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            whole=refund.whole,
        ),
    )


def _is_free(refund: Refund, total: int) -> bool:
    """Return whether no other refund of the payment is on its way and the bank's total is what ours explain."""
    others = refund.payment.refunds.exclude(pk=refund.pk)
    if others.filter(state__in=Refund.IN_FLIGHT).exists():
        return False
    explained = external.explained_minor(payment_id=refund.payment_id)
    if total != explained:
        log.warning("refund %s waits: its bank tells %s, our refunds explain %s", refund.pk, total, explained)
        settlement.open_task(refund, "refund_unknown", hours=24, told_minor=total, explained_minor=explained)
        return False
    return True


def _may_cancel(refund: Refund, total: int) -> bool:
    """A cancel or reversal takes everything back: asked for, nothing back yet, and the provider knows how."""
    request, payment = refund.request, refund.payment
    if request is None or not request.prefer_cancel:
        return False
    can = registry.capabilities(payment.account.provider, payment.account.profile)
    return can.cancel and total == 0 and refund.amount_minor == payment.captured_minor


def _ask(claim: _Claim) -> None:
    """Ask the bank to move the money; keep what it said. A cancel that the bank surely refused is asked for as a refund."""
    try:
        _send(claim)
    except ProviderRefused as error:
        crash.point("refund.after_refused_answer")
        if claim.order.whole and not error.credentials and _becomes_refund(claim, error):
            crash.point("refund.after_cancel_refused")
            _ask(dataclasses.replace(claim, order=dataclasses.replace(claim.order, whole=False)))
            return
        if error.credentials:
            accounts.mark_refused(account_id=claim.account.pk, code=error.code, message=str(error))
        settlement.refuse(refund_id=claim.refund_id, code=error.code, message=str(error))
    except ProviderUnavailable as error:
        crash.point("refund.after_lost_answer")
        if error.maybe_done:
            settlement.lose_answer(refund_id=claim.refund_id, code=error.code, message=str(error))
        else:
            settlement.refuse(refund_id=claim.refund_id, code=error.code, message=str(error))


def _send(claim: _Claim) -> None:
    sender = registry.refunds(accounts.config_of(claim.account))
    if sender is None:
        raise ProviderRefused("This provider sends no money back.", code="no-refunds")
    crash.point("refund.before_question")
    sender.send_refund(claim.order)
    crash.point("refund.after_answer")


def _becomes_refund(claim: _Claim, error: ProviderRefused) -> bool:
    """Commit that the row goes on as an ordinary refund; False if another process decided about it meanwhile."""
    with transaction.atomic():
        refund = records.lock_refund(claim.refund_id)
        if refund.state != Refund.State.SENT or not refund.whole:
            return False
        refund.whole = False
        refund.answer_code, refund.answer_message = error.code[:60], str(error)[:2000]
        refund.save(update_fields=["whole", "answer_code", "answer_message"])
        timeline.record(
            [
                records.event(
                    refund,
                    "refund_cancel_refused",
                    timeline.Actor.provider(claim.account.code),
                    code=error.code,
                )
            ]
        )
    return True
