"""Which step is due on which day: the table of the default ladder, and what holds for any ladder whatever."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.reminders import default_steps, ladder

DUE, GRACE, ISSUED = dt.date(2026, 3, 31), dt.date(2026, 4, 5), dt.date(2026, 1, 1)
USUAL = [
    ladder.Step(id=number, anchor=anchor, offset_days=offset)
    for number, (anchor, offset, _task, _words) in enumerate(default_steps.STEPS, 1)
]
BEFORE, ON_DAY, DAY_AFTER, THREE_AFTER, END = USUAL


def on(day, steps=USUAL, *, due=DUE, grace=GRACE, issued=ISSUED, remaining=100):
    return ladder.step_on(
        steps, issued_date=issued, due_date=due, grace_date=grace, remaining_minor=remaining, day=day
    )


@pytest.mark.parametrize(
    ("days_after_due", "step"),
    [
        (-4, None),
        (-3, BEFORE),
        (-2, BEFORE),  # caught up with, if nothing could be sent the day before
        (-1, None),
        (0, ON_DAY),
        (1, DAY_AFTER),
        (2, DAY_AFTER),
        (3, THREE_AFTER),
        (4, THREE_AFTER),
        (5, END),
        (6, None),
        (60, None),
    ],
)
def test_the_default_ladder(days_after_due, step):
    assert on(DUE + dt.timedelta(days=days_after_due)) == step


def test_nothing_is_said_when_nothing_remains():
    assert on(DUE, remaining=0) is None


def test_the_day_of_the_invoice_and_those_before_have_no_step():
    assert on(DUE, issued=DUE) is None
    assert on(DUE + dt.timedelta(days=1), issued=DUE) == DAY_AFTER


def test_without_grace_the_end_wins_over_the_due_date_and_is_the_last():
    assert on(DUE, grace=DUE) == END
    assert on(DUE + dt.timedelta(days=1), grace=DUE) is None


def test_a_step_after_the_grace_is_possible():
    late = ladder.Step(id=9, anchor="grace", offset_days=4)
    assert on(GRACE + dt.timedelta(days=4), [*USUAL, late]) == late


days = st.dates(min_value=dt.date(2026, 1, 1), max_value=dt.date(2026, 6, 30))
ladders = st.lists(
    st.tuples(st.sampled_from(["due", "grace"]), st.integers(-20, 20)), max_size=8, unique=True
).map(
    lambda rows: [
        ladder.Step(id=number, anchor=anchor, offset_days=offset)
        for number, (anchor, offset) in enumerate(rows, 1)
    ]
)


@given(steps=ladders, due=days, issued=days, grace_days=st.integers(0, 20), day=days)
def test_any_step_comes_on_its_day_or_the_next_and_in_any_order_of_the_steps(
    steps, due, issued, grace_days, day
):
    grace = due + dt.timedelta(days=grace_days)
    step = on(day, steps, due=due, grace=grace, issued=issued)
    assert step == on(day, list(reversed(steps)), due=due, grace=grace, issued=issued)
    if step is None:
        return
    own_day = step.day(due_date=due, grace_date=grace)
    assert dt.timedelta(0) <= day - own_day <= dt.timedelta(days=ladder.CATCH_UP_DAYS)
    assert own_day > issued
    reach = ladder.dates_in_reach(steps, anchor=step.anchor, day=day)
    assert (due if step.anchor == "due" else grace) in reach


@given(steps=ladders, due=days, grace_days=st.integers(0, 20))
def test_the_steps_of_an_installment_never_go_backwards(steps, due, grace_days):
    grace = due + dt.timedelta(days=grace_days)
    said = [
        step.day(due_date=due, grace_date=grace)
        for after in range(-45, 70)
        if (step := on(due + dt.timedelta(days=after), steps, due=due, grace=grace, issued=dt.date.min))
    ]
    assert said == sorted(said)
