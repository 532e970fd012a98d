"""What the clock starts."""

from celery import shared_task

from access import changes, drift, sync


@shared_task
def follow_access_changes() -> int:
    """Bring stored access in line where a window began or ended."""
    return changes.follow_changes()


@shared_task
def tell_the_lms() -> int:
    """Tell the learning platform what changed, and again what it did not confirm."""
    return sync.sweep()


@shared_task
def compare_with_the_lms() -> int:
    """Compare what the learning platform holds with what access is."""
    return drift.check()
