"""What the clock starts. Each task finds its work in rows, so that a lost message costs an hour and nothing else."""

from celery import shared_task

from reconciliation import runs, schedule, summary_mail
from reconciliation.models import SourceFile

LONGEST = 3600  # seconds that a comparison may take


@shared_task(time_limit=LONGEST)
def reconcile_when_due() -> int:
    """Compare at night, and the month before when a new one has begun; then tell the accountants. Return how many runs."""
    done = schedule.run_what_is_due()
    summary_mail.tell_accountants()
    return len(done)


@shared_task(time_limit=LONGEST)
def reconcile_after_file(*, file_id: int) -> int:
    """Compare the months that a new file speaks of, and those whose open breaks it may close."""
    return len(runs.run_after_file(file=SourceFile.objects.get(pk=file_id)))
