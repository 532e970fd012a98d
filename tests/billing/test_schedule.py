"""A price becomes parts that add up exactly, are payable, and cover the period without a gap (promise 8)."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import schedule

DAY = dt.date(2026, 9, 1)

terms = st.one_of(
    st.just(schedule.Terms(kind=schedule.ONE_OFF)),
    st.builds(
        schedule.Terms,
        kind=st.just(schedule.EQUAL_PARTS),
        parts=st.integers(1, 24),
        grace_days=st.integers(0, 30),
    ),
    st.builds(
        schedule.Terms,
        kind=st.just(schedule.MONTHLY),
        due_day=st.one_of(st.none(), st.integers(1, 31)),
        grace_days=st.integers(0, 30),
    ),
)


@given(
    terms=terms,
    drams=st.integers(50, 10_000_000),
    first=st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)),
    days=st.integers(24, 800),
    ahead=st.integers(-60, 60),
)
def test_parts_add_up_and_cover_every_day_once(terms, drams, first, days, ahead):
    last = first + dt.timedelta(days=days - 1)
    parts = schedule.build_schedule(
        terms=terms,
        price_minor=drams * 100,
        currency="AMD",
        period_from=first,
        period_to=last,
        today=first + dt.timedelta(days=ahead),
    )
    assert sum(part.amount_minor for part in parts) == drams * 100
    assert all(part.amount_minor > 0 and part.amount_minor % 100 == 0 for part in parts)
    assert parts[0].amount_minor >= parts[-1].amount_minor
    assert (parts[0].period_from, parts[-1].period_to) == (first, last)
    for before, after in itertools.pairwise(parts):
        assert before.period_to + dt.timedelta(days=1) == after.period_from
        assert after.period_from <= after.due_date <= after.period_to
    assert all(part.grace_date - part.due_date == dt.timedelta(days=terms.grace_days) for part in parts)


def test_monthly_parts_keep_the_31st_in_short_months():
    parts = schedule.build_schedule(
        terms=schedule.Terms(kind=schedule.MONTHLY, due_day=31),
        price_minor=300_000_00,
        currency="AMD",
        period_from=dt.date(2027, 1, 31),
        period_to=dt.date(2027, 4, 29),
        today=DAY,
    )
    assert [part.period_from for part in parts] == [
        dt.date(2027, 1, 31),
        dt.date(2027, 2, 28),
        dt.date(2027, 3, 31),
    ]
    assert [part.due_date for part in parts] == [
        dt.date(2027, 1, 31),
        dt.date(2027, 2, 28),
        dt.date(2027, 3, 31),
    ]


@pytest.mark.parametrize(
    ("terms", "days", "price"),
    [
        (schedule.Terms(kind=schedule.EQUAL_PARTS, parts=3), 2, 100_00),
        (schedule.Terms(kind=schedule.EQUAL_PARTS, parts=3), 30, 2_00),
        (schedule.Terms(kind="barter"), 30, 100_00),
    ],
)
def test_impossible_schedules_are_refused_in_words(terms, days, price):
    with pytest.raises(schedule.ImpossibleSchedule):
        schedule.build_schedule(
            terms=terms,
            price_minor=price,
            currency="AMD",
            period_from=DAY,
            period_to=DAY + dt.timedelta(days=days - 1),
            today=DAY,
        )
