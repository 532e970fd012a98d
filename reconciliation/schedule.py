"""What is due by the clock: a comparison every night, and one of the month before once that is over."""

import datetime as dt

from common import clock
from reconciliation import runs
from reconciliation.models import Run
from reconciliation.months import Month

NIGHT_HOUR = 3  # at the school; banks have dated yesterday by then


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
