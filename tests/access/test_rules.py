"""Access is the union of grounds: order does not matter, one ground gone leaves the others, the window says when it changes."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access import rules, why
from common import clock

START = dt.datetime(2026, 9, 1, tzinfo=clock.SCHOOL_ZONE)


def day(number: float) -> dt.datetime:
    return START + dt.timedelta(days=number)


def ground(kind: str, first: float, last: float | None, module_id: int | None = None) -> rules.Ground:
    return rules.Ground(
        kind=kind,
        source=f"{kind}:{first}:{last}",
        opens_at=day(first),
        closes_at=None if last is None else day(last),
        rule="standard v1",
        module_id=module_id,
    )


@st.composite
def grounds(draw: st.DrawFn) -> rules.Ground:
    first = draw(st.integers(-50, 50))
    length = draw(st.one_of(st.none(), st.integers(1, 40)))
    kind = draw(st.sampled_from([rules.PAID, rules.GRACE, rules.MANUAL, rules.FREE]))
    return ground(kind, first, None if length is None else first + length)


@given(st.lists(grounds(), max_size=8), st.randoms(), st.integers(-60, 100))
def test_union_is_order_free(items, random, at):
    before = rules.evaluate(grounds=items, at=day(at))
    random.shuffle(items)
    after = rules.evaluate(grounds=items, at=day(at))
    assert (before.state, before.opens_at, before.closes_at, before.next_change_at) == (
        after.state,
        after.opens_at,
        after.closes_at,
        after.next_change_at,
    )


@given(st.lists(grounds(), max_size=8), st.integers(-60, 100))
def test_open_exactly_while_some_ground_holds_and_stable_until_the_next_change(items, at):
    verdict = rules.evaluate(grounds=items, at=day(at))
    holds = any(item.holds(day(at)) for item in items)
    assert (verdict.state in (rules.OPEN, rules.IN_GRACE)) == holds
    if verdict.next_change_at is not None:
        later = verdict.next_change_at - dt.timedelta(seconds=1)
        assert rules.evaluate(grounds=items, at=later).state == verdict.state
    if holds and verdict.closes_at is not None:
        assert not any(item.holds(verdict.closes_at) for item in items)


@given(st.lists(grounds(), min_size=1, max_size=6), st.integers(-60, 100), st.data())
def test_taking_one_ground_away_leaves_the_others(items, at, data):
    gone = data.draw(st.sampled_from(items))
    rest = [item for item in items if item is not gone]
    if any(item.holds(day(at)) for item in rest):
        assert rules.evaluate(grounds=rest, at=day(at)).state in (rules.OPEN, rules.IN_GRACE)


def parts(*covered: bool) -> list[rules.Part]:
    return [
        rules.Part(
            key=f"installment:{number}",
            number=number,
            period_from=clock.day_of(day(30 * (number - 1))),
            period_to=clock.day_of(day(30 * number - 1)),
            grace_date=clock.day_of(day(30 * (number - 1) + 5)),
            covered=is_covered,
        )
        for number, is_covered in enumerate(covered, start=1)
    ]


RULE = rules.Rule(name="standard v1")


@pytest.mark.parametrize(
    ("covered", "at", "state"),
    [
        ((False, False), 1, rules.NONE),
        ((True, False), 1, rules.OPEN),
        ((True, False), 29, rules.OPEN),
        ((True, False), 31, rules.IN_GRACE),
        ((True, False), 36.5, rules.SUSPENDED),
        ((True, True), 36.5, rules.OPEN),
        ((True, True), 60, rules.SUSPENDED),
        ((False, True), 1, rules.NONE),
    ],
)
def test_what_is_paid_opens_its_days_and_grace_follows(covered, at, state):
    found = rules.grounds_for(rule=RULE, parts=parts(*covered), paid_at=day(0))
    assert rules.evaluate(grounds=found, at=day(at)).state == state


def test_without_grace_access_ends_with_the_paid_days():
    rule = rules.Rule(name="strict v1", open_in_grace=False)
    found = rules.grounds_for(rule=rule, parts=parts(True, False), paid_at=day(0))
    assert rules.evaluate(grounds=found, at=day(30)).state == rules.SUSPENDED


def test_paid_after_its_days_is_history_and_opens_nothing_now():
    found = rules.grounds_for(rule=RULE, parts=parts(True)[:1], paid_at=day(45))
    assert rules.evaluate(grounds=found, at=day(45)).state == rules.SUSPENDED


def test_paid_in_advance_opens_from_the_first_day_on_where_the_rule_says_so():
    rule = rules.Rule(name="by date v1", opens="on_period_start")
    found = rules.grounds_for(rule=rule, parts=parts(True), paid_at=day(-10))
    assert rules.evaluate(grounds=found, at=day(-1)).state == rules.NONE
    assert rules.evaluate(grounds=found, at=day(0)).state == rules.OPEN
    early = rules.grounds_for(rule=RULE, parts=parts(True), paid_at=day(-10))
    assert rules.evaluate(grounds=early, at=day(-1)).state == rules.OPEN


@pytest.mark.parametrize(
    ("items", "at", "words"),
    [
        ([], 0, "is not paid yet"),
        ([ground(rules.PAID, 0, 30)], 1, "Open until 30 September 2026: these days are paid"),
        ([ground(rules.PAID, 0, 30), ground(rules.GRACE, 30, 36)], 1, "in grace until 6 October 2026"),
        ([ground(rules.PAID, 0, 30), ground(rules.GRACE, 30, 36)], 31, "Open in grace until 6 October 2026"),
        ([ground(rules.PAID, 0, 30), ground(rules.GRACE, 30, 36)], 40, "the grace is over"),
        ([ground(rules.PAID, 0, 30)], 40, "the paid days are over"),
        ([ground(rules.PAID, 10, 30)], 1, "opens on 11 September 2026"),
        ([ground(rules.MANUAL, 0, 5)], 1, "opened by hand"),
        ([ground(rules.MANUAL, 0, 5)], 9, "the opening by hand is over"),
        ([ground(rules.FREE, 0, None)], 1, "a free place"),
        ([ground(rules.PAID, 0, None)], 1, "Open without an end: it is paid"),
        ([ground(rules.PAID, 0, 30), ground(rules.FREE, 0, 60)], 1, "a free place"),
    ],
)
def test_the_sentence_says_why_and_what_happens_next(items, at, words):
    explanation = why.explain_grounds(grounds=items, at=day(at))
    assert words in explanation.sentence


def test_modules_have_windows_of_their_own():
    items = [ground(rules.PAID, 0, 30, module_id=1), ground(rules.PAID, 0, 10, module_id=2)]
    states = {m.module_id: m.state for m in why.explain_grounds(grounds=items, at=day(20)).modules}
    assert states == {1: rules.OPEN, 2: rules.SUSPENDED}
