"""What a policy gives back: steps, costs, the school's own cancelling, and never more for waiting."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refunds import policy

START = dt.date(2026, 9, 1)
BOUGHT = dt.date(2026, 8, 1)


def facts(**given_facts) -> policy.Facts:
    known: dict[str, Any] = {
        "currency": "AMD",
        "paid_minor": 9_000_000,
        "full_minor": 9_000_000,
        "lessons_held": 0,
        "lessons_total": 12,
        "starts_on": START,
        "purchased_on": BOUGHT,
        "on": BOUGHT,
    }
    return policy.Facts(**(known | given_facts))


def amount(params, **given_facts) -> int:
    return policy.suggest(policy=policy.read(params), facts=facts(**given_facts)).amount_minor


TIERS = {"tiers": [{"held_percent": 0, "refund_percent": 100}, {"held_percent": 25, "refund_percent": 50}]}


@pytest.mark.parametrize(("held", "back"), [(0, 9_000_000), (1, 4_500_000), (3, 4_500_000), (4, 0)])
def test_steps_by_share_of_lessons_held(held, back):
    assert amount(TIERS, lessons_held=held) == back


@pytest.mark.parametrize(
    ("step", "day", "back"),
    [
        ({"days_before_start": 14}, dt.date(2026, 8, 18), 9_000_000),
        ({"days_before_start": 14}, dt.date(2026, 8, 19), 0),
        ({"days_after_start": 7}, dt.date(2026, 9, 8), 9_000_000),
        ({"days_after_start": 7}, dt.date(2026, 9, 9), 0),
        ({"days_after_purchase": 14}, dt.date(2026, 8, 15), 9_000_000),
        ({"days_after_purchase": 14}, dt.date(2026, 8, 16), 0),
    ],
)
def test_steps_by_days(step, day, back):
    assert amount({"tiers": [{"refund_percent": 100, **step}]}, on=day) == back


@pytest.mark.parametrize(("held", "back"), [(2, 9_000_000), (3, 0)])
def test_steps_by_number_of_lessons(held, back):
    assert amount({"tiers": [{"held_lessons": 2, "refund_percent": 100}]}, lessons_held=held) == back


@pytest.mark.parametrize(
    ("of", "paid", "held", "back"),
    [
        ("paid", 3_000_000, 0, 1_500_000),
        ("full", 3_000_000, 0, 3_000_000),
        ("full", 6_000_000, 0, 4_500_000),
        ("unused", 9_000_000, 3, 3_375_000),
        ("unused", 2_000_000, 3, 0),
    ],
)
def test_a_share_of_what(of, paid, held, back):
    params = {"tiers": [{"refund_percent": 50, "of": of}]}
    assert amount(params, paid_minor=paid, lessons_held=held) == back


def test_the_school_keeps_its_costs_but_no_more_than_goes_back():
    assert amount({**TIERS, "costs_kept_minor": 500_000}) == 8_500_000
    assert amount({**TIERS, "costs_kept_minor": 99_000_000}) == 0


@pytest.mark.parametrize(
    ("word", "back"), [("everything", 9_000_000), ("nothing", 0), ("by_steps", 4_000_000)]
)
def test_when_the_school_cancels(word, back):
    params = {**TIERS, "costs_kept_minor": 500_000, "school_cancels": word}
    assert amount(params, lessons_held=3, school_cancels=True) == back


def test_everything_is_the_answer_of_a_policy_that_says_nothing_of_the_school():
    assert amount({}, school_cancels=True, lessons_held=12) == 9_000_000


def test_a_policy_without_steps_gives_nothing():
    assert amount({}) == 0


def test_thirds_are_rounded_down_to_whole_drams():
    assert amount({"tiers": [{"refund_percent": 33}]}, paid_minor=1_000_100) == 330_000


@pytest.mark.parametrize(
    "params",
    [
        {"tiers": [{"refund_percent": 101}]},
        {"tiers": [{"refund_percent": "50"}]},
        {"tiers": [{"held_percent": 3}]},
        {"tiers": [{"refund_percent": 50, "on_mondays": 1}]},
        {"tiers": [{"refund_percent": 50, "of": "moon"}]},
        {"costs_kept_minor": -1},
        {"school_cancels": "perhaps"},
    ],
)
def test_what_the_interpreter_does_not_know_is_refused(params):
    with pytest.raises(policy.UnreadablePolicy):
        policy.read(params)


LIMITS = st.fixed_dictionaries(
    {"refund_percent": st.integers(0, 100)},
    optional={
        "of": st.sampled_from(["paid", "full", "unused"]),
        "held_percent": st.integers(0, 100),
        "held_lessons": st.integers(0, 20),
        "days_before_start": st.integers(0, 60),
        "days_after_start": st.integers(0, 60),
        "days_after_purchase": st.integers(0, 60),
    },
)
PARAMS = st.fixed_dictionaries(
    {"tiers": st.lists(LIMITS, max_size=5)},
    optional={
        "costs_kept_minor": st.integers(0, 10_000_000),
        "school_cancels": st.sampled_from(["everything", "nothing", "by_steps"]),
    },
)
CASES = st.builds(
    lambda full, share, total, held, day, cancels: facts(
        full_minor=full,
        paid_minor=full * share // 100,
        lessons_total=total,
        lessons_held=min(held, total),
        on=BOUGHT + dt.timedelta(days=day),
        school_cancels=cancels,
    ),
    st.integers(1, 50_000_000),
    st.integers(0, 100),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 120),
    st.booleans(),
)


@given(PARAMS, CASES)
def test_never_below_nothing_never_above_paid_always_payable_and_lines_add_up(params, case):
    suggested = policy.suggest(policy=policy.read(params), facts=case)
    assert 0 <= suggested.amount_minor <= case.paid_minor
    assert suggested.amount_minor % 100 == 0
    assert sum(line.amount_minor for line in suggested.lines) == suggested.amount_minor


@given(PARAMS, CASES, st.integers(0, 60), st.integers(0, 20))
def test_waiting_never_pays(params, case, days, lessons):
    later = dataclasses.replace(
        case,
        on=case.on + dt.timedelta(days=days),
        lessons_held=min(case.lessons_held + lessons, case.lessons_total),
    )
    read = policy.read(params)
    now_minor = policy.suggest(policy=read, facts=case).amount_minor
    assert policy.suggest(policy=read, facts=later).amount_minor <= now_minor


@given(PARAMS, CASES, st.integers(0, 10_000_000))
def test_who_paid_more_never_gets_less(params, case, more):
    richer = dataclasses.replace(case, paid_minor=min(case.paid_minor + more, case.full_minor))
    read = policy.read(params)
    assert (
        policy.suggest(policy=read, facts=case).amount_minor
        <= policy.suggest(policy=read, facts=richer).amount_minor
    )
