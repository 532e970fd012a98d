"""What is used and what is carried make what was paid, whole drams, and more lessons never carry more."""

from hypothesis import given
from hypothesis import strategies as st

from billing import transfer_value
from billing.transfer_value import Held

UNIT = 100
drams = st.integers(0, 10_000_000).map(lambda value: value * UNIT)


@st.composite
def parts(draw):
    owed = draw(drams)
    paid = draw(st.integers(0, owed // UNIT)) * UNIT
    total = draw(st.integers(0, 60))
    return owed, paid, total, draw(st.integers(0, total))


def share(owed, paid, total, held):
    return transfer_value.share_of(
        owed_minor=owed, paid_minor=paid, how_far=Held(total=total, held=held), unit=UNIT
    )


@given(parts())
def test_used_and_carried_make_what_was_paid_in_whole_drams(part):
    owed, paid, _total, _held = part
    found = share(*part)
    assert found.used_minor + found.carried_minor == paid
    assert 0 <= found.carried_minor <= paid
    assert found.carried_minor <= found.lowered_minor <= owed
    assert owed - found.lowered_minor == found.used_minor + found.unpaid_minor
    assert all(
        amount >= 0 and amount % UNIT == 0
        for amount in (found.used_minor, found.carried_minor, found.lowered_minor, found.unpaid_minor)
    )


@given(parts())
def test_one_lesson_more_carries_no_more(part):
    owed, paid, total, held = part
    if held < total:
        assert share(owed, paid, total, held + 1).carried_minor <= share(*part).carried_minor


@given(parts())
def test_nothing_held_carries_all_and_everything_held_carries_nothing(part):
    owed, paid, total, _held = part
    assert share(owed, paid, total, 0).carried_minor == paid
    if total:
        assert share(owed, paid, total, total).carried_minor == 0


@given(drams, st.lists(drams, max_size=12))
def test_a_sum_spreads_over_parts_in_their_order(amount, needed):
    taken = transfer_value.spread(amount_minor=amount, parts=needed)
    assert sum(taken) == min(amount, sum(needed))
    full = [took == need for took, need in zip(taken, needed, strict=True)]
    assert all(full) or not any(taken[full.index(False) + 1 :])
