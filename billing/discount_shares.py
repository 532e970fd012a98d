"""How a discount is divided between the installments that are still owed: by what remains of each, in payable units. Pure."""

from collections.abc import Sequence


def largest(*, remaining: Sequence[int], unit: int) -> int:
    """Return the largest discount in minor units: every open installment keeps at least one payable unit to pay."""
    return sum(max(amount // unit * unit - unit, 0) for amount in remaining)


def divide(*, amount_minor: int, remaining: Sequence[int], unit: int) -> list[int]:
    """
    Return how much of the discount each installment takes, in minor units; the sum is exactly the discount.

    Each takes in proportion to what remains of it, in whole payable units, and keeps at least one. What rounding leaves goes to
    those that keep most, earliest first. Raises ValueError for more than `largest`, or for what is no multiple of the unit.
    """
    if not 0 < amount_minor <= largest(remaining=remaining, unit=unit) or amount_minor % unit:
        raise ValueError(amount_minor)
    most = [max(amount // unit - 1, 0) for amount in remaining]  # in units
    wanted, total = amount_minor // unit, sum(remaining)
    taken = [min(wanted * amount // total, limit) for amount, limit in zip(remaining, most, strict=True)]
    while left := wanted - sum(taken):
        by_room = sorted(range(len(taken)), key=lambda number: taken[number] - most[number])
        with_room = [number for number in by_room if taken[number] < most[number]]
        for number in with_room[:left]:
            taken[number] += 1
    return [units * unit for units in taken]
