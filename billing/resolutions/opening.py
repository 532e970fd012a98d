"""Money that is here and a course that is closed: open it, confirm a review, or leave it closed."""

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import reviews, unopened
from billing.resolutions import reading
from students import timeline
from students.models import OperatorTask
from students.task_types import Resolution


def _open_now(task: OperatorTask, _data: reading.Data, actor: timeline.Actor, reason: str) -> None:
    unopened.open_access(installment_id=task.subject_id or 0, reason=reason, actor=actor)


OPEN_NOW = Resolution(
    code="open",
    label=_("Open the course now"),
    preview=lambda _task, _data: [_now("The course opens for the paid days, as the plan's rule says.")],
    apply=_open_now,
)
LEAVE_CLOSED = Resolution(
    code="leave",
    label=_("Leave it closed"),
    permission="billing.confirm_review",
    preview=lambda _task, _data: [_now("The course stays closed although its days are paid.")],
)


def _review(verb: Any) -> Any:
    def apply(task: OperatorTask, _data: reading.Data, actor: timeline.Actor, reason: str) -> None:
        verb(payment_id=task.subject_id or 0, reason=reason, actor=actor)

    return apply


CONFIRM = Resolution(
    code="confirm",
    label=_("Confirm, let the course open"),
    permission="billing.confirm_review",
    preview=lambda task, _data: [
        _now("%(course)s opens as the plan's rule says.") % {"course": reading.payment_of(task).course.title},
        _now("The money stays as it is booked."),
    ],
    apply=_review(reviews.confirm_review),
)
DECLINE = Resolution(
    code="decline",
    label=_("Leave the course closed"),
    permission="billing.confirm_review",
    preview=lambda _task, _data: [
        _now("The course stays closed. The money stays as it is booked until a refund is asked for.")
    ],
    apply=_review(reviews.decline_review),
)
