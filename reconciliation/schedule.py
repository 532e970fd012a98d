"""What is due by the clock: a comparison every night, one of the month before once that is over, one after each new file."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q

from common import clock
from reconciliation import runs
from reconciliation.models import Run, SourceFile
from reconciliation.months import Month

NIGHT_HOUR = 3  # at the school; banks have dated yesterday by then
SOON = dt.timedelta(minutes=2)  # until then the file's own task compares it
LOOKED_BACK = dt.timedelta(days=7)
LONGEST_RUN = dt.timedelta(hours=1)  # what runs longer than this has died


def run_what_is_due() -> list[Run]:
    """
    Run what has not run yet: the month before on the first day of a month (or later, if nothing ran then), tonight's comparison.

    The runs themselves are the memory, so repeating does nothing more.
    """
    done: list[Run] = []
    now, last_month = clock.now(), Month.of(clock.now()).before
    night = clock.start_of(clock.today()) + dt.timedelta(hours=NIGHT_HOUR)
    if now < night:
        return done
    if not Run.objects.filter(trigger=Run.Trigger.MONTHLY, month=last_month.first).exists():
        done += runs.run_school_month(month=last_month.first, trigger=Run.Trigger.MONTHLY)
    if not Run.objects.filter(trigger=Run.Trigger.NIGHTLY, started_at__gte=night).exists():
        done += runs.run_nightly()
    return done


def compare_new_files() -> list[Run]:
    """
    Compare the months of files that nothing was compared with yet: their own task was lost. Repeating does nothing more.

    A file without a single row that names a moment starts no run and is looked at again until a week has passed.
    """
    now = clock.now()
    after = Run.objects.filter(
        Q(finished_at__isnull=False) | Q(started_at__gt=now - LONGEST_RUN),
        Q(account=OuterRef("account")) | Q(account__isnull=True),
        side=OuterRef("side"),
        started_at__gte=OuterRef("loaded_at"),
    )
    forgotten = SourceFile.objects.filter(loaded_at__gt=now - LOOKED_BACK, loaded_at__lt=now - SOON).exclude(
        Exists(after)
    )
    return [
        run
        for file in forgotten.select_related("account", "profile")
        for run in runs.run_after_file(file=file)
    ]
