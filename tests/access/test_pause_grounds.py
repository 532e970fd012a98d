"""What a pause makes of grounds: no paid day is lost, none is won, and it can be taken back exactly."""

import datetime as dt

from hypothesis import assume, given
from hypothesis import strategies as st

from access import pause_grounds, rules
from common import clock

START = dt.date(2026, 9, 1)


def day(number: int) -> dt.datetime:
    return clock.start_of(START + dt.timedelta(days=number))


def ground(key: int, kind: str, first: int, last: int | None) -> rules.Ground:
    return rules.Ground(
        kind=kind,
        source=f"installment:{key}:{kind}",
        opens_at=day(first),
        closes_at=None if last is None else day(last),
        rule="standard v1",
    )


def window(first: int, last: int, made: int = -100) -> pause_grounds.Window:
    return pause_grounds.window_of(
        pause_id=7,
        first_day=START + dt.timedelta(days=first),
        last_day=START + dt.timedelta(days=last),
        made_at=day(made),
    )


@st.composite
def schedules(draw: st.DrawFn) -> list[rules.Ground]:
    """Return grounds as a schedule gives them: one of a kind for each part, windows of any length."""
    found = []
    for key in range(draw(st.integers(1, 5))):
        first = draw(st.integers(-40, 40))
        length = draw(st.one_of(st.none(), st.integers(1, 40)))
        kind = draw(st.sampled_from([rules.PAID, rules.GRACE, rules.MANUAL, rules.FREE]))
        found.append(ground(key, kind, first, None if length is None else first + length))
    return found


pauses = st.tuples(st.integers(-30, 30), st.integers(1, 40)).map(lambda it: (it[0], it[0] + it[1] - 1))


def end_of(item: rules.Ground) -> dt.datetime:
    assert item.closes_at is not None
    return item.closes_at


def open_days(grounds: list[rules.Ground], kind: str, first: int = -60, last: int = 200) -> int:
    held = [item for item in grounds if item.kind == kind]
    return sum(any(item.holds(day(number)) for item in held) for number in range(first, last))


@given(schedules(), pauses)
def test_pausing_then_taking_it_back_restores_exactly(grounds, days):
    it = window(*days)
    paused = pause_grounds.apply(grounds, it, unmoved=())
    back = pause_grounds.restored(paused, it, unmoved={})
    assert sorted(back, key=str) == sorted(grounds, key=str)


@given(schedules(), pauses, st.integers(0, 39))
def test_a_shortened_pause_is_the_shorter_pause(grounds, days, less):
    first, last = days
    assume(last - less >= first)
    long, short = window(first, last), window(first, last - less)
    paused = pause_grounds.apply(grounds, long, unmoved=())
    again = pause_grounds.apply(pause_grounds.restored(paused, long, unmoved={}), short, unmoved=())
    assert sorted(again, key=str) == sorted(pause_grounds.apply(grounds, short, unmoved=()), key=str)


@given(st.integers(-30, 20), st.integers(1, 40), pauses)
def test_paid_days_are_neither_lost_nor_won(first, length, days):
    one = [ground(1, rules.PAID, first, first + length)]
    paused = pause_grounds.apply(one, window(*days), unmoved=())
    assert open_days(paused, rules.PAID) == open_days(one, rules.PAID) == length
    assert not any(item.holds(day(number)) for item in paused for number in range(days[0], days[1] + 1))


@given(schedules(), pauses)
def test_what_a_person_opened_is_left_alone(grounds, days):
    by_hand = [item for item in grounds if item.kind in (rules.MANUAL, rules.FREE)]
    paused = pause_grounds.apply(grounds, window(*days), unmoved=())
    assert [item for item in paused if item.kind in (rules.MANUAL, rules.FREE)] == by_hand


@given(st.integers(-30, 20), st.integers(1, 40), pauses)
def test_a_grace_that_does_not_move_ends_on_its_day(first, length, days):
    grace = ground(1, rules.GRACE, first, first + length)
    paused = pause_grounds.apply([grace], window(*days), unmoved=[grace.source])
    assert all(end_of(item) <= end_of(grace) for item in paused)
    assert not any(item.holds(day(number)) for item in paused for number in range(days[0], days[1] + 1))


@given(st.integers(-20, 20), st.integers(5, 40), st.integers(0, 10))
def test_access_that_was_used_before_the_pause_was_made_stays_history(first, length, late):
    one = ground(1, rules.PAID, first, first + length)
    it = window(0, 9, made=late)
    paused = pause_grounds.apply([one], it, unmoved=())
    used = [number for number in range(-30, late) if one.holds(day(number))]
    assert all(any(item.holds(day(number)) for item in paused) for number in used)
    if first < late:
        assert end_of(paused[-1]) >= end_of(one)


@given(schedules(), pauses, st.randoms(), st.integers(-40, 90))
def test_the_verdict_does_not_depend_on_the_order_of_grounds(grounds, days, random, at):
    it = window(*days)
    every = [*pause_grounds.apply(grounds, it, unmoved=()), *pause_grounds.reason_for(it)]
    before = rules.evaluate(grounds=every, at=day(at))
    random.shuffle(every)
    after = rules.evaluate(grounds=every, at=day(at))
    assert (before.state, before.opens_at, before.closes_at) == (after.state, after.opens_at, after.closes_at)


def test_a_pause_is_the_reason_only_where_something_opens_after_it():
    it = window(10, 19)
    paid = pause_grounds.apply([ground(1, rules.PAID, 0, 30)], it, unmoved=())
    every = [*paid, *pause_grounds.reason_for(it)]
    assert [rules.evaluate(grounds=every, at=day(n)).state for n in (9, 10, 19, 20, 39, 40)] == [
        rules.OPEN, rules.PAUSED, rules.PAUSED, rules.OPEN, rules.OPEN, rules.SUSPENDED,
    ]  # fmt: skip
    alone = [ground(1, rules.PAID, 0, 5), *pause_grounds.reason_for(it)]
    assert rules.evaluate(grounds=alone, at=day(12)).state == rules.SUSPENDED


def test_what_is_opened_by_hand_is_open_during_a_pause():
    it = window(10, 19)
    every = [
        *pause_grounds.apply([ground(1, rules.PAID, 0, 30)], it, unmoved=()),
        *pause_grounds.reason_for(it),
        ground(2, rules.MANUAL, 12, 15),
    ]
    assert [rules.evaluate(grounds=every, at=day(n)).state for n in (11, 12, 15)] == [
        rules.PAUSED, rules.OPEN, rules.PAUSED,
    ]  # fmt: skip


def test_money_of_a_paused_schedule_is_left_out_of_the_pause_and_taken_back_with_it():
    it = window(10, 19)
    given_in_pause = pause_grounds.left_out(ground(1, rules.PAID, 5, 40), it)
    assert [(item.opens_at, item.closes_at) for item in given_in_pause] == [
        (day(5), day(10)),
        (day(20), day(40)),
    ]
    [back] = pause_grounds.restored(given_in_pause, it, unmoved={})
    assert (back.opens_at, back.closes_at) == (day(5), day(30))
