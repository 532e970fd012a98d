"""What a learning pause, or its earlier end, makes of the access of its enrollment. Reads only; part of `pause_plan`."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from access import pause_grounds, rules, why
from access.models import AccessGrant
from common import clock
from courses import pausing
from courses.models import Pause

NOT_YET = 0  # the id of a pause that is not stored; its windows are made anew when it is


@dataclasses.dataclass(frozen=True, slots=True)
class Access:
    """Why the course is open or closed at the moments that matter to the student."""

    now: why.Explanation
    on_first_day: why.Explanation | None
    after_it: why.Explanation | None


def grounds_after(
    own: Sequence[rules.Ground],
    *,
    pause: Pause | None,
    days: pausing.Days | None,
    graces: Mapping[str, dt.datetime],
) -> list[rules.Ground]:
    """
    Return an enrollment's own grounds as a pause on `days` leaves them, with the one that names it; without `days`, as before it.

    `pause` is the stored one that is changed. `graces` are those that do not move: their ends by source.
    """
    known = [ground for ground in own if ground.kind != rules.PAUSE]
    if pause is not None:
        before = _window(pause, pausing.Days(first=pause.first_day, last=pause.last_day))
        known = _with_graces_as_before(known, pause, before, graces)
        known = pause_grounds.restored(known, before, unmoved=graces)
    if days is None:
        return known
    window = _window(pause, days)
    return [*pause_grounds.apply(known, window, unmoved=graces), *pause_grounds.reason_for(window)]


def told(grounds: Sequence[rules.Ground], *, days: pausing.Days | None) -> Access:
    """Return why the course would be open or closed now, on the first day of a pause and after it."""
    now = clock.now()
    if days is None:
        return Access(why.explain_grounds(grounds=grounds, at=now), None, None)
    first, resume = max(now, clock.start_of(days.first)), clock.end_of(days.last)
    return Access(
        now=why.explain_grounds(grounds=grounds, at=now),
        on_first_day=why.explain_grounds(grounds=grounds, at=first) if first < resume else None,
        after_it=why.explain_grounds(grounds=grounds, at=max(now, resume)),
    )


def _window(pause: Pause | None, days: pausing.Days) -> pause_grounds.Window:
    return pause_grounds.window_of(
        pause_id=pause.pk if pause else NOT_YET,
        first_day=days.first,
        last_day=days.last,
        made_at=pause.made_at if pause else clock.now(),
    )


def _with_graces_as_before(
    known: Sequence[rules.Ground],
    pause: Pause,
    window: pause_grounds.Window,
    graces: Mapping[str, dt.datetime],
) -> list[rules.Ground]:
    """
    Return grounds with the graces that do not move as they were before the pause left its days out.

    When such a grace began is not told by what is left of it, and nothing may be left: its row, withdrawn as the pause was made,
    tells it. What somebody took away since does not come back.
    """
    rows = AccessGrant.objects.filter(
        source__in=graces,
        enrollment=pause.enrollment,
        withdrawn_at__gte=pause.made_at,
        withdrawn_reason=pause.reason,
    )
    first_of = {grant.source: grant.ground for grant in rows.order_by("-pk")}
    found = list(known)
    for source, ground in first_of.items():
        pieces = [piece for piece in found if pause_grounds.source_before(piece.source) == source]
        if not pieces and pause_grounds.left_out(ground, window):
            continue
        found = [piece for piece in found if piece not in pieces]
        if graces[source] > ground.opens_at:
            found.append(dataclasses.replace(ground, closes_at=graces[source]))
    return found
