"""Currencies as banks write them."""

import pytest

from billing.providers import currencies


@pytest.mark.parametrize(
    ("number", "letters"),
    [
        ("051", "AMD"),
        ("51", "AMD"),
        (51, "AMD"),
        ("643", "RUB"),
        ("840", "USD"),
        ("978", "EUR"),
        ("999", "999"),
        ("", ""),
        ("AMD", ""),
        ("0051", ""),
        (51.0, ""),
        (True, ""),
        (None, ""),
        ("٥١", ""),
    ],
)
def test_numbers_become_letters_and_nothing_is_guessed(number: object, letters: str) -> None:
    assert currencies.letters_of(number=number) == letters


def test_letters_become_numbers() -> None:
    assert currencies.number_of(letters="AMD") == "051"
    with pytest.raises(KeyError):
        currencies.number_of(letters="XXX")
