import datetime as dt

import pytest

from common import dates

SEPTEMBER = (dt.date(2026, 9, 1), dt.date(2026, 9, 30))


@pytest.mark.parametrize(
    ("language", "words"),
    [("hy", "2026 թ. նոյեմբերի 2"), ("ru", "2 ноября 2026 г."), ("en", "2 November 2026")],
)
def test_a_day_reads_as_people_write_it(language, words):
    assert dates.format_day(dt.date(2026, 11, 2), language) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [("hy", "02.11.2026"), ("ru", "02.11.2026"), ("en", "2 Nov 2026"), ("de", "2 Nov 2026")],
)
def test_a_day_in_a_table_is_short_and_an_unknown_language_reads_english(language, words):
    assert dates.format_day(dt.date(2026, 11, 2), language, short=True) == words


def test_a_moment_is_told_on_the_clock_of_the_school():
    late_in_utc = dt.datetime(2026, 11, 2, 21, 5, tzinfo=dt.UTC)
    assert dates.format_moment(late_in_utc, "en") == "3 November 2026, 01:05"


@pytest.mark.parametrize(
    ("language", "words"),
    [("hy", "2026 թ. սեպտեմբերի 1–30"), ("ru", "1–30 сентября 2026 г."), ("en", "1–30 September 2026")],
)
def test_a_period_names_month_and_year_once(language, words):
    assert dates.format_period(*SEPTEMBER, language) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("hy", "2026 թ. սեպտեմբերի 1 – 2027 թ. հունվարի 31"),
        ("ru", "1 сентября 2026 г. – 31 января 2027 г."),
        ("en", "1 September 2026 – 31 January 2027"),
    ],
)
def test_a_period_over_new_year_names_both_years(language, words):
    assert dates.format_period(dt.date(2026, 9, 1), dt.date(2027, 1, 31), language) == words


def test_a_period_of_one_day_is_that_day():
    day = dt.date(2026, 9, 1)
    assert dates.format_period(day, day, "en") == "1 September 2026"


@pytest.mark.parametrize(
    ("language", "words"),
    [("hy", "2026 թ. հոկտեմբեր"), ("ru", "октябрь 2026"), ("en", "October 2026"), ("de", "October 2026")],
)
def test_a_month_is_named_as_in_a_heading(language, words):
    assert dates.format_month(dt.date(2026, 10, 1), language) == words
