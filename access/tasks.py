"""What the clock starts."""

from celery import shared_task

from access import changes


@shared_task
def follow_access_changes() -> int:
    """Bring stored access in line where a window began or ended."""
    return changes.follow_changes()
