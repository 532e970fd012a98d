"""
What a refund policy gives back. Pure: values in, values out.

A policy is a list of steps. Each step names what it still holds for (lessons held at most, days before the start at least, days
after the start or the purchase at most) and what it gives back: a share of what was paid, of the full price, or of what the
lessons held so far have not used up. Of all steps that still hold the one that gives most counts, so that waiting never pays
(docs/refunds.md).
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from common import money
from common.errors import DomainError

PAID, FULL, UNUSED = "paid", "full", "unused"
EVERYTHING, NOTHING, BY_STEPS = "everything", "nothing", "by_steps"
LIMITS = ("held_percent", "held_lessons", "days_before_start", "days_after_start", "days_after_purchase")


class UnreadablePolicy(DomainError):  # noqa: N818
    """The parameters of a policy version say something that the interpreter does not know."""

    code = "unreadable-policy"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Until when it holds, and what share of what it gives back. An absent limit does not limit."""

    refund_percent: int
    of: str = PAID
    held_percent: int | None = None  # at most
    held_lessons: int | None = None  # at most
    days_before_start: int | None = None  # at least
    days_after_start: int | None = None  # at most
    days_after_purchase: int | None = None  # at most


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The steps, what the school keeps in any case, and what happens when the school itself cancels."""

    steps: tuple[Step, ...] = ()
    costs_kept_minor: int = 0
    school_cancels: str = EVERYTHING
    administrator_above_minor: int | None = None  # above it only an administrator approves


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a suggestion rests on, as it is on one day."""

    currency: str
    paid_minor: int
    full_minor: int
    lessons_held: int
    lessons_total: int
    starts_on: dt.date
    purchased_on: dt.date
    on: dt.date
    school_cancels: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One step of the calculation: its code, how much it adds or takes (minor units), and the facts behind it."""

    code: str
    amount_minor: int
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Suggestion:
    """The amount that a policy suggests; its lines add up to it."""

    amount_minor: int
    lines: tuple[Line, ...]


def read(params: Mapping[str, Any]) -> Policy:
    """Return the policy that a version's parameters say. Raises UnreadablePolicy for what it does not know."""
    school_cancels = params.get("school_cancels", EVERYTHING)
    if school_cancels not in (EVERYTHING, NOTHING, BY_STEPS):
        raise UnreadablePolicy(_("The refund policy says nothing readable for a course the school cancels."))
    limit = params.get("administrator_above_minor")
    return Policy(
        steps=tuple(_step(tier) for tier in params.get("tiers", [])),
        costs_kept_minor=_number(params.get("costs_kept_minor", 0)),
        school_cancels=school_cancels,
        administrator_above_minor=None if limit is None else _number(limit),
    )


def suggest(*, policy: Policy, facts: Facts) -> Suggestion:
    """
    Return what goes back under a policy, with the lines that lead to it.

    Never below nothing, never above what was paid, always a payable sum (rounded down). Later and with more lessons held it is
    never more.
    """
    paid = Line("paid", facts.paid_minor)
    if facts.school_cancels and policy.school_cancels != BY_STEPS:
        lines = [paid]
        if policy.school_cancels == NOTHING:
            lines.append(Line("school_keeps", -facts.paid_minor))
        else:
            lines.append(Line("school_cancels", 0))
        return _round(lines, facts)
    best = max((_given(step, facts) for step in _holding(policy, facts)), key=_amount_of, default=None)
    if best is None:
        return _round([paid, Line("no_step", -facts.paid_minor, _situation(facts))], facts)
    step, amount_minor = best
    given = Line(
        f"step_of_{step.of}",
        amount_minor - facts.paid_minor,
        {
            "percent": step.refund_percent,
            "full_minor": facts.full_minor,
            **_situation(facts),
            **_limits(step),
        },
    )
    costs = min(policy.costs_kept_minor, amount_minor)
    kept = [Line("costs", -costs)] if costs else []
    return _round([paid, given, *kept], facts)


def _holding(policy: Policy, facts: Facts) -> Sequence[Step]:
    return [step for step in policy.steps if _holds(step, facts)]


def _holds(step: Step, facts: Facts) -> bool:
    after_start = (facts.on - facts.starts_on).days
    after_purchase = (facts.on - facts.purchased_on).days
    return not (
        (step.held_percent is not None and facts.lessons_held * 100 > step.held_percent * facts.lessons_total)
        or (step.held_lessons is not None and facts.lessons_held > step.held_lessons)
        or (step.days_before_start is not None and -after_start < step.days_before_start)
        or (step.days_after_start is not None and after_start > step.days_after_start)
        or (step.days_after_purchase is not None and after_purchase > step.days_after_purchase)
    )


def _given(step: Step, facts: Facts) -> tuple[Step, int]:
    share = _base(step, facts) * step.refund_percent // 100
    return step, max(0, min(share, facts.paid_minor))


def _base(step: Step, facts: Facts) -> int:
    if step.of == FULL:
        return facts.full_minor
    if step.of == UNUSED:
        used = -(-facts.full_minor * facts.lessons_held // facts.lessons_total) if facts.lessons_total else 0
        return max(0, facts.paid_minor - used)
    return facts.paid_minor


def _amount_of(given: tuple[Step, int]) -> int:
    return given[1]


def _round(lines: Sequence[Line], facts: Facts) -> Suggestion:
    amount_minor = sum(line.amount_minor for line in lines)
    rest = amount_minor % money.payable_unit(facts.currency)
    rounding = [Line("rounded", -rest)] if rest else []
    return Suggestion(amount_minor=amount_minor - rest, lines=(*lines, *rounding))


def _situation(facts: Facts) -> dict[str, Any]:
    return {
        "lessons_held": facts.lessons_held,
        "lessons_total": facts.lessons_total,
        "days_after_start": (facts.on - facts.starts_on).days,
        "days_after_purchase": (facts.on - facts.purchased_on).days,
    }


def _limits(step: Step) -> dict[str, int]:
    limits = {name: getattr(step, name) for name in LIMITS}
    return {f"limit_{name}": value for name, value in limits.items() if value is not None}


def _step(tier: Mapping[str, Any]) -> Step:
    unknown = set(tier) - {"refund_percent", "of", *LIMITS}
    of = tier.get("of", PAID)
    percent = _number(tier.get("refund_percent"))
    if unknown or of not in (PAID, FULL, UNUSED) or percent > 100:
        raise UnreadablePolicy(_("A step of the refund policy cannot be read."))
    limits = {name: _number(tier[name]) for name in LIMITS if tier.get(name) is not None}
    return Step(refund_percent=percent, of=of, **limits)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UnreadablePolicy(_("The refund policy holds something that is no number."))
    return value
