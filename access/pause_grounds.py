"""
What a learning pause makes of grounds for access. Pure: values in, values out.

A window that was earned leaves the days of the pause out and ends as many days later: no paid day is lost and none is won.
What runs by a day that does not move, as the grace of a part that was due before, only leaves the days out. What was made can be
taken back exactly (`restored`), which is how a pause is shortened or cancelled.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from access.rules import GRACE, PAID, PAUSE, Ground
from common import clock

AFTER = ":after-pause:"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """
    The days of a pause as moments, half open.

    `first` is the first moment of its first day; `cut` that from which access really closes, later where the pause was made
    later; `resume` the first moment after it.
    """

    pause_id: int
    first: dt.datetime
    cut: dt.datetime
    resume: dt.datetime

    @property
    def length(self) -> dt.timedelta:
        return self.resume - self.first


def window_of(*, pause_id: int, first_day: dt.date, last_day: dt.date, made_at: dt.datetime) -> Window:
    """Return the window of a pause. Access that was used before it was made stays history."""
    first = clock.start_of(first_day)
    return Window(pause_id=pause_id, first=first, cut=max(first, made_at), resume=clock.end_of(last_day))


def source_before(source: str) -> str:
    """Return a ground's source without what pauses added to it."""
    return source.split(AFTER, 1)[0]


def reason_for(window: Window) -> list[Ground]:
    """Return the ground that says why access waits; none where the pause was over when it was made."""
    if window.cut >= window.resume:
        return []
    source = f"pause:{window.pause_id}"
    return [Ground(kind=PAUSE, source=source, opens_at=window.cut, closes_at=window.resume)]


def is_touched(ground: Ground, window: Window) -> bool:
    """Return whether a ground is one that a pause moves: earned, and not over before it."""
    return ground.kind in (PAID, GRACE) and (ground.closes_at is None or ground.closes_at > window.first)


def moved(ground: Ground, window: Window) -> list[Ground]:
    """Return a ground with the days of the pause left out and its end as many days later."""
    if not is_touched(ground, window):
        return [ground]
    later = None if ground.closes_at is None else ground.closes_at + window.length
    if ground.opens_at >= window.cut:
        return [dataclasses.replace(ground, opens_at=ground.opens_at + window.length, closes_at=later)]
    return _two(ground, window, later)


def left_out(ground: Ground, window: Window) -> list[Ground]:
    """Return a ground with the days of the pause left out and its end where it is."""
    if not is_touched(ground, window):
        return [ground]
    if ground.opens_at >= window.cut:
        opens = max(ground.opens_at, window.resume)
        is_left = ground.closes_at is None or ground.closes_at > opens
        return [dataclasses.replace(ground, opens_at=opens)] if is_left else []
    return _two(ground, window, ground.closes_at)


def restored(
    grounds: Iterable[Ground], window: Window, *, unmoved: Mapping[str, dt.datetime]
) -> list[Ground]:
    """
    Return grounds as they were without the pause: the two parts of a window one again, and ends where they had been.

    `unmoved` names the ends of those that were only left out of the pause, by source.
    """
    by_source = {ground.source: ground for ground in grounds}
    found: list[Ground] = []
    for source, ground in by_source.items():
        before, mark, pause_id = source.rpartition(AFTER)
        if mark and pause_id == str(window.pause_id):
            if before not in by_source and before not in unmoved:
                found.append(_back(dataclasses.replace(ground, source=before), window))
            continue
        rest = by_source.get(f"{source}{AFTER}{window.pause_id}")
        if source in unmoved:
            found.append(dataclasses.replace(ground, closes_at=unmoved[source]))
        elif rest is not None:
            found.append(dataclasses.replace(ground, closes_at=_back(rest, window).closes_at))
        elif ground.kind in (PAID, GRACE) and ground.opens_at >= window.resume:
            found.append(_back(ground, window))
        else:
            found.append(ground)
    return found


def apply(grounds: Sequence[Ground], window: Window, *, unmoved: Iterable[str]) -> list[Ground]:
    """Return grounds as a pause leaves them; those of the sources in `unmoved` keep their end."""
    stay = set(unmoved)
    return [
        piece
        for ground in grounds
        for piece in (left_out(ground, window) if ground.source in stay else moved(ground, window))
    ]


def _two(ground: Ground, window: Window, closes_at: dt.datetime | None) -> list[Ground]:
    """Return what is before the pause and what is after it."""
    end = window.cut if ground.closes_at is None else min(ground.closes_at, window.cut)
    pieces = [dataclasses.replace(ground, closes_at=end)]
    if closes_at is None or closes_at > window.resume:
        pieces.append(
            dataclasses.replace(
                ground,
                source=f"{ground.source}{AFTER}{window.pause_id}",
                opens_at=window.resume,
                closes_at=closes_at,
            )
        )
    return pieces


def _back(ground: Ground, window: Window) -> Ground:
    return dataclasses.replace(
        ground,
        opens_at=ground.opens_at - window.length,
        closes_at=None if ground.closes_at is None else ground.closes_at - window.length,
    )
