"""
The weeks that the demo school has behind it.

Steps are told as school days counted from the day of loading (0 is that day, -3 three days before) and are lived through in
order with the clock bent to each, so that every row has the moment it would have had.
"""

import dataclasses
import datetime as dt
import heapq
import itertools
from collections.abc import Callable

from django.utils import timezone

from access import changes
from billing import daily, lookup
from billing.models import MerchantAccount, Payment
from common import clock
from config.backoffice.demo.bank import Bank
from courses import lesson_plan
from refunds import mail

Act = Callable[[], None]
MORNING = dt.time(7)
STEP_SECONDS = 40  # what a person needs for the next thing on a page


@dataclasses.dataclass(frozen=True, order=True)
class Step:
    """Something that somebody does at a moment."""

    moment: dt.datetime
    number: int
    act: Act = dataclasses.field(compare=False)


class Days:
    """A calendar of what happened, and the bent clock under which it is lived through."""

    def __init__(self, *, last_day: dt.date, bank: Bank) -> None:
        self.began_at = timezone.now()
        self.last_day = last_day
        self.bank = bank
        self._steps: list[Step] = []
        self._numbers = itertools.count()

    def day(self, offset: int) -> dt.date:
        """Return the calendar day of an offset."""
        return self.last_day + dt.timedelta(days=offset)

    def of_last_month(self, day: int) -> int:
        """Return the offset of the n-th day of the calendar month before the day of loading."""
        last = self.last_day.replace(day=1) - dt.timedelta(days=1)
        return (last.replace(day=day) - self.last_day).days

    def moment(self, offset: int, hour: int, minute: int = 0) -> dt.datetime:
        """Return a moment of a school day."""
        return clock.start_of(self.day(offset)) + dt.timedelta(hours=hour, minutes=minute)

    def add(self, moment: dt.datetime, act: Act) -> None:
        """Note that something happens at a moment. What is noted for the same moment keeps its order."""
        heapq.heappush(self._steps, Step(moment, next(self._numbers), act))

    def live_through(self) -> None:
        """Do all that is noted, in order, each at its moment; every morning the calendar does its own work first."""
        morning = clock.day_of(self._steps[0].moment) if self._steps else self.last_day
        while self._steps:
            step = heapq.heappop(self._steps)
            moment = step.moment
            while morning <= clock.day_of(step.moment):
                self._begin(morning, step.moment)
                moment = max(step.moment, clock.now())  # the calendar's work takes a moment too
                morning += dt.timedelta(days=1)
            self.go(moment)
            step.act()

    def go(self, moment: dt.datetime) -> None:
        """Bend the clock to a moment, or to now if that is still to come."""
        shift = (moment - timezone.now()).total_seconds()
        clock.shift(seconds=min(shift, 0))

    def pass_time(self, seconds: float = STEP_SECONDS) -> None:
        """Let a little time pass."""
        self.go(clock.now() + dt.timedelta(seconds=seconds))

    def straighten(self) -> None:
        """Let our clock and the banks' be real again. Safe to repeat."""
        clock.shift(seconds=0)
        for account in MerchantAccount.objects.all():
            self.bank.reset_clock(account)

    def sweep(self) -> None:
        """Ask the banks about what is due, as the worker does all day."""
        if Payment.objects.filter(next_lookup_at__lte=clock.now()).exists():
            for account in MerchantAccount.objects.all():
                self.bank.follow_clock(account)
            lookup.sweep()

    def _begin(self, day: dt.date, first_step: dt.datetime) -> None:
        """Do the calendar's work of a day: in the morning, or before its first step if that comes at night."""
        self.go(min(dt.datetime.combine(day, MORNING, tzinfo=clock.SCHOOL_ZONE), first_step))
        lesson_plan.note_held(day=day - dt.timedelta(days=1))
        self.sweep()
        daily.expire_links()
        daily.mark_due()
        daily.mark_overdue()
        changes.follow_changes()
        mail.tell_students()
