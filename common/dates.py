"""Days and moments as people read them: in their language, always on the school's calendar (Asia/Yerevan)."""

import datetime as dt

from babel import dates

from common import clock

LOCALES = {"hy": "hy_AM", "ru": "ru_RU", "en": "en_GB"}
# Armenian letters and contracts write the year first; the pattern that CLDR gives reads like a translation.
LONG_DAYS = {"hy": "y 'թ'. MMMM d", "ru": "d MMMM y 'г'.", "en": "d MMMM y"}
MONTHS = {"hy": "y 'թ'. LLLL", "ru": "LLLL y", "en": "LLLL y"}
SHORT_DAYS = {"hy": "dd.MM.y", "ru": "dd.MM.y", "en": "d MMM y"}


def format_day(day: dt.date, language: str, *, short: bool = False) -> str:
    """Return a day for a sentence ("2 November 2026") or, if `short`, for a table ("2 Nov 2026")."""
    pattern = SHORT_DAYS.get(language, SHORT_DAYS["en"]) if short else _long(language)
    return _format(day, pattern, language)


def format_moment(moment: dt.datetime, language: str, *, short: bool = False) -> str:
    """Return an aware moment with the minute it was or will be at the school."""
    local = moment.astimezone(clock.SCHOOL_ZONE)
    return f"{format_day(local.date(), language, short=short)}, {local:%H:%M}"


def format_month(first: dt.date, language: str) -> str:
    """Return a month as a heading names it ("November 2026"), given any of its days."""
    pattern = MONTHS.get(language, MONTHS["en"])
    return _format(first, pattern, language)


def format_period(first: dt.date, last: dt.date, language: str) -> str:
    """Return a span of days, both included, naming month and year once where they are the same."""
    if first == last:
        return format_day(first, language)
    same_year = first.year == last.year
    same_month = same_year and first.month == last.month
    if language == "hy":
        later = _format(last, "d" if same_month else "MMMM d" if same_year else LONG_DAYS["hy"], language)
        return f"{format_day(first, language)}{'–' if same_month else ' – '}{later}"
    earlier = _format(first, "d" if same_month else "d MMMM" if same_year else _long(language), language)
    return f"{earlier}{'–' if same_month else ' – '}{format_day(last, language)}"


def _long(language: str) -> str:
    return LONG_DAYS.get(language, LONG_DAYS["en"])


def _format(day: dt.date, pattern: str, language: str) -> str:
    return dates.format_date(day, format=pattern, locale=LOCALES.get(language, LOCALES["en"]))
