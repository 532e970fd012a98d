"""
Money as integers.

Amounts are whole numbers of minor units (AMD has exponent 2: 1 dram = 100). What a person may be asked to pay is a multiple
of the currency's *payable unit*: nobody owns half a dram (docs/money.md).
"""

import decimal
import re

from babel import numbers
from django.utils.translation import gettext as _

from common.errors import DomainError

PAYABLE_UNITS = {"AMD": 100}
GROUPED = re.compile(r"[0-9]{1,3}([.,][0-9]{3})+")
LOCALES = {"hy": "hy_AM", "ru": "ru_RU", "en": "en_US"}


class BadAmount(DomainError):  # noqa: N818
    """An amount cannot be paid as it was written."""

    code = "bad-amount"


def exponent(currency: str) -> int:
    """Return how many decimals the currency has (ISO 4217 by way of CLDR)."""
    return numbers.get_currency_precision(currency)


def payable_unit(currency: str) -> int:
    """Return the smallest sum that can change hands, in minor units."""
    return PAYABLE_UNITS.get(currency, 1)


def require_payable(amount_minor: int, currency: str, *, field: str = "amount") -> int:
    """Return the amount if it is positive and a multiple of the payable unit, raise BadAmount otherwise."""
    if amount_minor <= 0:
        raise BadAmount(_("The amount must be more than zero."), field=field)
    if amount_minor % payable_unit(currency):
        raise BadAmount(_("The amount must be in whole drams, without a fraction."), field=field)
    return amount_minor


def from_major(text: str | int | decimal.Decimal, currency: str, *, field: str = "amount") -> int:
    """Return minor units of an amount in major units ("25000", "25000.00"). Raises BadAmount for what is no exact amount."""
    try:
        value = decimal.Decimal(str(text).strip())
    except decimal.InvalidOperation:
        raise BadAmount(_("Write the amount as a number, for example 25000."), field=field) from None
    if not value.is_finite() or abs(value) >= decimal.Decimal(10) ** 15:
        raise BadAmount(_("Write the amount as a number, for example 25000."), field=field)
    scaled = value.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise BadAmount(_("The amount has more decimals than the currency."), field=field)
    return int(scaled)


def from_typed(text: str, currency: str, *, field: str = "amount") -> int:
    """
    Return minor units of an amount as people write it: "25 000", "25,000", "25.000", "12,50", "25000 ֏". Raises BadAmount.

    A point or comma before three digits groups them, as pages do; no currency here has three decimals.
    """
    plain = "".join(text.replace("֏", "").split())
    if GROUPED.fullmatch(plain):
        plain = plain.replace(",", "").replace(".", "")
    return from_major(plain.replace(",", "."), currency, field=field)


def to_major(amount_minor: int, currency: str) -> str:
    """Return the amount as a decimal string in major units, whole units without decimals ("25000", "12.50")."""
    value = decimal.Decimal(amount_minor).scaleb(-exponent(currency))
    return f"{value:f}" if value != value.to_integral_value() else str(int(value))


def format_money(amount_minor: int, currency: str, language: str) -> str:
    """Return the amount as people read it in `language`: grouped, with the currency, whole drams without decimals."""
    value = decimal.Decimal(amount_minor).scaleb(-exponent(currency))
    whole = value == value.to_integral_value()
    number = numbers.format_decimal(
        value, format="#,##0" if whole else "#,##0.00", locale=LOCALES.get(language, "en_US")
    )
    symbol = "֏" if currency == "AMD" else currency
    return f"{number}\u00a0{symbol}"


def split(total_minor: int, parts: int, currency: str) -> list[int]:
    """Return `parts` payable amounts that add up to the total exactly, the remainder on the first (promise 8)."""
    unit = payable_unit(currency)
    each = total_minor // parts // unit * unit
    return [total_minor - each * (parts - 1), *[each] * (parts - 1)]
