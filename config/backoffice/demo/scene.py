"""One student's weeks, written down as days and acts before they are lived through."""

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

from billing import schedule
from config.backoffice.demo import courses, terms
from config.backoffice.demo.acts import Acts
from config.backoffice.demo.days import Days
from config.backoffice.demo.office import Office

MINUTES_BETWEEN = 9


class Scene:
    """Notes what one student lives through in one group; `at` and `ago` put an act on the calendar."""

    def __init__(self, *, acts: Acts, office: Office, days: Days, joins: int, index: int) -> None:
        self.acts = acts
        self.office = office
        self.joins = joins
        self.index = index
        self._days = days
        self._day: int | None = None
        self._in_day = 0

    @property
    def bank(self) -> str:
        """The bank that this student prefers."""
        return list(terms.BANKS)[self.index % len(terms.BANKS)]

    @property
    def other_bank(self) -> str:
        return list(terms.BANKS)[(self.index + 1) % len(terms.BANKS)]

    def due_days(self) -> list[int]:
        """Return the days on which the parts fall due, as offsets from the day of loading."""
        group = next(plan for plan in courses.GROUPS if plan.code == self.acts.group_code)
        _name, facts = terms.PLANS[self.acts.plan]
        parts = schedule.build_schedule(
            terms=schedule.Terms(kind=str(facts["kind"]), parts=facts.get("parts", 1)),
            price_minor=group.price * 100,
            currency="AMD",
            period_from=self._days.day(group.first),
            period_to=self._days.day(group.first + group.length - 1),
            today=self._days.day(self.joins),
        )
        return [(part.due_date - self._days.last_day).days for part in parts]

    def last_month(self, day: int) -> int:
        """Return the n-th day of the month before as an offset."""
        return self._days.of_last_month(day)

    def at(self, day: int, act: Callable[..., None], *args: Any, **facts: Any) -> None:
        """Put an act on a day before the day of loading; acts of one day follow each other."""
        self._in_day = self._in_day + 1 if day == self._day else 0
        self._day = day
        hour, minute = 9 + self.index * 5 % 10, self.index * 17 % 50
        moment = self._days.moment(day, hour, minute) + dt.timedelta(minutes=self._in_day * MINUTES_BETWEEN)
        self._days.add(moment, functools.partial(act, *args, **facts))

    def ago(self, minutes: float, act: Callable[..., None], *args: Any, **facts: Any) -> None:
        """Put an act some minutes before the moment of loading."""
        moment = self._days.began_at - dt.timedelta(minutes=minutes)
        self._days.add(moment, functools.partial(act, *args, **facts))
