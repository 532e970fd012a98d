"""Each kind of rule opens what it says; more money never closes; nothing opens that nobody paid for."""

import dataclasses
import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access import rules
from common import clock

START = dt.date(2026, 9, 1)


def day(number: float) -> dt.datetime:
    return clock.start_of(START) + dt.timedelta(days=number)


def part(number: int, *, covered: bool, partly: bool = False) -> rules.Part:
    first = START + dt.timedelta(days=30 * (number - 1))
    return rules.Part(
        key=f"installment:{number}",
        number=number,
        period_from=first,
        period_to=first + dt.timedelta(days=29),
        grace_date=first + dt.timedelta(days=5),
        covered=covered,
        partly_covered=partly and not covered,
    )


@st.composite
def any_rule(draw: st.DrawFn) -> rules.Rule:
    opens = draw(st.sampled_from(["at_payment", "on_period_start", "at_share"]))
    return rules.Rule(
        name="any v1",
        opens=opens,
        ends=draw(st.sampled_from(["with_period", "never"])),
        open_in_grace=draw(st.booleans()),
        partial_days=0 if opens == "at_share" else draw(st.integers(0, 10)),
        share_percent=draw(st.integers(1, 100)) if opens == "at_share" else None,
        not_before=draw(
            st.one_of(st.none(), st.integers(-20, 60).map(lambda n: START + dt.timedelta(days=n)))
        ),
        wait_days=draw(st.integers(0, 10)),
    )


def parts_paid(percent_of_each: list[int]) -> tuple[list[rules.Part], int]:
    """Return parts of one price each, so far paid, and the share of all."""
    made = [
        part(number, covered=paid == 100, partly=0 < paid < 100)
        for number, paid in enumerate(percent_of_each, start=1)
    ]
    return made, sum(percent_of_each) // len(percent_of_each)


def is_open(rule: rules.Rule, paid: list[int], paid_at: float, at: float) -> bool:
    made, share = parts_paid(paid)
    found = rules.grounds_for(rule=rule, parts=made, paid_at=day(paid_at), paid_percent=share)
    return rules.evaluate(grounds=found, at=day(at)).state in (rules.OPEN, rules.IN_GRACE)


payments = st.lists(st.sampled_from([0, 0, 40, 100, 100]), min_size=1, max_size=4)


@given(any_rule(), payments, st.integers(-20, 20), st.integers(-30, 130), st.data())
def test_more_money_never_closes(rule, paid, paid_at, at, data):
    more = [
        data.draw(st.sampled_from([amount for amount in (0, 40, 100) if amount >= before])) for before in paid
    ]
    if dataclasses.replace(rule, partial_days=0) != rule:
        more = [100 if new != old else new for new, old in zip(more, paid, strict=True)]
        paid = [0 if old == 40 else old for old in paid]  # days of a part payment are a favour of their own
    if is_open(rule, paid, paid_at, at):
        # Grace of a part ends its turn when a later part opens; what opens instead lasts longer.
        assert is_open(rule, more, paid_at, at) or not _is_paid_for(rule, paid, paid_at, at)


def _is_paid_for(rule: rules.Rule, paid: list[int], paid_at: float, at: float) -> bool:
    made, share = parts_paid(paid)
    found = rules.grounds_for(rule=rule, parts=made, paid_at=day(paid_at), paid_percent=share)
    return any(ground.kind == rules.PAID and ground.holds(day(at)) for ground in found)


@given(any_rule(), payments, st.integers(-20, 20), st.integers(-30, 200))
def test_nothing_is_open_that_nobody_paid_for(rule, paid, paid_at, at):
    made, share = parts_paid(paid)
    for ground in rules.grounds_for(rule=rule, parts=made, paid_at=day(paid_at), paid_percent=share):
        number = int(ground.source.split(":")[1])
        assert ground.closes_at is None or ground.closes_at > ground.opens_at
        if ground.kind == rules.PAID:
            assert paid[number - 1] > 0
            if paid[number - 1] < 100 and rule.asks_for_a_share:
                assert ground.closes_at is not None
                assert ground.closes_at <= clock.end_of(made[number - 1].grace_date)
        else:
            assert ground.kind == rules.GRACE
            assert all(amount == 100 for amount in paid[: number - 1])
            assert ground.closes_at == clock.end_of(made[number - 1].grace_date)


