"""The active links of an invoice, closed together because what they ask is not what is owed any more."""

from django.db.models import QuerySet

from billing import links, lookup
from billing.models import PaymentLink
from common import fsm
from students import timeline


def ask_about_open_attempts(*, invoice_id: int) -> None:
    """Ask the banks about the open attempts of an invoice's active links. Safe to repeat; never inside a transaction."""
    for link_id in _active(invoice_id).values_list("pk", flat=True):
        lookup.refresh_open_attempts(link_id=link_id, asked_by="operator")


def close_links(*, invoice_id: int, reason: str, actor: timeline.Actor) -> list[timeline.Event]:
    """Close the active links of an invoice, others take their place; return the events to record. Needs the student's lock."""
    events = []
    for link in _active(invoice_id).select_for_update(no_key=True).order_by("pk"):
        kind = fsm.timeline_kind(link.supersede, link.state)
        link.supersede(reason=reason)
        link.save()
        events.append(links.event(link, kind, actor, reason=reason))
    return events


def _active(invoice_id: int) -> QuerySet[PaymentLink]:
    return PaymentLink.objects.filter(invoice_id=invoice_id, state=PaymentLink.State.ACTIVE)
