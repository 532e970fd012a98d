"""
How a stored event becomes a sentence.

Events hold ids, amounts and codes; the sentence is chosen when it is read, in the reader's language. A placeholder is filled
from the event's data: `%(amount)s` from `amount_minor` and `currency`, `%(period)s` from `period_from` and `period_to`,
`%(until)s` as the last day that still counts, days and moments on the school's calendar, anything else as it is stored. What an
old event does not hold shows as a dash.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import translation

from common import clock, dates
from common.money import format_money
from students import record_address
from students.kinds import Kind
from students.models import TimelineEvent

UNTOLD = "–"
NOTHING = dt.timedelta()
Also = Callable[[TimelineEvent], Mapping[str, str]]


def kind(group: str, icon: str, sentence: Any, *, tone: str = "mute", also: Also | None = None) -> Kind:
    """
    Return a kind told by one sentence with named placeholders; it links to the record that the event is about.

    `also` gives words for placeholders that the data holds only as codes.
    """
    return kind_by(group, icon, lambda _event: sentence, tone=tone, also=also)


def kind_by(
    group: str,
    icon: str,
    choose: Callable[[TimelineEvent], Any],
    *,
    tone: str = "mute",
    also: Also | None = None,
) -> Kind:
    """Return a kind whose sentence depends on what the event holds."""

    def sentence(event: TimelineEvent) -> str:
        words = words_of(event)
        words.update(also(event) if also else {})
        return str(choose(event)) % words

    return Kind(group=group, icon=icon, tone=tone, sentence=sentence, link=record_address.of_event)


def words_of(event: TimelineEvent) -> "Words":
    """Return what the placeholders of a sentence stand for in this event."""
    return Words(event.data or {}, (translation.get_language() or "en").split("-")[0])


class Words(dict[str, str]):
    """Looks a placeholder up in an event's data, written for people."""

    def __init__(self, data: Mapping[str, Any], language: str) -> None:
        super().__init__()
        self._data = data
        self._language = language

    def __missing__(self, name: str) -> str:
        if name == "period":
            return self._period()
        if name == "until":
            return self._last_day()
        if f"{name}_minor" in self._data:
            return self.money(self._data[f"{name}_minor"])
        return self.plain(self._data.get(name))

    def money(self, amount_minor: int) -> str:
        """Write an amount in the event's currency."""
        return format_money(int(amount_minor), str(self._data.get("currency") or "AMD"), self._language)

    def plain(self, value: Any) -> str:
        """Write a value of an event; text that is a day or a moment reads as one."""
        if value is None or value == "":
            return UNTOLD
        moment = as_moment(value)
        if moment is not None:
            return self._moment(moment)
        day = as_day(value)
        return str(value) if day is None else dates.format_day(day, self._language)

    def _last_day(self) -> str:
        """A window ends with the first moment after; people read the day it still holds."""
        end = as_moment(self._data.get("until"))
        if end is None:
            return self.plain(self._data.get("until"))
        return self._moment(end, dt.timedelta(days=1))

    def _moment(self, moment: dt.datetime, back: dt.timedelta = NOTHING) -> str:
        """Write a moment; one that a day begins with is a day, for an end (`back`) the day before."""
        if moment == clock.start_of(clock.day_of(moment)):
            return dates.format_day(clock.day_of(moment) - back, self._language)
        return dates.format_moment(moment, self._language)

    def _period(self) -> str:
        first, last = as_day(self._data.get("period_from")), as_day(self._data.get("period_to"))
        if first is None or last is None:
            return UNTOLD
        return dates.format_period(first, last, self._language)


def as_day(value: Any) -> dt.date | None:
    """Return the day that a stored text is, if it is one."""
    if not isinstance(value, str) or len(value) != len("2026-01-01"):
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def as_moment(value: Any) -> dt.datetime | None:
    """Return the moment that a stored text is, if it is one with day and hour."""
    if not isinstance(value, str) or len(value) < len("2026-01-01T00:00") or value[4:5] != "-":
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.SCHOOL_ZONE)