@given(any_rule(), payments, st.integers(-20, 20), st.integers(-30, 200))
def test_a_day_that_nothing_opens_before_holds_for_all(rule, paid, paid_at, at):
    made, share = parts_paid(paid)
    found = rules.grounds_for(rule=rule, parts=made, paid_at=day(paid_at), paid_percent=share)
    verdict = rules.evaluate(grounds=found, at=day(at))
    waits_until = clock.start_of(rule.not_before) if rule.not_before else None
    if waits_until and day(at) < waits_until and verdict.ground:
        # Only what was paid after its days were over keeps them, as history.
        assert verdict.ground.closes_at is not None
        assert verdict.ground.closes_at <= day(paid_at)


@pytest.mark.parametrize(
    ("facts", "paid", "opens"),
    [
        ({"opens": "at_share", "share_percent": 50}, [100, 0, 0], None),
        ({"opens": "at_share", "share_percent": 33}, [100, 0, 0], 0),
        ({"opens": "at_share", "share_percent": 60}, [100, 100, 0], 0),
        ({"opens": "at_share", "share_percent": 40}, [40], 0),
        ({"opens": "at_share", "share_percent": 41}, [40], None),
        ({"wait_days": 3}, [100], 3),
        ({"not_before": START + dt.timedelta(days=10)}, [100], 10),
        ({"not_before": START + dt.timedelta(days=10), "wait_days": 12}, [100], 12),
        ({"not_before": START - dt.timedelta(days=10)}, [100], 0),
        ({"not_before": START + dt.timedelta(days=40)}, [100], None),
        ({"partial_days": 4}, [40], 0),
        ({"partial_days": 4, "wait_days": 2}, [40], 2),
        ({}, [40], None),
    ],
)
def test_it_opens_on_the_day_the_rule_says(facts, paid, opens):
    rule = rules.Rule(name="this v1", **facts)
    open_on = [number for number in range(-5, 120) if is_open(rule, paid, 0, number + 0.5)]
    assert (open_on[0] if open_on else None) == opens


def test_a_share_opens_all_that_is_paid_and_the_rest_until_its_grace():
    rule = rules.Rule(name="half v1", opens="at_share", share_percent=50)
    made, _share = parts_paid([100, 40])
    found = rules.grounds_for(rule=rule, parts=made, paid_at=day(0), paid_percent=70)
    assert {ground.source for ground in found} == {
        "installment:1:paid",
        "installment:2:share",
        "installment:2:grace",
    }
    states = [rules.evaluate(grounds=found, at=day(n)).state for n in (1, 29.5, 35.5, 36.5)]
    assert states == [rules.OPEN, rules.OPEN, rules.OPEN, rules.SUSPENDED]


@given(any_rule(), payments, st.integers(-20, 20), st.integers(-30, 130), st.randoms())
def test_the_order_of_parts_and_grounds_does_not_matter(rule, paid, paid_at, at, random):
    made, share = parts_paid(paid)
    found = rules.grounds_for(rule=rule, parts=made, paid_at=day(paid_at), paid_percent=share)
    shuffled = list(made)
    random.shuffle(shuffled)
    again = rules.grounds_for(rule=rule, parts=shuffled, paid_at=day(paid_at), paid_percent=share)
    assert sorted(found, key=str) == sorted(again, key=str)
    for some in itertools.islice(itertools.permutations(found), 6):
        assert (
            rules.evaluate(grounds=some, at=day(at)).state == rules.evaluate(grounds=found, at=day(at)).state
        )
