"""
What opens when. Pure: values in, values out.

`grounds_for` turns a schedule and an access rule into the grounds that are deserved; `evaluate` says what the union of grounds
means at one moment. Access knows no money: a part is covered, partly covered or not (docs/access.md).
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

from common import clock

PAID, GRACE, MANUAL, FREE = "paid", "grace", "manual", "free"
PAUSE = "pause"  # opens nothing: it says why what is paid waits on these days
NONE, OPEN, IN_GRACE, SUSPENDED, PAUSED = "none", "open", "grace", "suspended", "paused"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an access rule version says."""

    name: str
    opens: str = "at_payment"
    ends: str = "with_period"
    open_in_grace: bool = True
    partial_days: int = 0
    share_percent: int | None = None
    not_before: dt.date | None = None
    wait_days: int = 0

    @property
    def asks_for_a_share(self) -> bool:
        """Return whether a share of the whole price opens, not a part."""
        return self.opens == "at_share"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a schedule as access sees it."""

    key: str
    number: int
    period_from: dt.date
    period_to: dt.date
    grace_date: dt.date
    covered: bool
    partly_covered: bool = False
    module_id: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One reason for access, with its window (half open; no end means it stays)."""

    kind: str
    source: str
    opens_at: dt.datetime
    closes_at: dt.datetime | None
    rule: str = ""
    module_id: int | None = None

    def holds(self, at: dt.datetime) -> bool:
        return self.opens_at <= at and (self.closes_at is None or at < self.closes_at)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the union of grounds says at one moment."""

    state: str
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    next_change_at: dt.datetime | None
    ground: Ground | None  # the one that carries it: holds now and lasts longest


def grounds_for(
    *, rule: Rule, parts: Sequence[Part], paid_at: dt.datetime, paid_percent: int = 0
) -> list[Ground]:
    """
    Return the grounds that a schedule deserves under a rule, given money that was verified at `paid_at`.

    `paid_percent` is how much of the whole price is paid, rounded down; only a rule that asks for a share looks at it.
    docs/access.md says what each kind of rule opens.
    """
    if rule.asks_for_a_share and paid_percent < (rule.share_percent or 100):
        return []
    grounds: list[Ground] = []
    for index, part in enumerate(sorted(parts, key=lambda item: item.number)):
        before = [other for other in parts if other.number < part.number]
        if part.covered:
            grounds += _paid_grounds(rule, part, paid_at, is_first=index == 0)
        elif part.partly_covered:
            grounds += _partly_paid_grounds(rule, part, paid_at, is_first=not before)
        if not part.covered and rule.open_in_grace and before and all(other.covered for other in before):
            start = _not_before(rule, clock.start_of(part.period_from))
            end = clock.end_of(part.grace_date)
            if end > start:
                grounds.append(_ground(rule, GRACE, part, f"{part.key}:grace", start, end))
    return grounds


def evaluate(*, grounds: Iterable[Ground], at: dt.datetime) -> Verdict:
    """
    Return what the union of grounds says at a moment. The order of grounds does not matter (promise 11).

    A pause closes nothing by itself: paid windows leave its days out. It is the reason where something opens after it.
    """
    every = list(grounds)
    known = [ground for ground in every if ground.kind != PAUSE]
    holding = [ground for ground in known if ground.holds(at)]
    changes = [edge for ground in every for edge in (ground.opens_at, ground.closes_at) if edge and edge > at]
    next_change = min(changes, default=None)
    if not holding:
        ended = [ground.closes_at for ground in known if ground.closes_at and ground.closes_at <= at]
        state = SUSPENDED if ended else NONE
        upcoming = min((ground.opens_at for ground in known if ground.opens_at > at), default=None)
        if upcoming and any(ground.kind == PAUSE and ground.holds(at) for ground in every):
            state = PAUSED
        return Verdict(
            state=state,
            opens_at=upcoming,
            closes_at=max(ended, default=None),
            next_change_at=next_change,
            ground=None,
        )
    carrying = max(holding, key=_strength)
    state = IN_GRACE if all(ground.kind == GRACE for ground in holding) else OPEN
    since, until = _span(known, at)
    return Verdict(state=state, opens_at=since, closes_at=until, next_change_at=next_change, ground=carrying)


def _paid_grounds(rule: Rule, part: Part, paid_at: dt.datetime, *, is_first: bool) -> list[Ground]:
    """Return the ground of a part that is paid: its own days, the first one from the payment on if the rule says so."""
    begins = clock.start_of(part.period_from)
    start = paid_at if is_first and rule.opens != "on_period_start" else max(paid_at, begins)
    end = None if rule.ends == "never" else clock.end_of(part.period_to)
    is_over = (
        end is not None and end <= start
    )  # paid after its days: the ground is history, and history keeps its days
    start = begins if is_over else _delayed(rule, start, paid_at)
    if end is not None and end <= start:
        return []  # the rule opens only when the days are over; nobody is let in, and a person is asked (billing.unopened)
    return [_ground(rule, PAID, part, f"{part.key}:paid", start, end)]


def _partly_paid_grounds(rule: Rule, part: Part, paid_at: dt.datetime, *, is_first: bool) -> list[Ground]:
    """
    Return what a part that is paid in part opens: so many days, or, where the share that the rule asks for is paid, all until its
    grace is over, by when the rest is to be paid.
    """
    start = paid_at if is_first else max(paid_at, clock.start_of(part.period_from))
    start = _delayed(rule, start, paid_at)
    if rule.asks_for_a_share:
        end = clock.end_of(min(part.grace_date, part.period_to))
        return [_ground(rule, PAID, part, f"{part.key}:share", start, end)] if end > start else []
    if not rule.partial_days:
        return []
    source = f"{part.key}:partly:{clock.day_of(paid_at)}"
    return [_ground(rule, PAID, part, source, start, _days_after(start, rule.partial_days))]


def _delayed(rule: Rule, start: dt.datetime, paid_at: dt.datetime) -> dt.datetime:
    """Return when access begins that would begin at `start`: so many days after the payment, and not before the rule's day."""
    if rule.wait_days:
        start = max(start, clock.start_of(clock.day_of(paid_at) + dt.timedelta(days=rule.wait_days)))
    return _not_before(rule, start)


