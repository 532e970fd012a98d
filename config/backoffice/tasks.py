"""What the clock starts for the API's door."""

from celery import shared_task

from config.backoffice.api import idempotency


@shared_task
def purge_idempotency_records() -> int:
    """Forget the idempotency keys that are older than 30 days."""
    return idempotency.purge()
