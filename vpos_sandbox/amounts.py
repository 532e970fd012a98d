"""Amounts between the wire's major units and our minor ones. Every supported currency has two decimals."""

import decimal
from typing import Any

CURRENCIES = {"051": "AMD", "840": "USD", "978": "EUR", "643": "RUB"}


def minor_of_major(value: Any) -> int | None:
    """Read a decimal amount in major units (10, 10.0, "10.00") as minor units; None for what is no such amount."""
    if isinstance(value, bool):
        return None
    try:
        minor = decimal.Decimal(str(value).strip()) * 100
    except decimal.InvalidOperation:
        return None
    if not minor.is_finite() or minor != minor.to_integral_value() or abs(minor) >= 10**15:
        return None
    return int(minor)


def shown(amount_minor: int, currency: str) -> str:
    """Answer an amount for people: "25 000 AMD", decimals only where there are any."""
    major, rest = divmod(amount_minor, 100)
    digits = f"{major:,}".replace(",", "\u202f")
    return f"{digits}{f'.{rest:02d}' if rest else ''} {CURRENCIES.get(currency, currency)}"
