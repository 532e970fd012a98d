"""
What became of a refund: the refunded total that its bank reports decides, and nothing else does.

A lost answer is UNKNOWN, counts as refunded, is asked about on a schedule and never sent again by itself (promises 6, 9).
"""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from billing import lookup
from billing.models import Payment
from common import clock, crash, fsm
from common.errors import DomainError
from refunds import access_after, booking, records
from refunds.models import Refund
from students import operator_tasks, timeline


class NotToConclude(DomainError):  # noqa: N818
    """A person cannot decide about this refund now."""

    code = "refund-not-to-conclude"
    status = 409


SCHEDULE = [  # after it was sent
    dt.timedelta(seconds=20),
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=1),
    dt.timedelta(hours=6),
    dt.timedelta(hours=24),
]
DAILY = dt.timedelta(hours=24)
ANSWER_IS_DUE = dt.timedelta(minutes=1)  # a process that asks the bank is done or dead by then
PERSON_AFTER = dt.timedelta(hours=1)  # what is unknown for longer is in front of a person
BANK_TRANSFER_WITHIN_HOURS = 48


def refresh_refund(*, refund_id: int, asked_by: str, actor: timeline.Actor | None = None) -> Refund:
    """
    Ask the bank about the payment of a refund that is on its way, and settle what its total says. Moves no money; safe to repeat.

    A refund that is not on its way asks nobody.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if not refund.is_in_flight:
        return refund
    report = lookup.look_up(payment_id=refund.payment_id, asked_by=asked_by, actor=actor)
    total = lookup.refunded_total(payment=refund.payment, report=report)
    crash.point("refund.after_total")
    settle_refund(refund_id=refund_id, total_minor=total)
    return Refund.objects.select_related("payment", "request").get(pk=refund_id)


def settle_refund(*, refund_id: int, total_minor: int | None) -> None:
    """
    Bring a refund on its way in line with the refunded total that its bank reports (None: it did not say).

    The total before it plus its amount proves it; anything less proves nothing. Safe to repeat from any process.
    """
    with transaction.atomic():
        refund = records.lock_refund(refund_id)
        if not refund.is_in_flight:
            return  # another process settled it first
        if refund.provider_total_before_minor is None:
            raise RuntimeError(f"refund {refund.pk} was sent without its total before")
        if (
            total_minor is not None
            and total_minor >= refund.provider_total_before_minor + refund.amount_minor
        ):
            _settle(refund)
        else:
            _wait(refund)
        crash.point("refund.before_commit")
    crash.point("refund.after_commit")


def lose_answer(*, refund_id: int, code: str, message: str) -> None:
    """Note that the bank's answer to a refund was lost: its outcome is unknown. Safe to repeat."""
    with transaction.atomic():
        refund = records.lock_refund(refund_id)
        if refund.state != Refund.State.SENT:
            return
        refund.answer_code, refund.answer_message = code[:60], message[:2000]
        _lose_sight(refund)
        crash.point("refund.before_lost_commit")


def refuse(*, refund_id: int, code: str, message: str) -> None:
    """
    Note that surely nothing moved: everything is booked back, and a new row waits for a bank transfer by a person.

    The decision that the money goes back stands; only its way changes. Safe to repeat.
    """
    with transaction.atomic():
        refund = records.lock_refund(refund_id)
        if not refund.is_in_flight:
            return
        refund.answer_code, refund.answer_message = code[:60], message[:2000]
        events = fail(refund, reason=message)
        following = Refund.objects.create(
            request=refund.request,
            payment=refund.payment,
            student_id=refund.student_id,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            channel=Refund.Channel.MANUAL,
        )
        Payment.objects.filter(pk=refund.payment_id).update(
            refunded_minor=F("refunded_minor") + refund.amount_minor
        )
        crash.point("refund.after_manual_row")
        timeline.record(events)
        open_task(following, "refund_refused", hours=BANK_TRANSFER_WITHIN_HOURS, code=code)
    crash.point("refund.after_refusal")


def conclude_refund(*, refund_id: int, by: AbstractBaseUser, reason: str) -> Refund:
    """
    Let a person decide that a refund whose outcome stayed unknown never happened; its money is free again.

    The bank is asked once more first: if its total holds the money, the refund is settled instead. Raises NotToConclude before an
    hour has passed, or without a reason. Should the money move later after all, it is found at the bank.
    """
    refund = refresh_refund(refund_id=refund_id, asked_by="operator", actor=timeline.Actor.person(by))
    if not refund.is_in_flight:
        return refund
    if not reason.strip():
        raise NotToConclude(_("Write how you know that the money did not move."), field="reason")
    with transaction.atomic():
        refund = records.lock_refund(refund_id)
        if (
            refund.state != Refund.State.UNKNOWN
            or clock.now() < (refund.sent_at or clock.now()) + PERSON_AFTER
        ):
            raise NotToConclude(
                _("Wait for the bank: only an outcome that stays unknown for an hour is decided.")
            )
        timeline.record(fail(refund, reason=reason.strip(), actor=timeline.Actor.person(by)))
    return refund


