"""What the clock starts. Each task finds its work in rows, so that a lost message costs an hour and nothing else."""

from celery import shared_task

from billing.tasks import wake
from reconciliation import runs, schedule, summary_mail, uploads
from reconciliation.models import SourceFile, Upload

LONGEST = 3600  # seconds that a comparison may take


@shared_task(time_limit=LONGEST)
def reconcile_when_due() -> int:
    """Compare at night, and the month before when a new one has begun; then tell the accountants. Return how many runs."""
    done = schedule.run_what_is_due()
    summary_mail.tell_accountants()
    uploads.forget_old()
    return len(done)


@shared_task(time_limit=LONGEST)
def reconcile_after_file(*, file_id: int) -> int:
    """Compare the months that a new file speaks of, and those whose open breaks it may close."""
    return len(runs.run_after_file(file=SourceFile.objects.get(pk=file_id)))


@shared_task(time_limit=LONGEST)
def take_upload(*, upload_id: int) -> bool:
    """Load an upload that was asked for and have its months compared; say whether it ended with a file."""
    upload = take_and_compare(upload_id=upload_id)
    return upload is not None and upload.file_id is not None


@shared_task(time_limit=LONGEST)
def take_uploads() -> int:
    """Load what waits, and compare the months of files whose comparison was lost. Return how many files."""
    taken = uploads.take_waiting()
    return len(taken) + len(schedule.compare_new_files())


def take_and_compare(*, upload_id: int) -> Upload | None:
    """Load an upload like `uploads.take`; after the commit its months are compared by a worker."""
    upload = uploads.take(upload_id=upload_id)
    if upload is not None and upload.file_id is not None and not upload.is_repeat:
        wake(reconcile_after_file, file_id=upload.file_id)
    return upload
