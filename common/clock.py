"""
The only clock of rules.

Everything that asks "is it due, expired, in the month" reads `now()`; SQL gets it as a parameter. Tests arm a shift with
MUTQ_CLOCK_FILE: a file that holds seconds, read by every process, so that a whole system can be moved together.
"""

import datetime as dt
import os
import zoneinfo
from pathlib import Path

from django.conf import settings
from django.utils import timezone

SCHOOL_ZONE = zoneinfo.ZoneInfo("Asia/Yerevan")


class ClockNotArmed(RuntimeError):  # noqa: N818
    """Somebody tried to bend time in a process that was not started for it."""


def now() -> dt.datetime:
    """Return this moment in UTC, shifted only where a test armed the shift."""
    moment = timezone.now()
    return moment + _shift() if settings.CLOCK_FILE else moment


def today() -> dt.date:
    """Return the day it is at the school (Asia/Yerevan)."""
    return day_of(now())


def day_of(moment: dt.datetime) -> dt.date:
    """Return the school's calendar day of a moment."""
    return moment.astimezone(SCHOOL_ZONE).date()


def start_of(day: dt.date) -> dt.datetime:
    """Return the first moment of a day at the school."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=SCHOOL_ZONE)


def end_of(day: dt.date) -> dt.datetime:
    """Return the first moment after a day at the school, so that windows are half open."""
    return start_of(day + dt.timedelta(days=1))


def shift(*, seconds: float) -> None:
    """Move the clock of every armed process to `seconds` from real time. Raises ClockNotArmed elsewhere."""
    if not settings.CLOCK_FILE:
        raise ClockNotArmed("The clock moves only where MUTQ_CLOCK_FILE is set.")
    new = Path(f"{settings.CLOCK_FILE}.{os.getpid()}")
    new.write_text(str(seconds))
    new.replace(settings.CLOCK_FILE)  # at once: another process never reads half of it


def _shift() -> dt.timedelta:
    try:
        return dt.timedelta(seconds=float(Path(settings.CLOCK_FILE).read_text()))
    except FileNotFoundError:
        return dt.timedelta()
