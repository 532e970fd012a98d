"""
A discount: what is still owed of an invoice becomes less, for a reason, visible beside the full price (promise 7).

It lowers open installments alone, each in proportion to what remains of it; what is paid stays paid. Links that ask for the old
sums are replaced. A course for nothing is no discount but a free place (docs/access.md).
"""

import functools
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from access import grants
from billing import allocation, balances, entitlement, ledger, link_closing
from billing.discount_plan import DiscountRefused, Plan, preview_discount
from billing.models import Adjustment, Discount, Installment, Invoice
from common import clock, crash
from students import locking, timeline

Account = ledger.Account


class ChangedMeanwhile(DiscountRefused):
    """The effect is no longer the one that was looked at."""

    code = "changed-meanwhile"
    status = 409


def give_discount(
    *,
    invoice_id: int,
    ground: str,
    reason: str,
    actor: timeline.Actor,
    percent: int | None = None,
    amount_minor: int | None = None,
    seen: str = "",
) -> Discount:
    """
    Lower what is owed of an invoice, exactly as `discount_plan.preview_discount` tells; return the discount.

    Banks are asked first about open attempts; what is paid for an old link later is accepted and stands as credit. With `seen`,
    the mark of the preview, it raises ChangedMeanwhile if anything differs by now. Raises DiscountRefused without a reason, and
    what the preview raises. Not safe to repeat without `seen`: each call gives another discount.
    """
    if not reason.strip():
        raise DiscountRefused(_("Write why the discount is given."), field="reason")
    link_closing.ask_about_open_attempts(invoice_id=invoice_id)
    crash.point("discount.after_questions")
    with transaction.atomic():
        student_id = _lock(invoice_id)
        plan = preview_discount(invoice_id=invoice_id, percent=percent, amount_minor=amount_minor)
        if seen and seen != plan.seen:
            raise ChangedMeanwhile(_("Something changed meanwhile. Look at the effect again, then confirm."))
        discount = Discount.objects.create(
            invoice=plan.invoice,
            ground=ground,
            percent=percent,
            amount_minor=plan.amount_minor,
            reason=reason.strip(),
            given_by_id=actor.user_id,
        )
        _adjust(discount, [(part.line.installment, part.lowered_minor) for part in plan.parts], actor)
        crash.point("discount.after_rows")
        _post(discount, plan, student_id)
        crash.point("discount.after_ledger")
        events = [_event(discount, "discount_given", student_id, actor, discount.reason)]
        events += link_closing.close_links(
            invoice_id=invoice_id, reason=_("The price was lowered."), actor=actor
        )
        timeline.record([*events, *_open_what_is_reached(plan.invoice, actor)])
        crash.point("discount.before_commit")
    return discount


def withdraw_discount(*, discount_id: int, reason: str, actor: timeline.Actor) -> Discount:
    """
    Take a discount back: what it lowered is owed again; return it. Access that is open stays open.

    Raises DiscountRefused without a reason, for one that was taken back before, and where an installment that it lowered is no
    longer owed: what was paid at the lower price stays so.
    """
    if not reason.strip():
        raise DiscountRefused(_("Write why the discount is taken back."), field="reason")
    invoice_id = Discount.objects.values_list("invoice_id", flat=True).get(pk=discount_id)
    link_closing.ask_about_open_attempts(invoice_id=invoice_id)
    with transaction.atomic():
        student_id = _lock(invoice_id)
        discount = Discount.objects.select_for_update(no_key=True, of=("self",)).get(pk=discount_id)
        if discount.withdrawn_at:
            raise DiscountRefused(_("This discount was taken back before."))
        lowered = list(Adjustment.objects.filter(reason=discount.amounts).select_related("installment"))
        if not all(note.installment and note.installment.is_open for note in lowered):
            raise DiscountRefused(
                _("A part of it is paid at the lower price, or not owed any more. It cannot be taken back.")
            )
        _adjust(discount, [(note.installment, -note.amount_minor) for note in lowered], actor, "withdrawn")
        ledger.reverse(key=discount.amounts, kind="discount_withdrawn")
        discount.withdrawn_at, discount.withdrawn_by_id = clock.now(), actor.user_id
        discount.withdrawn_reason = reason.strip()
        discount.save()
        crash.point("discount.after_withdrawal")
        events = [_event(discount, "discount_withdrawn", student_id, actor, reason.strip())]
        events += link_closing.close_links(
            invoice_id=invoice_id, reason=_("The price was raised again."), actor=actor
        )
        timeline.record(events)
    return discount


def _lock(invoice_id: int) -> int:
    student_id: int = Invoice.objects.values_list("student_id", flat=True).get(pk=invoice_id)
    locking.lock_student(student_id=student_id)
    return student_id


def _adjust(
    discount: Discount, shares: Sequence[tuple[Installment | None, int]], actor: timeline.Actor, end: str = ""
) -> None:
    Adjustment.objects.bulk_create(
        Adjustment(
            invoice_id=discount.invoice_id,
            installment=installment,
            kind=Adjustment.Kind.DISCOUNT,
            amount_minor=amount_minor,
            reason=f"{discount.amounts}:{end}" if end else discount.amounts,
            made_by_id=actor.user_id,
        )
        for installment, amount_minor in shares
    )


def _post(discount: Discount, plan: Plan, student_id: int) -> None:
    line = functools.partial(ledger.Line, currency=plan.invoice.currency, invoice_id=plan.invoice.pk)
    lines = []
    for part in plan.parts:
        of_part = functools.partial(line, installment_id=part.line.installment.pk)
        lines.append(of_part(account=Account.ADJUSTMENTS, amount_minor=part.lowered_minor))
        lines.append(of_part(account=Account.RECEIVABLE, amount_minor=-part.lowered_minor))
    ledger.post(key=discount.amounts, kind="discount_given", student_id=student_id, lines=lines)


def _open_what_is_reached(invoice: Invoice, actor: timeline.Actor) -> list[timeline.Event]:
    """Where a share of the price opens, a lower price may have been reached by what is paid already."""
    rule = entitlement.rule_of(invoice.access_rule_version)
    if not rule.asks_for_a_share or invoice.plan_version.manual_review:
        return []
    schedule = [
        allocation.Line(line.installment, line.paid_minor, line.adjusted_minor)
        for line in balances.schedule_of(invoice_id=invoice.pk)
    ]
    touched = entitlement.parts_to_open(rule=rule, schedule=schedule, touched=set())
    if not any(line.paid_minor for line in schedule):
        return []
    return grants.give_grounds(
        student_id=invoice.student_id,
        course_id=invoice.enrollment.group.course_id,
        enrollment_id=invoice.enrollment_id,
        grounds=entitlement.grounds_of(
            rule=rule,
            schedule=schedule,
            touched=touched,
            paid_at=clock.now(),
            pauses=entitlement.pauses_of(enrollment_id=invoice.enrollment_id),
        ),
        actor=actor,
    )


def _event(
    discount: Discount, kind: str, student_id: int, actor: timeline.Actor, reason: str
) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=student_id,
        actor=actor,
        reason=reason,
        data={
            "ground": discount.ground,
            "amount_minor": discount.amount_minor,
            "currency": discount.invoice.currency,
            "invoice": discount.invoice.number,
        },
        subject_kind="billing.invoice",
        subject_id=discount.invoice_id,
    )
