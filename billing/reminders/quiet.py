"""The hours in which nobody is written to, on the school's clock. Pure."""

import datetime as dt
import re

from common import clock

SHAPE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
Hours = tuple[dt.time, dt.time]


def parse(text: str) -> Hours | None:
    """Return the first and the last moment of quiet hours like "21:00-09:00"; None for an empty text. Raises ValueError."""
    if not text.strip():
        return None
    found = SHAPE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"Quiet hours are written like 21:00-09:00, not {text!r}.")
    first, last = dt.time(int(found[1]), int(found[2])), dt.time(int(found[3]), int(found[4]))
    if first == last:
        raise ValueError("Quiet hours begin and end at different times. Leave them empty to have none.")
    return first, last


def is_quiet(moment: dt.datetime, hours: Hours | None) -> bool:
    """Return whether a moment lies in the quiet hours; their end is the first minute in which people are written to."""
    if hours is None:
        return False
    first, last = hours
    local = moment.astimezone(clock.SCHOOL_ZONE).time()
    return first <= local < last if first < last else local >= first or local < last
