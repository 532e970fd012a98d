"""
What a transfer carries from a group to another. Pure: values in, values out, amounts in minor units.

What was held is used, what was not held is left; what is left is rounded down to what can be paid, so the student never takes
more along than was not held, and used + carried is always what was paid.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """How far something is: lessons (days where there are none), all of them and those that took place."""

    total: int
    held: int
    by_days: bool = False

    @property
    def left(self) -> int:
        return self.total - self.held


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """What becomes of one part: used and carried are what was paid, lowered is owed no more, unpaid was held and not paid."""

    used_minor: int
    carried_minor: int
    lowered_minor: int
    unpaid_minor: int


def value_left(*, price_minor: int, how_far: Held, unit: int) -> int:
    """Return the part of a price that stands for what was not held, rounded down to the payable unit."""
    if how_far.total <= 0:
        return price_minor
    return price_minor * how_far.left // how_far.total // unit * unit


def share_of(*, owed_minor: int, paid_minor: int, how_far: Held, unit: int) -> Share:
    """Return what becomes of a part of which `owed_minor` was asked and `paid_minor` paid: money pays first what was held."""
    left = value_left(price_minor=owed_minor, how_far=how_far, unit=unit)
    worth = owed_minor - left
    used = min(paid_minor, worth)
    return Share(
        used_minor=used,
        carried_minor=paid_minor - used,
        lowered_minor=left,
        unpaid_minor=worth - used,
    )


def spread(*, amount_minor: int, parts: list[int]) -> list[int]:
    """Return how much of an amount each part takes, first part first, none more than it needs."""
    taken, left = [], amount_minor
    for needed in parts:
        taken.append(min(left, needed))
        left -= taken[-1]
    return taken
