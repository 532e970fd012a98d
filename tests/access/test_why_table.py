"""The sentence is right for every combination of grounds, in three languages: it names the day and what comes next."""

import datetime as dt
import itertools
import re

import pytest
from django.utils import translation

from access import rules, why
from common import clock, dates

START = dt.date(2026, 9, 1)
WINDOWS: dict[str, tuple[int, int | None]] = {
    rules.PAID: (0, 30),
    rules.GRACE: (30, 36),
    rules.MANUAL: (5, 12),
    rules.FREE: (20, 50),
    rules.PAUSE: (12, 18),
}
COMBINATIONS = [kinds for size in range(len(WINDOWS) + 1) for kinds in itertools.combinations(WINDOWS, size)]
MOMENTS = [-1, 1, 6, 13, 25, 31, 40, 60]


def day(number: int) -> dt.datetime:
    return clock.start_of(START + dt.timedelta(days=number))


def grounds(kinds: tuple[str, ...]) -> list[rules.Ground]:
    found = []
    for kind in kinds:
        first, last = WINDOWS[kind]
        pieces = [(first, last)]
        if kind == rules.PAID and rules.PAUSE in kinds:  # a pause leaves its days out
            pieces = [(0, 12), (18, 36)]
        found += [
            rules.Ground(
                kind=kind,
                source=f"{kind}:{opens}",
                opens_at=day(opens),
                closes_at=None if closes is None else day(closes),
                rule="trial week" if kind == rules.MANUAL else "standard v1",
            )
            for opens, closes in pieces
        ]
    return found


@pytest.mark.parametrize("language", ["hy", "ru", "en"])
@pytest.mark.parametrize("kinds", COMBINATIONS, ids=lambda kinds: "+".join(kinds) or "none")
def test_every_combination_is_told(kinds, language):
    some = grounds(kinds)
    with translation.override(language):
        for at in MOMENTS:
            told = why.explain_grounds(grounds=some, at=day(at))
            verdict = rules.evaluate(grounds=some, at=day(at))
            assert told.state == verdict.state
            assert told.sentence
            assert "%" not in told.sentence
            assert ".." not in told.sentence
            assert not re.search(r"[a-z]{4,} [a-z]{4,}", told.sentence) or language == "en" or _own(told)
            if verdict.ground is not None and verdict.ground.closes_at:
                assert _shown(verdict.ground.closes_at - dt.timedelta(days=1), language) in told.sentence
            elif verdict.ground is None and verdict.opens_at is not None:
                assert _shown(verdict.opens_at, language) in told.sentence


def _own(told: why.Explanation) -> bool:
    """A reason that a person wrote in English is told as it was written."""
    return "trial week" in told.sentence


def _shown(moment: dt.datetime, language: str) -> str:
    return dates.format_day(clock.day_of(moment), language).rstrip(".")


@pytest.mark.parametrize(
    ("kinds", "at", "words"),
    [
        ((), 1, "is not paid yet"),
        ((rules.PAID,), -1, "by its rule it opens on 1 September 2026"),
        ((rules.PAID, rules.PAUSE), 1, "Then a learning pause begins; it opens again on 19 September 2026"),
        ((rules.PAID, rules.PAUSE), 13, "Paused: the student asked for a learning pause"),
        ((rules.PAID, rules.PAUSE, rules.MANUAL), 6, "Open until 12 September 2026"),
        ((rules.PAUSE,), 13, "is not paid yet"),
        ((rules.PAUSE, rules.MANUAL), 13, "the opening by hand is over"),
        ((rules.FREE,), 25, "a free place"),
        ((rules.FREE,), 60, "Closed since the end of 20 October 2026"),
        ((rules.PAID, rules.GRACE), 31, "Open in grace until 6 October 2026"),
        ((rules.PAID, rules.GRACE), 40, "the grace is over"),
        ((rules.PAID, rules.GRACE, rules.FREE), 40, "a free place"),
    ],
)
def test_the_words_of_the_main_cases(kinds, at, words):
    assert words in why.explain_grounds(grounds=grounds(kinds), at=day(at)).sentence
