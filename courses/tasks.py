"""What the clock starts."""

from celery import shared_task

from courses import pausing


@shared_task
def follow_pauses() -> int:
    """Write down where a pause began or is over."""
    return pausing.follow_calendar()
