"""An order that we do not know: it stands in the books by now, or it is not ours."""

from collections.abc import Sequence

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import unknown_orders
from billing.models import Payment
from billing.resolutions import reading
from common.errors import DomainError
from students import timeline
from students.models import OperatorTask
from students.task_types import Field, Resolution


class StillUnknown(DomainError):  # noqa: N818
    """The order that was named is not among our payments."""

    code = "still-unknown"


def _preview_recorded(task: OperatorTask, data: reading.Data) -> Sequence[str]:
    payment = _recorded(task, data)
    return [
        _now("The money stands in our books as order %(order)s at %(account)s.")
        % {"order": payment.order_number, "account": payment.account.name}
    ]


def _recorded(_task: OperatorTask, data: reading.Data) -> Payment:
    text = str(data.get("order", "")).strip()
    payments = Payment.objects.select_related("account").filter(state__in=Payment.CAPTURED_STATES)
    found = payments.filter(provider_ref__in=[text, text.upper()]).exclude(provider_ref="").first()
    if found is None and text.isascii() and text.isdigit() and len(text) < 11:
        found = payments.filter(order_number=int(text)).first()
    if found is None:
        raise StillUnknown(
            _now("No verified payment of ours has this order or document number."), field="order"
        )
    return found


def _note_recorded(task: OperatorTask, data: reading.Data, _actor: timeline.Actor, _reason: str) -> None:
    _recorded(task, data)


ORDER_RECORDED = Resolution(
    code="recorded",
    label=_("It is ours and stands in the books now"),
    permission=reading.DECIDES,
    fields=(
        Field(
            name="order",
            label=_("Order or document number in our books"),
            kind="text",
            advice=_("For example the document under which a cashier entered the money."),
        ),
    ),
    preview=_preview_recorded,
    apply=_note_recorded,
)
ORDER_NOT_OURS = Resolution(
    code="not_ours",
    label=_("Not our order"),
    permission=reading.DECIDES,
    preview=lambda _task, _data: [_now("Nothing is booked. The same order asks nobody again.")],
    is_offered=lambda task: unknown_orders.find_payment(task) is None,
)
