"""How a pause moves days: what is before stays, the rest moves alike, and nothing owed before moves."""

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st

from billing import pause_shift

FIRST = dt.date(2026, 10, 1)
days = st.integers(-60, 90).map(lambda number: FIRST + dt.timedelta(days=number))
shifts = st.builds(pause_shift.Shift, first=st.just(FIRST), days=st.integers(1, 60))


@st.composite
def parts(draw: st.DrawFn) -> pause_shift.PartDays:
    start, due = draw(days), draw(days)
    return pause_shift.PartDays(
        period_from=start,
        period_to=start + dt.timedelta(days=draw(st.integers(0, 40))),
        due_date=due,
        grace_date=due + dt.timedelta(days=draw(st.integers(0, 10))),
        is_overdue=due < FIRST and draw(st.booleans()),
    )


@given(parts(), shifts)
def test_moving_there_and_back_changes_nothing(part, shift):
    assert pause_shift.without_pause(pause_shift.with_pause(part, shift), shift) == part


@given(parts(), shifts)
def test_no_moved_day_lies_within_the_pause(part, shift):
    after = pause_shift.with_pause(part, shift)
    pause = range(FIRST.toordinal(), FIRST.toordinal() + shift.days)
    assert after.period_from.toordinal() not in pause
    assert after.period_to.toordinal() not in pause
    assert after.grace_date - after.due_date == part.grace_date - part.due_date


@given(parts(), shifts)
def test_what_was_due_before_stays_due_and_the_rest_moves(part, shift):
    after = pause_shift.with_pause(part, shift)
    if part.due_date < FIRST:
        assert (after.due_date, after.grace_date) == (part.due_date, part.grace_date)
    else:
        assert after.due_date == part.due_date + dt.timedelta(days=shift.days)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 90), st.integers(1, 60))
def test_neighbouring_parts_stay_neighbours_and_the_whole_is_longer_by_the_pause(lengths, into, length):
    start, found = FIRST - dt.timedelta(days=into), []
    for size in lengths:
        end = start + dt.timedelta(days=size - 1)
        found.append(
            pause_shift.PartDays(
                period_from=start, period_to=end, due_date=start, grace_date=start, is_overdue=False
            )
        )
        start = end + dt.timedelta(days=1)
    shift = pause_shift.Shift(first=FIRST, days=length)
    after = [pause_shift.with_pause(part, shift) for part in found]
    assert all(
        one.period_to + dt.timedelta(days=1) == other.period_from
        for one, other in itertools.pairwise(after)
        if not one.period_to < FIRST <= other.period_from  # the pause lies between them
    )
    moved = after[-1].period_to - found[-1].period_to
    assert moved == (dt.timedelta(days=length) if found[-1].period_to >= FIRST else dt.timedelta())


def test_what_became_overdue_within_a_backdated_pause_stays_due():
    part = pause_shift.PartDays(
        period_from=FIRST, period_to=FIRST, due_date=FIRST, grace_date=FIRST, is_overdue=True
    )
    assert pause_shift.with_pause(part, pause_shift.Shift(first=FIRST, days=5)).due_date == FIRST
