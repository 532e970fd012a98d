"""What the calendar changes by itself: installments fall due and become overdue, links expire."""

import logging

from django.db import transaction

from billing import links, lookup
from billing.models import Installment, Payment, PaymentLink
from common import clock, crash, fsm
from students import set_changes, timeline

log = logging.getLogger(__name__)

EXPIRY_BATCH = 200


def mark_due() -> int:
    """Mark the installments whose due date is reached; return how many. Safe to repeat."""
    due = Installment.objects.filter(due_date__lte=clock.today(), invoice__cancelled_at__isnull=True)
    return set_changes.apply_to_set(due, Installment.fall_due, student="invoice__student_id")


def mark_overdue() -> int:
    """Mark the installments whose grace is over while something remains; return how many. Safe to repeat."""
    late = Installment.objects.filter(grace_date__lt=clock.today(), invoice__cancelled_at__isnull=True)
    return set_changes.apply_to_set(late, Installment.become_overdue, student="invoice__student_id")


def expire_links() -> int:
    """
    Expire the active links whose time is over; return how many.

    Every open attempt of a link is looked up first, outside the transaction: money that is there already pays the link. A link
    with an attempt still open at a bank whose session lasts waits for its end. A link that cannot be expired does not hold up the
    others: what it raised is raised at the end. Safe to repeat and to run twice at once.
    """
    expired, failures = 0, []
    for link_id in _over():
        try:
            expired += expire_link(link_id=link_id)
        except Exception as error:
            log.exception("link %s could not be expired and is tried again", link_id)
            failures.append(error)
    if failures:
        raise ExceptionGroup("some links could not be expired", failures)
    return expired


def expire_link(*, link_id: int) -> bool:
    """Expire one link whose time is over, asking the banks first; return whether it expired now. Safe to repeat."""
    lookup.refresh_open_attempts(link_id=link_id, asked_by="expiry")
    with transaction.atomic():
        link = links.lock_link(link_id=link_id)
        if link.state != PaymentLink.State.ACTIVE or link.expires_at > clock.now() or _is_being_paid(link):
            return False
        kind = fsm.timeline_kind(link.expire, link.state)
        link.expire()
        crash.point("expire_link.before_save")
        link.save()
        timeline.record([links.event(link, kind, timeline.SYSTEM)])
        crash.point("expire_link.before_commit")
    return True


def _over() -> list[int]:
    return list(
        PaymentLink.objects.filter(state=PaymentLink.State.ACTIVE, expires_at__lte=clock.now())
        .order_by("expires_at", "id")
        .values_list("pk", flat=True)[:EXPIRY_BATCH]
    )


def _is_being_paid(link: PaymentLink) -> bool:
    return link.payments.filter(state__in=Payment.OPEN_STATES, session_ends_at__gt=clock.now()).exists()
