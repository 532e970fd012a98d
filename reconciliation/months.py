"""Months of the school: their first and last moments in Asia/Yerevan, half open."""

import dataclasses
import datetime as dt

from django.conf import settings
from django.utils.translation import get_language

from common import clock, dates


@dataclasses.dataclass(frozen=True, slots=True)
class Month:
    """One calendar month of the school, named by its first day."""

    first: dt.date

    @classmethod
    def of(cls, moment: dt.datetime) -> "Month":
        return cls.of_day(clock.day_of(moment))

    @classmethod
    def of_day(cls, day: dt.date) -> "Month":
        return cls(day.replace(day=1))

    @property
    def next(self) -> "Month":
        return Month.of_day(self.first + dt.timedelta(days=32))

    @property
    def before(self) -> "Month":
        return Month.of_day(self.first - dt.timedelta(days=1))

    @property
    def last(self) -> dt.date:
        return self.next.first - dt.timedelta(days=1)

    @property
    def start(self) -> dt.datetime:
        return clock.start_of(self.first)

    @property
    def stop(self) -> dt.datetime:
        return clock.start_of(self.next.first)

    @property
    def name(self) -> str:
        """Return the month as people read it in the active language, such as "October 2026"."""
        return dates.format_month(self.first, get_language() or settings.LANGUAGE_CODE)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"
