"""Credit, and money of a closed link: use it, keep it, send it back."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import credits, refund_door
from billing.resolutions import reading
from common import dates, money
from students import timeline
from students.models import OperatorTask
from students.task_types import Field, Resolution


def _targets(task: OperatorTask) -> Sequence[tuple[Any, str]]:
    payment = reading.payment_of(task)
    return [
        (
            target.installment.pk,
            _now("%(course)s, installment %(number)s, due %(day)s: %(amount)s remains")
            % {
                "course": target.installment.invoice.enrollment.group.course.title,
                "number": target.installment.number,
                "day": dates.format_day(target.installment.due_date, reading.language(), short=True),
                "amount": reading.amount(target.remaining_minor, payment.currency),
            },
        )
        for target in credits.targets_of(payment=payment)
    ]


def _preview_allocate(task: OperatorTask, data: reading.Data) -> Sequence[str]:
    payment = reading.payment_of(task)
    credit_minor = credits.credit_of(payment=payment)
    target = next(
        (
            item
            for item in credits.targets_of(payment=payment)
            if item.installment.pk == data.get("installment")
        ),
        None,
    )
    if target is None or credit_minor <= 0:
        raise credits.CreditRefused(
            _now("There is no credit left, or this installment needs no money any more."), field="installment"
        )
    most = min(credit_minor, target.remaining_minor)
    amount = data.get("amount") or most
    if amount > most:
        raise credits.CreditRefused(
            _now("At most %(most)s.") % {"most": reading.amount(most, payment.currency)}, field="amount"
        )
    money.require_payable(amount, payment.currency)
    words = {
        "amount": reading.amount(amount, payment.currency),
        "left": reading.amount(credit_minor - amount, payment.currency),
        "remains": reading.amount(target.remaining_minor - amount, payment.currency),
        "course": target.installment.invoice.enrollment.group.course.title,
        "number": target.installment.number,
    }
    lines = [_now("%(amount)s of the credit stands for installment %(number)s of %(course)s.") % words]
    lines.append(_now("%(remains)s of it remains to be paid; %(left)s stays credit.") % words)
    return [
        *lines,
        _now("The course opens as the plan's rule says; an open link of the installment is cancelled."),
    ]


def _allocate(task: OperatorTask, data: reading.Data, actor: timeline.Actor, reason: str) -> None:
    credits.allocate_credit(
        payment_id=task.subject_id or 0,
        installment_id=data["installment"],
        amount_minor=data.get("amount") or None,
        actor=actor,
        reason=reason,
    )


def _preview_credit(task: OperatorTask, _data: reading.Data) -> Sequence[str]:
    payment = reading.payment_of(task)
    words = {"amount": reading.amount(credits.credit_of(payment=payment), payment.currency)}
    return [
        _now("%(amount)s stays the student's credit. Nothing is booked and nothing opens.") % words,
        _now("It can pay an installment or be sent back at any time."),
    ]


def _refund_address(task: OperatorTask) -> str:
    return refund_door.address_of(payment_id=task.subject_id)


ALLOCATE = Resolution(
    code="allocate",
    label=_("Use it for another installment"),
    permission="billing.allocate_credit",
    fields=(
        Field(name="installment", label=_("Installment"), kind="choice", choices=_targets),
        Field(
            name="amount",
            label=_("Amount"),
            kind="amount",
            required=False,
            currency=lambda task: str(task.data.get("currency") or "AMD"),
            advice=_("Leave it empty to use as much as both allow."),
        ),
    ),
    preview=_preview_allocate,
    apply=_allocate,
    is_offered=lambda task: bool(_targets(task)),
)
KEEP_CREDIT = Resolution(code="keep", label=_("Keep as credit"), preview=_preview_credit)
ASK_REFUND = Resolution(
    code="refund",
    label=_("Ask for a refund"),
    address=_refund_address,
    is_offered=lambda task: bool(_refund_address(task)),
)


def _preview_booked(task: OperatorTask, _data: reading.Data) -> Sequence[str]:
    payment = reading.payment_of(task)
    shares = payment.allocations.select_related("installment__invoice").order_by("pk")
    return [
        _now("%(amount)s stays for installment %(number)s of invoice %(invoice)s.")
        % {
            "amount": reading.amount(share.amount_minor, payment.currency),
            "number": share.installment.number,
            "invoice": share.installment.invoice.number,
        }
        for share in shares
    ]


KEEP_AS_BOOKED = Resolution(code="keep", label=_("Keep it as it is booked"), preview=_preview_booked)
