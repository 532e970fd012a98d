"""A price becomes parts that add up exactly, are payable, and cover the period without a gap (promise 8)."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import schedule, shares

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


a_share = st.one_of(
    st.builds(shares.Share, percent=st.integers(1, 16)),
    st.builds(shares.Share, amount_minor=st.integers(1, 800).map(lambda drams: drams * 100)),
)
priced = st.lists(st.integers(100, 1_000_000), min_size=1, max_size=12).map(
    lambda prices: tuple(
        shares.ModulePrice(module_id=number, price_minor=price) for number, price in enumerate(prices)
    )
)


@st.composite
def dated(draw):
    days = sorted(draw(st.sets(st.integers(-100, 900), min_size=2, max_size=6)))
    first, *further = [DAY + dt.timedelta(days=day) for day in days]
    return (
        shares.Dated(on=first),
        *(shares.Dated(on=day, share=draw(a_share)) for day in further),
    )


divided_terms = st.one_of(
    st.builds(
        schedule.Terms,
        kind=st.just(schedule.PREPAYMENT),
        parts=st.integers(1, 12),
        first=a_share,
        due_day=st.one_of(st.none(), st.integers(1, 31)),
        grace_days=st.integers(0, 30),
    ),
    st.builds(
        schedule.Terms,
        kind=st.just(schedule.BY_MODULE),
        modules=priced,
        modules_equal=st.booleans(),
        grace_days=st.integers(0, 30),
    ),
    st.builds(
        schedule.Terms, kind=st.just(schedule.FREE_DATES), dates=dated(), grace_days=st.integers(0, 30)
    ),
)


@given(
    terms=divided_terms,
    drams=st.integers(150_000, 10_000_000),
    days=st.integers(24, 800),
    begins=st.integers(-400, 400),
    ahead=st.integers(-200, 200),
)
def test_unequal_parts_add_up_cover_every_day_once_and_fall_due_in_order(terms, drams, days, begins, ahead):
    first = DAY + dt.timedelta(days=begins)
    last = first + dt.timedelta(days=days - 1)
    today = first + dt.timedelta(days=ahead)
    parts = schedule.build_schedule(
        terms=terms,
        price_minor=drams * 100,
        currency="AMD",
        period_from=first,
        period_to=last,
        today=today,
    )
    assert sum(part.amount_minor for part in parts) == drams * 100
    assert all(part.amount_minor > 0 and part.amount_minor % 100 == 0 for part in parts)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert (parts[0].period_from, parts[-1].period_to) == (first, last)
    assert all(part.period_from <= part.period_to for part in parts)
    for before, after in itertools.pairwise(parts):
        assert before.period_to + dt.timedelta(days=1) == after.period_from
        assert before.due_date <= after.due_date
    assert parts[0].due_date >= today
    assert all(part.grace_date - part.due_date == dt.timedelta(days=terms.grace_days) for part in parts)


def amounts(terms, drams):
    parts = schedule.build_schedule(
        terms=terms,
        price_minor=drams * 100,
        currency="AMD",
        period_from=DAY,
        period_to=DAY + dt.timedelta(days=89),
        today=DAY,
    )
    return [part.amount_minor // 100 for part in parts]


def test_the_remainder_of_every_kind_stands_on_the_first_part():
    third = shares.Share(percent=33)
    modules = tuple(shares.ModulePrice(module_id=number, price_minor=1) for number in (1, 2, 3))
    dates = (shares.Dated(on=DAY), shares.Dated(on=DAY + dt.timedelta(days=30), share=third))
    prepayment = schedule.Terms(kind=schedule.PREPAYMENT, parts=3, first=third)
    assert amounts(prepayment, 100_001) == [33_002, 22_333, 22_333, 22_333]
    assert amounts(schedule.Terms(kind=schedule.BY_MODULE, modules=modules), 100_001) == [
        33_335,
        33_333,
        33_333,
    ]
    assert amounts(schedule.Terms(kind=schedule.FREE_DATES, dates=dates), 100_001) == [67_001, 33_000]


def test_modules_share_by_price_or_equally():
    modules = tuple(
        shares.ModulePrice(module_id=number, price_minor=price) for number, price in ((7, 300), (8, 100))
    )
    by_price = schedule.Terms(kind=schedule.BY_MODULE, modules=modules)
    equal = schedule.Terms(kind=schedule.BY_MODULE, modules=modules, modules_equal=True)
    assert amounts(by_price, 80_000) == [60_000, 20_000]
    assert amounts(equal, 80_000) == [40_000, 40_000]


def test_dates_before_the_course_still_leave_each_part_a_day():
    dates = (
        shares.Dated(on=DAY - dt.timedelta(days=60)),
        shares.Dated(on=DAY - dt.timedelta(days=30), share=shares.Share(percent=50)),
    )
    parts = schedule.build_schedule(
        terms=schedule.Terms(kind=schedule.FREE_DATES, dates=dates),
        price_minor=100_00,
        currency="AMD",
        period_from=DAY,
        period_to=DAY + dt.timedelta(days=9),
        today=DAY - dt.timedelta(days=90),
    )
    assert [part.due_date for part in parts] == [dated.on for dated in dates]
    assert [(part.period_to - part.period_from).days + 1 for part in parts] == [1, 9]


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
        (schedule.Terms(kind=schedule.BY_MODULE), 30, 100_00),
        (
            schedule.Terms(
                kind=schedule.BY_MODULE, modules=(shares.ModulePrice(module_id=1, price_minor=None),)
            ),
            30,
            100_00,
        ),
        (
            schedule.Terms(kind=schedule.PREPAYMENT, first=shares.Share(amount_minor=100_00)),
            30,
            100_00,
        ),
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
