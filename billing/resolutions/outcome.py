"""An outcome that nobody tells: ask the bank again, or say what its cabinet shows."""

from collections.abc import Sequence

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import lookup, unknown
from billing.resolutions import reading
from students import timeline
from students.models import OperatorTask
from students.task_types import Resolution


def _ask_bank(task: OperatorTask, _data: reading.Data, actor: timeline.Actor, _reason: str) -> None:
    lookup.refresh_payment(payment_id=task.subject_id or 0, asked_by="operator", actor=actor)


def _preview_not_paid(_task: OperatorTask, _data: reading.Data) -> Sequence[str]:
    return [
        _now("The payment counts as declined; the month is not blocked by it any more."),
        _now("If the bank reports money after all, it is accepted and the course opens."),
    ]


def _declare(task: OperatorTask, _data: reading.Data, actor: timeline.Actor, reason: str) -> None:
    unknown.declare_not_paid(payment_id=task.subject_id or 0, reason=reason, actor=actor)


ASK_BANK = Resolution(
    code="ask",
    label=_("Ask the bank now"),
    permission="billing.ask_provider",
    preview=lambda _task, _data: [
        _now("The bank is asked at once. If it knows, the task closes by itself; if not, it stays.")
    ],
    apply=_ask_bank,
    by_facts=True,
)
DECLARE_NOT_PAID = Resolution(
    code="not_paid",
    label=_("The cabinet shows no money"),
    permission=reading.DECIDES,
    preview=_preview_not_paid,
    apply=_declare,
)
