"""Held money: accept the difference, keep it as credit, not ours."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import held, holds
from billing.models import HoldDecision
from billing.resolutions import reading
from students import timeline
from students.models import OperatorTask
from students.task_types import Resolution


def _preview_accept(task: OperatorTask, _data: reading.Data) -> Sequence[str]:
    payment = reading.payment_of(task)
    if why := held.why_not_ours_only(payment=payment):
        raise held.HoldRefused(why)
    came, asked = holds.held_of(payment=payment).amount_minor, payment.amount_minor
    words = {
        "came": reading.amount(came, payment.currency),
        "asked": reading.amount(asked, payment.currency),
        "gap": reading.amount(abs(asked - came), payment.currency),
    }
    lines = [_now("%(came)s is accepted as this payment; %(asked)s was asked.") % words]
    if came < asked:
        lines.append(_now("%(gap)s remains to be paid; it needs a link of its own.") % words)
    if came > asked:
        lines.append(_now("%(gap)s becomes the student's credit.") % words)
    return [*lines, _now("The course opens as the plan's rule says.")]


def _preview_keep(task: OperatorTask, _data: reading.Data) -> Sequence[str]:
    payment = reading.payment_of(task)
    if why := held.why_not_ours_only(payment=payment):
        raise held.HoldRefused(why)
    words = {"came": reading.amount(holds.held_of(payment=payment).amount_minor, payment.currency)}
    return [
        _now("%(came)s becomes the student's credit.") % words,
        _now("It pays no installment and opens no course; its link stays as it is."),
    ]


def _preview_not_ours(task: OperatorTask, _data: reading.Data) -> Sequence[str]:
    came = holds.held_of(payment=reading.payment_of(task))
    return [
        _now("%(came)s leaves our books; the payment counts as declined.")
        % {"came": reading.amount(came.amount_minor, came.currency)},
        _now(
            "Nothing is sent back by this. If the bank took money, send it back in the bank's cabinet first."
        ),
        _now("If the bank later reports exactly what was asked, the payment is accepted all the same."),
    ]


def _decide(decision: str) -> Any:
    def apply(task: OperatorTask, _data: reading.Data, actor: timeline.Actor, reason: str) -> None:
        held.resolve_held_payment(
            payment_id=task.subject_id or 0, decision=decision, reason=reason, actor=actor
        )

    return apply


ACCEPT_DIFFERENCE = Resolution(
    code="accept",
    label=_("Accept the difference"),
    permission=reading.DECIDES,
    preview=_preview_accept,
    apply=_decide(HoldDecision.Decision.ACCEPT),
    is_offered=lambda task: task.data.get("expected_currency") == task.data.get("reported_currency"),
)
KEEP_HELD = Resolution(
    code="keep",
    label=_("Keep as credit"),
    permission=reading.DECIDES,
    preview=_preview_keep,
    apply=_decide(HoldDecision.Decision.CREDIT),
    is_offered=ACCEPT_DIFFERENCE.is_offered,
)
NOT_OURS = Resolution(
    code="not_ours",
    label=_("Not our money"),
    permission=reading.DECIDES,
    preview=_preview_not_ours,
    apply=_decide(HoldDecision.Decision.NOT_OURS),
)
