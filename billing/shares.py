"""
How much each part of a price is. Pure: what a plan says and a price in, amounts out.

Amounts are payable (whole drams) and add up to the price exactly; the remainder stands on the first (promise 8).
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from common import money
from common.errors import DomainError

ONE_OFF, EQUAL_PARTS, MONTHLY = "one_off", "equal_parts", "monthly"
PREPAYMENT, BY_MODULE, FREE_DATES = "prepayment", "by_module", "free_dates"


class ImpossibleSchedule(DomainError):  # noqa: N818
    """The plan cannot divide this price over these days."""

    code = "impossible-schedule"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of a price: a percent of it, or an amount in minor units."""

    percent: int | None = None
    amount_minor: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A day on which a share is due; the first day of a plan has none, it takes what the others leave."""

    on: dt.date
    share: Share = Share()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModulePrice:
    """A module of the course and its price in minor units, if it has one."""

    module_id: int
    price_minor: int | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a plan version says about dividing a price; `parts` are those after a prepayment."""

    kind: str
    parts: int = 1
    due_day: int | None = None
    grace_days: int = 0
    first: Share = Share()
    modules: tuple[ModulePrice, ...] = ()
    modules_equal: bool = False
    dates: tuple[Dated, ...] = ()


def count(terms: Terms) -> int:
    """Return into how many parts the terms divide a price, whatever the days. Raises ImpossibleSchedule for an unknown kind."""
    if terms.kind == BY_MODULE and not terms.modules:
        raise ImpossibleSchedule(
            _("The course has no modules. Add them to the course, or choose another plan.")
        )
    counts = {
        ONE_OFF: 1,
        EQUAL_PARTS: terms.parts,
        PREPAYMENT: 1 + terms.parts,
        BY_MODULE: len(terms.modules),
        FREE_DATES: len(terms.dates),
    }
    if terms.kind not in counts:
        raise ImpossibleSchedule(_("This kind of plan is not known."))
    return counts[terms.kind]


def amounts(*, terms: Terms, price_minor: int, currency: str, parts: int) -> list[int]:
    """Return the amount of each of `parts` parts in minor units. Raises ImpossibleSchedule when one would not be payable."""
    if terms.kind == PREPAYMENT:
        rest = price_minor - _of(terms.first, price_minor, currency)
        further = [_rounded(rest // terms.parts, currency)] * terms.parts
    elif terms.kind == BY_MODULE and not terms.modules_equal:
        further = _by_price(terms.modules, price_minor, currency)
    elif terms.kind == FREE_DATES:
        further = [_of(dated.share, price_minor, currency) for dated in terms.dates[1:]]
    else:
        further = money.split(price_minor, parts, currency)[1:]
    found = [price_minor - sum(further), *further]
    if any(amount < money.payable_unit(currency) for amount in found):
        raise ImpossibleSchedule(
            _("The price is too small for this many parts. Choose a plan with fewer parts.")
        )
    return found


def _by_price(modules: Sequence[ModulePrice], price_minor: int, currency: str) -> list[int]:
    prices = [module.price_minor or 0 for module in modules]
    if not all(prices):
        raise ImpossibleSchedule(
            _("A module of the course has no price. Price each module, or choose a plan with equal parts.")
        )
    return [_rounded(price_minor * price // sum(prices), currency) for price in prices[1:]]


def _of(share: Share, price_minor: int, currency: str) -> int:
    if share.percent is not None:
        return _rounded(price_minor * share.percent // 100, currency)
    return _rounded(share.amount_minor or 0, currency)


def _rounded(amount_minor: int, currency: str) -> int:
    unit = money.payable_unit(currency)
    return amount_minor // unit * unit