def _not_before(rule: Rule, start: dt.datetime) -> dt.datetime:
    return start if rule.not_before is None else max(start, clock.start_of(rule.not_before))


def _ground(
    rule: Rule, kind: str, part: Part, source: str, start: dt.datetime, end: dt.datetime | None
) -> Ground:
    return Ground(
        kind=kind, source=source, opens_at=start, closes_at=end, rule=rule.name, module_id=part.module_id
    )


def _days_after(moment: dt.datetime, days: int) -> dt.datetime:
    return clock.end_of(clock.day_of(moment) + dt.timedelta(days=days))


def _strength(ground: Ground) -> tuple[bool, bool, dt.datetime, str]:
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    return (ground.kind != GRACE, ground.closes_at is None, ground.closes_at or far, ground.source)


def _span(grounds: Sequence[Ground], at: dt.datetime) -> tuple[dt.datetime, dt.datetime | None]:
    """Return the unbroken window around a moment in which some ground holds."""
    since, until = at, at
    growing = True
    while growing:
        growing = False
        for ground in grounds:
            if ground.opens_at <= until and (ground.closes_at is None or ground.closes_at >= since):
                if ground.opens_at < since:
                    since, growing = ground.opens_at, True
                if ground.closes_at is None:
                    return _earliest(grounds, since), None
                if ground.closes_at > until:
                    until, growing = ground.closes_at, True
    return since, until


def _earliest(grounds: Sequence[Ground], since: dt.datetime) -> dt.datetime:
    growing = True
    while growing:
        growing = False
        for ground in grounds:
            if ground.opens_at < since and (ground.closes_at is None or ground.closes_at >= since):
                since, growing = ground.opens_at, True
    return since
