"""How far a whole refund is, from its request and the parts that carry it out, as word, tone and icon."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from common import state_look
from refunds.models import Refund, RefundRequest

Look = dict[str, str]
State = Refund.State


def look_of(request: RefundRequest, parts: Sequence[Refund]) -> Look:
    """Return how a request stands; of parts that stand differently the one that needs a person most is told."""
    if request.state != RefundRequest.State.APPROVED:
        look = state_look.look_of(model="refundrequest", value=request.state)
        return {"word": request.get_state_display(), "tone": look.tone, "icon": look.icon}
    states = {part.state for part in parts}
    if State.UNKNOWN in states:
        return {"word": _("outcome unknown"), "tone": "warn", "icon": "question"}
    if any(part.state == State.APPROVED and part.channel == Refund.Channel.MANUAL for part in parts):
        return {"word": _("to be sent by bank transfer"), "tone": "warn", "icon": "bank"}
    if states & {State.APPROVED, State.SENT}:
        return {"word": _("on its way"), "tone": "wait", "icon": "bank"}
    if states & set(Refund.BACK):
        return {"word": _("money is back"), "tone": "good", "icon": "check"}
    if State.REJECTED in states:
        return {"word": _("taken back"), "tone": "mute", "icon": "stop"}
    return {"word": _("nothing moved"), "tone": "bad", "icon": "cross"}
