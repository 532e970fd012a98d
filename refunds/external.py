"""
Refunds that somebody made in the bank's own cabinet: a refunded total that ours do not explain.

Such money is recorded and booked like any refund, and a person is asked what it means for the student; access is left as it is.
"""

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from billing.models import Invoice, Payment
from common import clock, crash
from common.errors import DomainError
from refunds import access_after, booking, records, settlement
from refunds.models import Refund
from students import locking, operator_tasks, timeline


class ExternalRefused(DomainError):  # noqa: N818
    """Nothing is to be decided about this refund."""

    code = "external-refund-refused"
    status = 409


AT_PROVIDER = [Refund.State.SETTLED, Refund.State.EXTERNAL]
DECIDE_WITHIN_HOURS = 24


def explained_minor(*, payment_id: int) -> int:
    """Return how much of the bank's refunded total our own records explain, in minor units."""
    rows = Refund.objects.filter(payment_id=payment_id, state__in=AT_PROVIDER)
    return int(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def find_external() -> int:
    """Record what the last look-ups show beyond our own refunds; return how many were found. Safe to repeat."""
    explained = (
        Refund.objects.filter(payment=OuterRef("pk"), state__in=AT_PROVIDER)
        .order_by()
        .values("payment")
        .annotate(sum=Sum("amount_minor"))
        .values("sum")
    )
    drifting = (
        Payment.objects.filter(provider_refunded_minor__gt=0, state__in=Payment.CAPTURED_STATES)
        .annotate(explained=Coalesce(Subquery(explained), 0))
        .filter(provider_refunded_minor__gt=F("explained"))
    )
    return sum(find_for(payment_id=payment_id) for payment_id in drifting.values_list("pk", flat=True))


def find_for(*, payment_id: int) -> bool:
    """
    Record the refund that the last look-up of a payment shows beyond ours; return whether there was one. Safe to repeat.

    While a refund of ours is on its way the total says nothing about others, so that one is waited for.
    """
    student_id = Payment.objects.values_list("student_id", flat=True).get(pk=payment_id)
    with transaction.atomic():
        locking.lock_student(student_id=student_id)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        drift = payment.provider_refunded_minor - explained_minor(payment_id=payment_id)
        if (
            drift <= 0
            or payment.state not in Payment.CAPTURED_STATES
            or payment.refunds.filter(state__in=Refund.IN_FLIGHT).exists()
        ):
            return False
        drift = min(drift, _make_room(payment, drift))
        if drift <= 0:
            return False  # more went back than came: the bank's total is not to be believed, reconciliation shows it
        _record(payment, drift)
    return True


def decide_external(
    *, refund_id: int, still_owed: bool, ends_access: bool, reason: str, actor: timeline.Actor
) -> Refund:
    """
    Say what a refund from the bank's cabinet means: whether the student still owes the money, and whether access ends now.

    Raises ExternalRefused without a reason, for a refund that was not found at a bank, or when somebody decided already.
    """
    with transaction.atomic():
        refund = records.lock_refund(refund_id)
        if refund.state != Refund.State.EXTERNAL:
            raise ExternalRefused(
                _("This refund was not found at a bank; it was decided when it was approved.")
            )
        if refund.explained_at is not None:
            raise ExternalRefused(_("Somebody decided about this refund already."))
        if not reason.strip():
            raise ExternalRefused(_("Write what this refund means."), field="reason")
        refund.explained_at = clock.now()
        refund.save(update_fields=["explained_at"])
        events = [
            records.event(
                refund,
                "refund_explained",
                actor,
                reason=reason.strip(),
                still_owed=still_owed,
                ends_access=ends_access,
            )
        ]
        if still_owed:
            events += booking.book_still_owed(refund)
        if ends_access:
            for invoice in _touched(refund):
                events += access_after.apply_to(
                    invoice=invoice,
                    decision=access_after.Decision.END_NOW,
                    until=None,
                    reason=reason.strip(),
                    actor=actor,
                )
        timeline.record(events)
        operator_tasks.close_by_facts(key=f"external_refund:{refund.pk}", reason="decided")
    return refund


def _touched(refund: Refund) -> list[Invoice]:
    return list(
        Invoice.objects.filter(installments__allocations__reason=f"refund:{refund.pk}")
        .select_related("enrollment__group")
        .order_by("pk")
        .distinct()
    )


def _make_room(payment: Payment, drift: int) -> int:
    """Give up approved refunds that were not sent, newest first, until the money that is gone already fits."""
    waiting = payment.refunds.filter(state=Refund.State.APPROVED).order_by("-id")
    for refund_id in waiting.values_list("pk", flat=True):
        payment.refresh_from_db(fields=["refunded_minor"])
        if payment.captured_minor - payment.refunded_minor >= drift:
            break
        refund = records.lock_refund(refund_id)
        timeline.record(settlement.fail(refund, reason="the money went back in the bank's cabinet"))
        settlement.open_task(refund, "refund_refused", hours=DECIDE_WITHIN_HOURS, code="external")
    payment.refresh_from_db(fields=["refunded_minor"])
    return payment.captured_minor - payment.refunded_minor


def _record(payment: Payment, amount_minor: int) -> None:
    Payment.objects.filter(pk=payment.pk).update(refunded_minor=F("refunded_minor") + amount_minor)
    now = clock.now()
    made = Refund.objects.create(
        payment=payment,
        student_id=payment.student_id,
        amount_minor=amount_minor,
        currency=payment.currency,
        channel=Refund.Channel.EXTERNAL,
        state=Refund.State.EXTERNAL,
        sent_at=now,
        settled_at=now,
    )
    refund = records.lock_refund(made.pk)
    crash.point("refund.after_external_row")
    actor = timeline.Actor.provider(refund.payment.account.code)
    events = [records.event(refund, "refund_external", actor, order_number=payment.order_number)]
    events += booking.book_sent(refund)
    events += settlement.give_back(refund, actor=timeline.SYSTEM)
    timeline.record(events)
    settlement.open_task(refund, "external_refund", hours=DECIDE_WITHIN_HOURS)
