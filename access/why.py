"""
Why access is open or closed, in one sentence: on which ground, by which rule, and what happens next and when (promise 13).

Evaluated at the moment of the question from the grounds themselves, never from the stored state alone.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from access import rules
from access.models import AccessGrant
from common import clock, dates

FULL_STOPS = ".։ "


@dataclasses.dataclass(frozen=True, slots=True)
class ModuleAccess:
    """What the union of grounds says of one module."""

    module_id: int
    state: str
    until: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class Explanation:
    """The state at one moment, the window around it, the grounds that hold, and the sentence."""

    state: str
    sentence: str
    since: dt.datetime | None
    until: dt.datetime | None
    next_change_at: dt.datetime | None
    grounds: Sequence[rules.Ground]
    modules: Sequence[ModuleAccess]


def explain(*, student_id: int, course_id: int, at: dt.datetime | None = None) -> Explanation:
    """Return why a course is open or closed for a student, now or at a moment, in the active language. One statement."""
    return explain_courses(student_id=student_id, course_ids=[course_id], at=at)[course_id]


def explain_courses(
    *, student_id: int, course_ids: Iterable[int], at: dt.datetime | None = None
) -> Mapping[int, Explanation]:
    """Return the explanation of each course for a student. One statement however many there are."""
    moment = at or clock.now()
    found: dict[int, list[rules.Ground]] = {course_id: [] for course_id in course_ids}
    taken: dict[int, AccessGrant] = {}
    for grant in AccessGrant.objects.filter(student_id=student_id, course_id__in=found).order_by(
        "opens_at", "id"
    ):
        if grant.withdrawn_at is None:
            found[grant.course_id].append(grant.ground)
        elif _is_later(grant, taken.get(grant.course_id)):
            taken[grant.course_id] = grant
    return {
        course_id: _with_taken(explain_grounds(grounds=grounds, at=moment), taken.get(course_id), moment)
        for course_id, grounds in found.items()
    }


def _is_later(grant: AccessGrant, other: AccessGrant | None) -> bool:
    return other is None or (grant.withdrawn_at or grant.granted_at) > (
        other.withdrawn_at or other.granted_at
    )


def _with_taken(explanation: "Explanation", taken: AccessGrant | None, at: dt.datetime) -> "Explanation":
    """Say that a ground was taken back where it is the reason why a course is closed now."""
    if taken is None or taken.withdrawn_at is None or explanation.grounds or explanation.next_change_at:
        return explanation
    would_hold = taken.opens_at <= at and (taken.closes_at is None or at < taken.closes_at)
    if not would_hold:
        return explanation
    words = {"day": _day(taken.withdrawn_at), "reason": taken.withdrawn_reason.rstrip(FULL_STOPS)}
    return dataclasses.replace(
        explanation,
        state=rules.SUSPENDED,
        sentence=_("Closed on %(day)s, what had opened it was taken back: %(reason)s.") % words,
    )


def explain_grounds(*, grounds: Sequence[rules.Ground], at: dt.datetime) -> Explanation:
    """Return what grounds say at a moment, in words. Pure but for the active language."""
    verdict = rules.evaluate(grounds=grounds, at=at)
    module_ids = sorted({ground.module_id for ground in grounds if ground.module_id is not None})
    return Explanation(
        state=verdict.state,
        sentence=_sentence(verdict, grounds),
        since=verdict.opens_at if verdict.ground else None,
        until=verdict.closes_at if verdict.ground else None,
        next_change_at=verdict.next_change_at,
        grounds=[ground for ground in grounds if ground.holds(at)],
        modules=[_module(grounds, module_id, at) for module_id in module_ids],
    )


def _module(grounds: Sequence[rules.Ground], module_id: int, at: dt.datetime) -> ModuleAccess:
    own = [ground for ground in grounds if ground.module_id in (None, module_id)]
    verdict = rules.evaluate(grounds=own, at=at)
    return ModuleAccess(
        module_id=module_id, state=verdict.state, until=verdict.closes_at if verdict.ground else None
    )


def _sentence(verdict: rules.Verdict, grounds: Sequence[rules.Ground]) -> str:
    if verdict.ground is None:
        return _closed_sentence(verdict, grounds).replace("..", ".")
    facts = {"rule": verdict.ground.rule, "day": _last_day(verdict.ground.closes_at)}
    # A reason or a Russian day may end in a full stop of its own.
    first = _ground_sentence(verdict.ground, facts).rstrip(FULL_STOPS) + _full_stop()
    return f"{first} {_next_sentence(verdict, grounds).replace('..', '.')}".strip()


def _full_stop() -> str:
    return "։" if (get_language() or "").startswith("hy") else "."


def _ground_sentence(ground: rules.Ground, facts: Mapping[str, str]) -> str:
    if ground.kind == rules.GRACE:
        return _("Open in grace until %(day)s: the next part is not paid yet (rule %(rule)s).") % facts
    if ground.kind == rules.MANUAL:
        return _("Open until %(day)s, opened by hand: %(rule)s") % facts
    if ground.kind == rules.FREE:
        if ground.closes_at is None:
            return _("Open without an end: a free place.")
        return _("Open until %(day)s: a free place.") % facts
    if ground.closes_at is None:
        return _("Open without an end: it is paid (rule %(rule)s).") % facts
    return _("Open until %(day)s: these days are paid (rule %(rule)s).") % facts


def _next_sentence(verdict: rules.Verdict, grounds: Sequence[rules.Ground]) -> str:
    """Say what happens when the carrying ground ends."""
    ground = verdict.ground
    if ground is None or ground.closes_at is None:
        return ""
    after = rules.evaluate(grounds=grounds, at=ground.closes_at)
    if after.state == rules.IN_GRACE and after.ground is not None:
        return _("Then it stays open in grace until %(day)s.") % {"day": _last_day(after.ground.closes_at)}
    if after.state == rules.OPEN:
        return _("Then it stays open on another ground.")
    if after.state == rules.PAUSED and after.opens_at is not None:
        return _("Then a learning pause begins; it opens again on %(day)s.") % {"day": _day(after.opens_at)}
    if ground.kind == rules.GRACE:
        return _("Then it closes unless the part is paid.")
    return _("Then it closes unless more is paid.")


def _closed_sentence(verdict: rules.Verdict, grounds: Sequence[rules.Ground]) -> str:
    if verdict.state == rules.PAUSED and verdict.opens_at is not None:
        return _("Paused: the student asked for a learning pause. It opens again on %(day)s.") % {
            "day": _day(verdict.opens_at)
        }
    if verdict.opens_at is not None:
        return _("Not open yet: it is paid, and by its rule it opens on %(day)s.") % {
            "day": _day(verdict.opens_at)
        }
    if verdict.closes_at is None:
        return _("Not open: what opens it by its rule is not paid yet.")
    last = max(
        (
            ground
            for ground in grounds
            if ground.closes_at == verdict.closes_at and ground.kind != rules.PAUSE
        ),
        key=lambda ground: ground.source,
    )
    facts = {"day": _last_day(last.closes_at)}
    if last.kind == rules.GRACE:
        return (
            _(
                "Closed since the end of %(day)s: the grace is over and the part is not paid. It opens when it is paid."
            )
            % facts
        )
    if last.kind == rules.MANUAL:
        return (
            _("Closed since the end of %(day)s: the opening by hand is over. It opens when a part is paid.")
            % facts
        )
    return (
        _("Closed since the end of %(day)s: the paid days are over. Further paid days open it again.") % facts
    )


def _last_day(moment: dt.datetime | None) -> str:
    return _day(moment - dt.timedelta(microseconds=1)) if moment else ""


def _day(moment: dt.datetime) -> str:
    return dates.format_day(clock.day_of(moment), get_language() or "en")
