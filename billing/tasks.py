"""What the clock starts. Each task finds its work in rows, so that a lost message costs a few seconds and nothing else."""

import functools
import logging
from typing import Any

from celery import Task, shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from billing import (
    asking_again,
    bulk_links,
    daily,
    expiry_warnings,
    lookup,
    outcome_sweep,
    own_link,
    renewal,
    unknown_orders,
    unopened,
)
from billing.reminders import sending, unanswered

log = logging.getLogger(__name__)


def wake(task: Task, **arguments: Any) -> None:
    """
    Send a task after the commit, to hasten what a sweeper finds anyway.

    A broker that is down is logged and never turns a committed fact into an error; whatever it raises, Celery passes on as
    OperationalError.
    """
    transaction.on_commit(functools.partial(_send, task, arguments))


def _send(task: Task, arguments: dict[str, Any]) -> None:
    try:
        task.apply_async(kwargs=arguments, retry=False, expires=60)
    except (OperationalError, OSError) as error:
        log.warning("%s was not hastened, the sweeper will find it: %s", task.name, error)


@shared_task
def refresh_payment(*, payment_id: int, asked_by: str) -> None:
    """Ask the provider about one payment, unless it was asked a moment ago."""
    lookup.refresh_unless_fresh(payment_id=payment_id, asked_by=asked_by)


@shared_task
def sweep_open_payments() -> int:
    """Ask the providers about the payments whose time has come."""
    return lookup.sweep()


@shared_task
def ask_again() -> int:
    """Ask about recent paid payments again: somebody may have sent money back in the bank's cabinet."""
    return asking_again.ask_again()


@shared_task
def expire_links() -> int:
    """Expire the links whose time is over, after asking about their open attempts."""
    return daily.expire_links()


@shared_task
def warn_of_expiry() -> int:
    """Tell students whose links are nearly over."""
    return expiry_warnings.warn_of_expiry()


@shared_task
def make_wanted_links() -> int:
    """Make the links that were asked for at once."""
    return bulk_links.make_all()


@shared_task
def mark_installments() -> int:
    """Mark installments due and overdue."""
    return daily.mark_due() + daily.mark_overdue()


@shared_task
def watch_doubtful_money() -> int:
    """Ask people about paid courses that did not open and orders we do not know; close what the facts have overtaken."""
    sweepers = (unopened, unknown_orders, outcome_sweep, renewal, own_link)
    return sum(sweeper.sweep() for sweeper in sweepers)


@shared_task
def remind() -> int:
    """Send the reminders whose time has come, and ask a person to call those who did not answer the last one."""
    return sending.remind() + unanswered.sweep()
