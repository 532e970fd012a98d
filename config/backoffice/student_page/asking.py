"""What to tell a person who asked the provider about a payment."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Payment
from common import clock


class Outcome(NamedTuple):
    """How to show it (a level of django.contrib.messages), and the sentence."""

    level: int
    sentence: str


State = Payment.State
SENTENCES: dict[str, tuple[int, Any]] = {
    State.CREATED: (
        messages.INFO,
        gettext_lazy("The bank does not know this order yet. We ask again by ourselves."),
    ),
    State.AT_PROVIDER: (
        messages.INFO,
        gettext_lazy("The bank says: not paid yet. We ask again by ourselves."),
    ),
    State.UNKNOWN: (
        messages.WARNING,
        gettext_lazy("The bank gave no clear answer. Nothing is lost: we ask again until it is certain."),
    ),
    State.VERIFIED: (messages.SUCCESS, gettext_lazy("The bank says: paid. The payment is verified.")),
    State.FAILED: (
        messages.WARNING,
        gettext_lazy("The bank says: declined. The student can pay again by the same link."),
    ),
    State.EXPIRED: (
        messages.INFO,
        gettext_lazy("The student never tried to pay, and the bank's page is over."),
    ),
    State.HELD: (
        messages.WARNING,
        gettext_lazy("Money came, but it differs from what was asked. A person decides; see the tasks."),
    ),
    State.PARTLY_REFUNDED: (messages.INFO, gettext_lazy("This payment is verified; a part of it went back.")),
    State.REFUNDED: (messages.INFO, gettext_lazy("This payment went back in full.")),
    State.DISPUTED: (messages.WARNING, gettext_lazy("The card holder disputes this payment at the bank.")),
}


def outcome_of(payment: Payment) -> Outcome:
    """Return what is true about a payment now, and when the next look-up comes if it is still open."""
    level, sentence = SENTENCES[payment.state]
    parts = [_("Order %s.") % payment.order_number, str(sentence)]
    if payment.is_open and payment.next_lookup_at and payment.next_lookup_at > clock.now():
        at = payment.next_lookup_at.astimezone(clock.SCHOOL_ZONE)
        parts.append(_("Next time at %s.") % f"{at:%H:%M:%S}")
    return Outcome(level, " ".join(parts))
