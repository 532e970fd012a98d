"""The ends that tasks about refunds may have. Each previews its effect in sentences and calls the ordinary verb."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.dateparse import parse_date
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from common import money
from refunds import approval, external, manual, settlement
from refunds.models import Refund
from students import timeline
from students.models import OperatorTask
from students.task_types import Field, Resolution

Data = Mapping[str, Any]


def facts_of(task: OperatorTask) -> Sequence[tuple[Any, Any]]:
    """Return what a person compares before deciding about a refund."""
    refund = _refund(task)
    return [
        (gettext("Refund"), _amount(refund)),
        (gettext("State"), refund.get_state_display()),
        (gettext("Way"), refund.get_channel_display()),
        (gettext("Bank"), refund.payment.account.name),
        (gettext("Order"), refund.payment.order_number),
        (gettext("The bank said"), refund.answer),
    ]


def _refund(task: OperatorTask) -> Refund:
    return Refund.objects.select_related("payment__account", "request").get(pk=task.subject_id)


def _amount(refund: Refund) -> str:
    language = (get_language() or "en").split("-")[0]
    return money.format_money(refund.amount_minor, refund.currency, language)


def _person(actor: timeline.Actor) -> Any:
    return get_user_model()._default_manager.get(pk=actor.user_id or 0)


# An outcome that nobody knows


def _preview_ask(_task: OperatorTask, _data: Data) -> Sequence[str]:
    return [
        gettext(
            "The bank is asked now; nothing is sent again. If its total holds the money, the task closes."
        )
    ]


def _ask(task: OperatorTask, _data: Data, actor: timeline.Actor, _reason: str) -> None:
    settlement.refresh_refund(refund_id=_refund(task).pk, asked_by="operator", actor=actor)


def _preview_never(task: OperatorTask, _data: Data) -> Sequence[str]:
    words = {"amount": _amount(_refund(task))}
    return [
        gettext("The bank is asked once more; if its total holds the money, the refund counts as made."),
        gettext("Otherwise %(amount)s stand again for what they stood for, and the student got nothing.")
        % words,
        gettext("Should the money move later after all, it is found like one from the bank's cabinet."),
    ]


def _never(task: OperatorTask, _data: Data, actor: timeline.Actor, reason: str) -> None:
    settlement.conclude_refund(refund_id=_refund(task).pk, by=_person(actor), reason=reason)


ASK_BANK = Resolution(
    code="ask", label=_("Ask the bank now"), preview=_preview_ask, apply=_ask, by_facts=True
)
NEVER_MOVED = Resolution(
    code="never_moved",
    label=_("The money did not move"),
    permission="refunds.conclude_refund",
    preview=_preview_never,
    apply=_never,
    by_facts=True,
)


# A bank transfer by a person


def _preview_document(task: OperatorTask, data: Data) -> Sequence[str]:
    _document(data)
    return [
        gettext("%(amount)s count as sent from the school's account.") % {"amount": _amount(_refund(task))},
        gettext("Access becomes what was decided, and the student is told by e-mail."),
    ]


def _enter(task: OperatorTask, data: Data, actor: timeline.Actor, _reason: str) -> None:
    manual.enter_manual_refund(refund_id=_refund(task).pk, by=_person(actor), **_document(data))


def _document(data: Data) -> dict[str, Any]:
    number = str(data.get("document_number") or "")
    try:
        day = parse_date(str(data.get("document_date") or "").strip())
    except ValueError:
        day = None
    if day is None:
        raise manual.ManualRefundRefused(
            gettext("Write the day of the document like 2026-11-22."), field="document_date"
        )
    return {"document_number": number, "document_date": day}


def _preview_withdraw(task: OperatorTask, _data: Data) -> Sequence[str]:
    words = {"amount": _amount(_refund(task))}
    return [gettext("%(amount)s stay with the school; what they stand for does not change.") % words]


def _withdraw(task: OperatorTask, _data: Data, actor: timeline.Actor, reason: str) -> None:
    approval.withdraw_refund(refund_id=_refund(task).pk, by=_person(actor), reason=reason)


def _is_waiting(task: OperatorTask) -> bool:
    return _refund(task).state == Refund.State.APPROVED


ENTER_DOCUMENT = Resolution(
    code="enter",
    label=_("It was sent by bank transfer"),
    permission="refunds.enter_manual_refund",
    fields=[
        Field(name="document_number", label=_("Document number"), kind="text"),
        Field(
            name="document_date",
            label=_("Document date"),
            kind="text",
            advice=_("Write it like 2026-11-22."),
        ),
    ],
    preview=_preview_document,
    apply=_enter,
    is_offered=_is_waiting,
)
WITHDRAW = Resolution(
    code="withdraw",
    label=_("Take the refund back"),
    permission="refunds.withdraw_refund",
    preview=_preview_withdraw,
    apply=_withdraw,
    is_offered=_is_waiting,
)
SEEN = Resolution(
    code="seen",
    label=_("Nothing more is to be done"),
    permission="refunds.approve_refund",
    preview=lambda _task, _data: [gettext("The refund failed, and its money is where it was.")],
    is_offered=lambda task: not _is_waiting(task),
)


# Found at the bank


def _preview_external(*, still_owed: bool, ends_access: bool) -> Any:
    def preview(task: OperatorTask, _data: Data) -> Sequence[str]:
        words = {"amount": _amount(_refund(task))}
        return [
            gettext("The student owes %(amount)s again.") % words
            if still_owed
            else gettext("The student does not owe %(amount)s any more.") % words,
            gettext("Access that rests on this money ends now.")
            if ends_access
            else gettext("Access stays as it is."),
        ]

    return preview


def _decide_external(*, still_owed: bool, ends_access: bool) -> Any:
    def apply(task: OperatorTask, _data: Data, actor: timeline.Actor, reason: str) -> None:
        external.decide_external(
            refund_id=_refund(task).pk,
            still_owed=still_owed,
            ends_access=ends_access,
            reason=reason,
            actor=actor,
        )

    return apply


def _external(code: str, label: Any, *, still_owed: bool, ends_access: bool) -> Resolution:
    return Resolution(
        code=code,
        label=label,
        permission="refunds.approve_refund",
        preview=_preview_external(still_owed=still_owed, ends_access=ends_access),
        apply=_decide_external(still_owed=still_owed, ends_access=ends_access),
    )


AGREED = _external("agreed", _("Agreed, access stays"), still_owed=False, ends_access=False)
AGREED_AND_ENDS = _external("agreed_ends", _("Agreed, access ends now"), still_owed=False, ends_access=True)
STILL_OWED = _external("still_owed", _("The student still owes it"), still_owed=True, ends_access=False)
