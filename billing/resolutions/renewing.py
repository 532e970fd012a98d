"""A student asked for a new link: make it, or say why not."""

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import links, own_link, renewal
from billing.models import PaymentLink
from billing.resolutions import reading
from students import timeline
from students.models import OperatorTask
from students.task_types import Resolution


def _make(task: OperatorTask, _data: reading.Data, actor: timeline.Actor, _reason: str) -> None:
    owed = _owed(task)
    if not owed:
        raise links.NothingDue(_now("Nothing remains to be paid here."))
    if renewal.open_link_of(owed) is None:
        links.create_payment_link(installment_ids=owed, actor=actor)


def _owed(task: OperatorTask) -> list[int]:
    if task.subject_kind == own_link.PART:
        return [task.subject_id or 0]
    return renewal.still_owed(PaymentLink.objects.get(pk=task.subject_id))


MAKE_LINK = Resolution(
    code="make_link",
    label=_("Make a new link"),
    permission="billing.add_paymentlink",
    preview=lambda _task, _data: [
        _now(
            "A new link asks for what is still owed. Send it from the student's page; the old address leads to it."
        ),
    ],
    apply=_make,
)
NO_LINK = Resolution(
    code="no_link",
    label=_("Give no new link"),
    preview=lambda _task, _data: [
        _now("What is owed stays owed. Write down what was agreed with the student.")
    ],
)
