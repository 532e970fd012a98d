"""What the clock starts. Each task finds its work in rows, so that a lost message costs a minute and nothing else."""

import logging

from celery import shared_task
from django.db import transaction

from common import clock
from refunds import external, mail, sending, settlement
from refunds.models import Refund

log = logging.getLogger(__name__)

AT_ONCE = 200  # refunds that one run takes up


@shared_task
def send_refund(*, refund_id: int) -> None:
    """Send one approved refund now."""
    sending.send_refund(refund_id=refund_id)


@shared_task
def work_on_refunds() -> int:
    """Send approved refunds and ask about those on their way, each when its time has come."""
    return take_steps()


@shared_task
def find_external_refunds() -> int:
    """Record refunds that were made in a bank's own cabinet."""
    return external.find_external()


@shared_task
def tell_students() -> int:
    """Tell students about money that is back."""
    return mail.tell_students()


def take_steps() -> int:
    """
    Take the next step of each refund whose time has come; return how many. Safe to run in several processes at once.

    A refund that raises does not hold up the others: what was raised is raised at the end.
    """
    done, failures = 0, []
    while done < AT_ONCE and (claimed := _claim()):
        refund_id, state = claimed
        done += 1
        try:
            if state == Refund.State.APPROVED:
                sending.send_refund(refund_id=refund_id)
            else:
                settlement.refresh_refund(refund_id=refund_id, asked_by="sweeper")
        except Exception as error:
            log.exception("refund %s could not be worked on and is taken up again", refund_id)
            failures.append(error)
    if failures:
        raise ExceptionGroup("some refunds could not be worked on", failures)
    return done


def _claim() -> tuple[int, str] | None:
    """Take the refund that has waited longest, skipping those another process takes, and lease it."""
    now = clock.now()
    with transaction.atomic():
        refund = (
            Refund.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(next_lookup_at__lte=now)
            .order_by("next_lookup_at", "id")
            .first()
        )
        if refund is None:
            return None
        Refund.objects.filter(pk=refund.pk).update(next_lookup_at=now + sending.LEASE)
    return refund.pk, refund.state
