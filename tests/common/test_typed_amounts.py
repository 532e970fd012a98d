"""Amounts as people write them at desks and in forms."""

import pytest

from common import money


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("25000", 2_500_000),
        ("25 000", 2_500_000),
        ("25\u00a0000 ֏", 2_500_000),
        ("25,000", 2_500_000),
        ("25.000", 2_500_000),
        ("1,250,000", 125_000_000),
        ("12,5", 1_250),
        ("12.50", 1_250),
        ("-25,00", -2_500),
    ],
)
def test_what_people_write_is_read_as_they_mean_it(typed, minor):
    assert money.from_typed(typed, "AMD") == minor


@pytest.mark.parametrize("typed", ["", "abc", "1,25,0", "1.000,50", "12,3456", "NaN", "1e30"])
def test_what_could_mean_two_things_or_nothing_is_refused(typed):
    with pytest.raises(money.BadAmount):
        money.from_typed(typed, "AMD")
