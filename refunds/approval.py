"""Asking for a refund, and another person's decision about it. Nothing is stored that the rules refuse."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from billing.models import Payment
from billing.tasks import wake
from common import clock, crash, fsm
from refunds import manual, preview, records, settlement, sources, tasks, wishes
from refunds.models import Refund, RefundRequest
from refunds.wishes import RefundRefused
from students import locking, timeline

Decision = RefundRequest.AccessDecision
TRANSFER_WITHIN_HOURS = 48


def request_refund(
    *,
    student_id: int,
    invoice_id: int | None,
    amount_minor: int,
    reason: str,
    by: AbstractBaseUser,
    payment_id: int | None = None,
    currency: str = "AMD",
    change_reason: str = "",
    school_cancels: bool = False,
    keep_owed: bool = False,
    prefer_cancel: bool = False,
    access_decision: str = Decision.KEEP,
    access_until: dt.date | None = None,
    key: str | None = None,
) -> RefundRequest:
    """
    Write down the wish to send `amount_minor` back; another person decides about it. Moves no money.

    `invoice_id` None asks for credit, money that stands for nothing; `payment_id` takes from that payment only. Raises
    RefundRefused or BadAmount with the limit, and then nothing is stored. Repeating with the same `key` returns what it asked
    for the first time; without a key it asks once more.
    """
    with transaction.atomic():
        locking.lock_student(student_id=student_id)
        if key and (known := _known(key, student_id, by)):
            return known
        wish = wishes.Wish(
            student_id=student_id,
            invoice_id=invoice_id,
            amount_minor=amount_minor,
            reason=reason.strip(),
            payment_id=payment_id,
            currency=currency,
            change_reason=change_reason.strip(),
            school_cancels=school_cancels,
            keep_owed=keep_owed and invoice_id is not None,
            prefer_cancel=prefer_cancel,
            access_decision=access_decision,
            access_until=access_until if access_decision == Decision.SHORTEN else None,
        )
        request = _store(wish, by, key)
        timeline.record([_event(request, "refund_requested", by, reason=request.reason)])
    return request


def approve_refund(*, request_id: int, by: AbstractBaseUser, reason: str = "") -> RefundRequest:
    """
    Agree to a refund: its money is reserved on the payments it is taken from, newest first, and sending may begin.

    Raises RefundRefused when it is decided already, when the asker approves, above the policy's limit without the right, or when
    less is left meanwhile. A second approval changes nothing and says so.
    """
    with transaction.atomic():
        request = _lock(request_id)
        _require_other_person(request, by)
        takes = _takes(request)
        above = preview.is_above_limit(
            invoice=request.invoice, takes=takes, amount_minor=request.amount_minor
        )
        if above and not _may_approve_large(by):
            raise RefundRefused(
                _("A refund above the limit of the policy is approved by an administrator only.")
            )
        refunds = _reserve(request, takes)
        crash.point("refund.after_reserve")
        kind = fsm.timeline_kind(request.approve, request.state)
        request.approve(by_id=by.pk, reason=reason.strip())
        request.save()
        timeline.record([_event(request, kind, by, reason=reason, refunds=[item.pk for item in refunds])])
        for refund in refunds:
            if refund.channel == Refund.Channel.PROVIDER:
                wake(tasks.send_refund, refund_id=refund.pk)
            else:
                settlement.open_task(refund, "refund_by_transfer", hours=TRANSFER_WITHIN_HOURS)
    return request


def reject_refund(*, request_id: int, by: AbstractBaseUser, reason: str) -> RefundRequest:
    """Say no to a refund, with a reason. Raises RefundRefused when it is decided already or the asker decides."""
    with transaction.atomic():
        request = _lock(request_id)
        _require_other_person(request, by)
        if not reason.strip():
            raise RefundRefused(_("Write why the refund is rejected."), field="reason")
        kind = fsm.timeline_kind(request.reject, request.state)
        request.reject(by_id=by.pk, reason=reason.strip())
        request.save()
        timeline.record([_event(request, kind, by, reason=reason)])
    return request


def withdraw_refund(*, refund_id: int, by: AbstractBaseUser, reason: str) -> Refund:
    """Take back an approved refund that nobody sent; its money is free again. Raises RefundRefused once it was sent."""
    with transaction.atomic():
        refund = records.lock_refund(refund_id)
        if refund.state != Refund.State.APPROVED:
            raise RefundRefused(_("This refund was sent or decided already; it cannot be taken back."))
        if not reason.strip():
            raise RefundRefused(_("Write why the refund is taken back."), field="reason")
        kind = fsm.timeline_kind(refund.withdraw, refund.state)
        before = refund.state
        refund.withdraw()
        refund.save()
        records.release(refund)
        manual.close_tasks(refund_id=refund.pk, reason="taken back")
        timeline.record(
            [records.event(refund, kind, timeline.Actor.person(by), before=before, reason=reason.strip())]
        )
    return refund


def _store(wish: wishes.Wish, by: AbstractBaseUser, key: str | None) -> RefundRequest:
    invoice, suggested = wishes.check(wish)
    facts = {**dataclasses.asdict(wish), "currency": invoice.currency if invoice else wish.currency}
    return RefundRequest.objects.create(
        **facts,
        suggested_minor=suggested.amount_minor,
        suggestion=[
            {"code": line.code, "amount_minor": line.amount_minor, "data": dict(line.data)}
            for line in suggested.lines
        ],
        policy_version=invoice.refund_policy_version if invoice else None,
        requested_by_id=by.pk,
        key=key or None,
    )


def _takes(request: RefundRequest) -> list[sources.Take]:
    """Return what is taken from which payment now, under their locks. Raises RefundRefused when less is left."""
    found = preview.found_money(
        student_id=request.student_id,
        payment_id=request.payment_id,
        currency=request.currency,
        lock=True,
    )
    available = sum(item.available_minor(request.invoice_id) for item in found)
    wishes.require_within(
        amount_minor=request.amount_minor, available_minor=available, currency=request.currency
    )
    return sources.takes(found=found, invoice_id=request.invoice_id, amount_minor=request.amount_minor)


def _reserve(request: RefundRequest, takes: Sequence[sources.Take]) -> list[Refund]:
    refunds = []
    for take in takes:
        Payment.objects.filter(pk=take.payment.pk).update(
            refunded_minor=F("refunded_minor") + take.amount_minor
        )
        refunds.append(
            Refund.objects.create(
                request=request,
                payment=take.payment,
                student_id=request.student_id,
                amount_minor=take.amount_minor,
                currency=request.currency,
                channel=take.channel,
                next_lookup_at=clock.now() if take.channel == Refund.Channel.PROVIDER else None,
            )
        )
    return refunds


def _known(key: str, student_id: int, by: AbstractBaseUser) -> RefundRequest | None:
    known = RefundRequest.objects.filter(key=key).first()
    if known is not None and (known.student_id, known.requested_by_id) != (student_id, by.pk):
        raise RefundRefused(_("This form was used for something else: open it again."))
    return known


def _lock(request_id: int) -> RefundRequest:
    student_id = RefundRequest.objects.values_list("student_id", flat=True).get(pk=request_id)
    locking.lock_student(student_id=student_id)
    RefundRequest.objects.select_for_update(no_key=True).get(pk=request_id)
    request = RefundRequest.objects.select_related(
        "requested_by", "decided_by", "invoice__refund_policy_version"
    ).get(pk=request_id)
    if request.state != RefundRequest.State.REQUESTED:
        raise RefundRefused(
            _("%(person)s decided about this refund already.") % {"person": _name(request.decided_by)}
        )
    return request


def _require_other_person(request: RefundRequest, by: AbstractBaseUser) -> None:
    if by.pk == request.requested_by_id:
        raise RefundRefused(
            _("%(person)s asked for this refund; another person decides about it.")
            % {"person": _name(request.requested_by)}
        )


def _name(person: Any) -> str:
    return str(person.get_full_name() or person.get_username())


def _may_approve_large(by: Any) -> bool:
    return bool(by.has_perm("refunds.approve_large_refund"))


def _event(
    request: RefundRequest, kind: str, by: AbstractBaseUser, *, reason: str, **data: Any
) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=request.student_id,
        actor=timeline.Actor.person(by),
        reason=reason.strip(),
        before={"state": RefundRequest.State.REQUESTED} if kind != "refund_requested" else None,
        after={"state": request.state},
        data={
            "amount_minor": request.amount_minor,
            "suggested_minor": request.suggested_minor,
            "currency": request.currency,
            "invoice": request.invoice_id,
            "access": request.access_decision,
            **data,
        },
        subject_kind="refunds.refundrequest",
        subject_id=request.pk,
    )
