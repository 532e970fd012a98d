"""
Moving a student to another group with the money: one transaction, every number of it shown before (promises 2, 7, 15, 16).

The payments stay where they are, linked to what was asked. What they stand for moves: minus at the old installments, plus at the
new ones; what the new schedule does not need is the student's credit (docs/transfer.md).
"""

from django.db import transaction
from django.utils.translation import gettext as _

from billing import invoicing, link_closing, transfer_access, transfer_books, transfer_plan
from billing.models import Invoice, TransferSettlement
from common import crash
from courses import moving
from courses.models import Enrollment, Transfer
from students import locking, timeline


class ChangedMeanwhile(moving.TransferRefused):
    """The effect is no longer the one that was looked at."""

    code = "changed-meanwhile"


def transfer_student(
    *, enrollment_id: int, group_id: int, reason: str, actor: timeline.Actor, seen: str = ""
) -> TransferSettlement:
    """
    Move an enrollment and its money to another group today, exactly as `transfer_plan.preview_transfer` tells.

    Banks are asked first about open attempts; what is paid for an old link later is accepted and stands as credit. With `seen`,
    the mark of the preview, it raises ChangedMeanwhile if anything differs by now. Raises what the preview raises; a repeat is
    refused and changes nothing.
    """
    for invoice_id in Invoice.objects.filter(enrollment_id=enrollment_id).values_list("pk", flat=True):
        link_closing.ask_about_open_attempts(invoice_id=invoice_id)
    crash.point("transfer.after_questions")
    with transaction.atomic():
        student_id = Enrollment.objects.values_list("student_id", flat=True).get(pk=enrollment_id)
        locking.lock_student(student_id=student_id)
        plan = transfer_plan.preview_transfer(enrollment_id=enrollment_id, group_id=group_id)
        transfer_books.require_settled(invoice=plan.invoice)
        if seen and seen != plan.seen:
            raise ChangedMeanwhile(_("Something changed meanwhile. Look at the effect again, then confirm."))
        transfer = moving.move_student(
            enrollment_id=enrollment_id, group_id=group_id, reason=reason, actor=actor
        )
        crash.point("transfer.after_enrollment")
        timeline.record(
            link_closing.close_links(
                invoice_id=plan.invoice.pk, reason=_("The student moved to another group."), actor=actor
            )
        )
        crash.point("transfer.after_links")
        invoice = invoicing.issue_invoice(
            enrollment_id=transfer.to_enrollment_id,
            actor=actor,
            payer_id=plan.invoice.payer_id,
            price_minor=plan.price_minor,
        )
        crash.point("transfer.after_invoice")
        settlement = _settle(plan, transfer, invoice, actor)
        crash.point("transfer.before_commit")
    crash.point("transfer.after_commit")
    return settlement


def _settle(
    plan: transfer_plan.Plan, transfer: Transfer, invoice: Invoice, actor: timeline.Actor
) -> TransferSettlement:
    moved = transfer_books.carry(plan=plan, transfer=transfer, invoice=invoice, actor=actor)
    crash.point("transfer.after_books")
    events = transfer_access.follow(
        invoice=plan.invoice,
        touched=[part.installment.pk for part in plan.old if part.is_changed],
        case=moved.case,
        paid=moved.paid,
        reason=transfer.reason,
        actor=actor,
    )
    crash.point("transfer.after_access")
    settlement = TransferSettlement.objects.create(
        transfer=transfer,
        old_invoice=plan.invoice,
        new_invoice=invoice,
        currency=plan.currency,
        used_minor=plan.used_minor,
        carried_minor=plan.carried_minor,
        lowered_minor=plan.lowered_minor,
        price_minor=plan.price_minor,
        credit_minor=plan.credit_minor,
    )
    timeline.record([_event(plan, settlement, actor), *moved.events, *events])
    return settlement


def _event(plan: transfer_plan.Plan, settlement: TransferSettlement, actor: timeline.Actor) -> timeline.Event:
    transfer = settlement.transfer
    return timeline.Event(
        kind="transferred",
        student_id=plan.invoice.student_id,
        actor=actor,
        reason=transfer.reason,
        before={"invoice": plan.invoice.number},
        after={"invoice": settlement.new_invoice.number},
        data={
            "transfer": transfer.pk,
            "from_enrollment": transfer.from_enrollment_id,
            "to_enrollment": transfer.to_enrollment_id,
            "day": transfer.day.isoformat(),
            "currency": settlement.currency,
            "used_minor": settlement.used_minor,
            "carried_minor": settlement.carried_minor,
            "lowered_minor": settlement.lowered_minor,
            "price_minor": settlement.price_minor,
            "owed_minor": plan.owed_minor,
            "credit_minor": settlement.credit_minor,
        },
        subject_kind="courses.enrollment",
        subject_id=transfer.to_enrollment_id,
    )