def fail(refund: Refund, *, reason: str, actor: timeline.Actor = timeline.SYSTEM) -> list[timeline.Event]:
    """Move a refund to FAILED, book it back if it was booked, and free its money; return the events. Needs the lock."""
    before = refund.state
    kind = fsm.timeline_kind(refund.fail, before)
    refund.fail()
    refund.save()
    moved = booking.book_failed(refund) if before in Refund.BOOKED else []
    records.release(refund)
    crash.point("refund.after_release")
    operator_tasks.close_by_facts(key=f"refund_unknown:{refund.pk}", reason="failed")
    return [
        records.event(refund, kind, actor, before=before, reason=reason, code=refund.answer_code),
        *moved,
    ]


def give_back(refund: Refund, *, actor: timeline.Actor) -> list[timeline.Event]:
    """Book that the money is back, move its payment and apply what was decided about access; return the events."""
    booking.book_back(refund)
    crash.point("refund.after_ledger_back")
    events = follow_payment(refund)
    if refund.request is not None:
        events += access_after.apply(request=refund.request, actor=actor)
    crash.point("refund.after_access")
    return events


def follow_payment(refund: Refund) -> list[timeline.Event]:
    """Move the payment to partly or wholly refunded by what is back of it; return the events. Needs the lock."""
    payment = refund.payment
    back = payment.refunds.filter(state__in=Refund.BACK).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    if payment.state not in (Payment.State.VERIFIED, Payment.State.PARTLY_REFUNDED):
        return []  # the card holder disputes it meanwhile: that branch has its own end
    edge = payment.refund_all if back >= payment.captured_minor else payment.refund_partly
    before = payment.state
    kind = fsm.timeline_kind(edge, before)
    edge()
    payment.save(update_fields=["state"])
    return [
        timeline.Event(
            kind=kind,
            student_id=payment.student_id,
            actor=timeline.SYSTEM,
            before={"state": before},
            after={"state": payment.state},
            data={
                "amount_minor": refund.amount_minor,
                "currency": payment.currency,
                "order_number": payment.order_number,
                "refund": refund.pk,
            },
            subject_kind="billing.payment",
            subject_id=payment.pk,
        )
    ]


def open_task(refund: Refund, kind: str, *, hours: int, **data: object) -> None:
    """Put a refund in front of a person, once."""
    operator_tasks.open_task(
        kind=kind,
        key=f"{kind}:{refund.pk}",
        student_id=refund.student_id,
        due_in_hours=hours,
        subject_kind="refunds.refund",
        subject_id=refund.pk,
        data={
            "refund": refund.pk,
            "payment": refund.payment_id,
            "order_number": refund.payment.order_number,
            "amount_minor": refund.amount_minor,
            "currency": refund.currency,
            **data,
        },
    )


def _settle(refund: Refund) -> None:
    before = refund.state
    kind = fsm.timeline_kind(refund.settle, before)
    refund.settle()
    refund.lookups += 1
    refund.save()
    crash.point("refund.after_settled_row")
    actor = timeline.Actor.provider(refund.payment.account.code)
    events = [records.event(refund, kind, actor, before=before)]
    events += give_back(refund, actor=timeline.SYSTEM)
    timeline.record(events)
    operator_tasks.close_by_facts(key=f"refund_unknown:{refund.pk}", reason="settled")


def _wait(refund: Refund) -> None:
    now = clock.now()
    sent_at = refund.sent_at or now
    refund.lookups += 1
    refund.next_lookup_at = _next_lookup_at(sent_at, now)
    if refund.state == Refund.State.SENT and now >= sent_at + ANSWER_IS_DUE:
        _lose_sight(refund)
    else:
        refund.save()
    if refund.state == Refund.State.UNKNOWN and now >= sent_at + PERSON_AFTER:
        open_task(refund, "refund_unknown", hours=24)


def _lose_sight(refund: Refund) -> None:
    before = refund.state
    kind = fsm.timeline_kind(refund.lose_sight, before)
    refund.lose_sight()
    refund.save()
    timeline.record([records.event(refund, kind, timeline.SYSTEM, before=before, code=refund.answer_code)])


def _next_lookup_at(sent_at: dt.datetime, now: dt.datetime) -> dt.datetime:
    later = [sent_at + delay for delay in SCHEDULE if sent_at + delay > now]
    return later[0] if later else now + DAILY
