"""Wake-up calls. Each only hastens what a sweeper finds by itself, so losing one loses nothing."""

import logging
from typing import Any

from celery import Task, shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from billing import lookup

log = logging.getLogger(__name__)


@shared_task  # type: ignore[untyped-decorator]
def refresh_payment(*, payment_id: int, asked_by: str) -> None:
    """Ask the provider about one payment, unless that was done a moment ago."""
    lookup.refresh_unless_fresh(payment_id=payment_id, asked_by=asked_by)


def wake(task: Task, **facts: Any) -> None:
    """Queue a task once the transaction is committed. A broker that is down costs time, not money: the sweeper comes."""

    def send() -> None:
        try:
            task.apply_async(kwargs=facts, retry=False)
        except OperationalError as error:
            log.warning("broker is down, %s waits for the sweeper: %s", task.name, error)

    transaction.on_commit(send)
