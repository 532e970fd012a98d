"""Descriptions in Latin letters."""

import hypothesis
import pytest
from hypothesis import strategies

from billing.providers import latin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Course 12, invoice 7", "Course 12, invoice 7"),
        ("Դասընթաց «Ծրագրավորում»", 'Dasyntac "Tsragravorum"'),
        ("Ուսանող և խումբ", "Usanogh ev khumb"),
        ("Курс «Вёрстка», объём", 'Kurs "Verstka", obem'),
        ("Żółć é", "Zo?c e"),
        ("two\r\nlines\tand\x00more", "two lines and more"),
        ("10 000 ֏ – № 7 ✓", "10 000 AMD - No. 7 ?"),
        ("", ""),
    ],
)
def test_text_is_spelt_in_ascii(text: str, expected: str) -> None:
    assert latin.to_ascii(text) == expected


@hypothesis.given(strategies.text())
def test_any_text_becomes_printable_ascii(text: str) -> None:
    spelt = latin.to_ascii(text)
    assert spelt.isascii()
    assert spelt.isprintable()
