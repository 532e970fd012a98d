"""What managers may write, and when nobody is written to."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import ReminderStep
from billing.reminders import default_steps, message, quiet, texts
from common import clock

NIGHT = quiet.parse("21:00-09:00")


@pytest.mark.parametrize("language", ["hy", "ru", "en"])
@pytest.mark.parametrize("place", range(5))
def test_the_default_texts_can_be_sent(language, place):
    anchor, offset, _task, words = default_steps.STEPS[place]
    step = ReminderStep(anchor=anchor, offset_days=offset, **default_steps._texts(words))
    texts.check_subject(step.subject(language))
    texts.check_text(step.text(language))
    sample = message.sample(step=step, language=language)
    assert "{" not in sample.subject + sample.text
    assert "Python" in sample.subject


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{link} {iban}", "{iban} is not a placeholder. Use one of these: {name}, {course}"),
        ("{link} {name.__class__}", "not a placeholder"),
        ("{link} {name!r}", "not a placeholder"),
        ("{link} {name:>900}", "not a placeholder"),
        ("{link} {0}", "not a placeholder"),
        ("{link} {}", "not a placeholder"),
        ("{link} {", "A brace stands alone"),
        ("{name}", "The text needs {link}"),
    ],
)
def test_a_text_that_cannot_be_filled_is_refused_in_words(text, told):
    with pytest.raises(texts.BadText, match=re.escape(told)):
        texts.check_text(text)


def test_the_address_to_pay_does_not_stand_in_a_subject():
    with pytest.raises(texts.BadText, match="out of the subject"):
        texts.check_subject("Pay {link}")


@given(st.text())
def test_any_text_is_filled_or_refused(text):
    try:
        texts.fill(text, dict.fromkeys(texts.PLACEHOLDERS, "x"))
    except texts.BadText:
        return


def at(hour, minute=0, day=dt.date(2026, 3, 31)):
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=clock.SCHOOL_ZONE).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "is_quiet"),
    [(8, 59, True), (9, 0, False), (20, 59, False), (21, 0, True), (23, 59, True), (0, 0, True)],
)
def test_the_night_is_quiet_on_the_schools_clock(hour, minute, is_quiet):
    assert quiet.is_quiet(at(hour, minute), NIGHT) is is_quiet


def test_hours_within_a_day_and_none_at_all():
    noon = quiet.parse("12:00-14:00")
    assert quiet.is_quiet(at(13), noon)
    assert not quiet.is_quiet(at(14), noon)
    assert quiet.parse("") is None
    assert not quiet.is_quiet(at(3), None)


@pytest.mark.parametrize("text", ["9-21", "21:00", "24:00-09:00", "21:00-21:00", "nights"])
def test_hours_that_cannot_be_read_are_refused(text):
    with pytest.raises(ValueError, match="Quiet hours"):
        quiet.parse(text)
