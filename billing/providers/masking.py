"""
What may be kept of a provider's answer.

Card numbers keep their first six and last four digits, as the banks themselves send them; names, addresses
and expiry of the payer are blanked; our own secrets never stay, even if a provider repeats them to us. The
result is plain JSON of bounded size that PostgreSQL can store.
"""

import decimal
import html
import json
import math
import re
import urllib.parse
from collections.abc import Collection, Mapping
from typing import Any

_CARD_NUMBER = {"cardnumber", "pan", "maskedpan", "cardpan"}
_BLANK = {
    # the payer and the card
    "clientname", "cardholdername", "cardholder", "clientemail", "email", "phone", "processingip", "ip",
    "expdate", "expiration", "expirydate", "expiry",
    "cvc", "cvc2", "cvv", "cvv2", "cavv", "xid", "pareq", "pares", "creq",
    # keys to money
    "bindingid", "cardholderid", "password", "username", "clientid", "token",
}  # fmt: skip
_LONG_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){14,18}(?![0-9])")

_LONGEST_TEXT = 2_000
_MOST_ITEMS = 100
_DEEPEST = 6


def masked(answer: object, *, secrets: Collection[str] = ()) -> dict[str, Any]:
    """
    Return a copy of a JSON object that is safe to store and to show; anything but an object goes under
    "answer".
    """
    kept = _value(answer, _spellings(secrets), _DEEPEST)
    return kept if isinstance(kept, dict) else {"answer": kept}


def masked_text(text: str, *, secrets: Collection[str] = ()) -> str:
    """Return a text without secrets and whole card numbers, cut to a bounded length."""
    return _text(text, _spellings(secrets))


def _spellings(secrets: Collection[str]) -> list[str]:
    """Return how each secret may be written in an answer: plain, in an address, in JSON, in HTML."""
    found: set[str] = set()
    for secret in secrets:
        if len(secret) > 2:
            found |= {secret, urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)}
            found |= {json.dumps(secret)[1:-1], html.escape(secret)}
    return sorted(found, key=len, reverse=True)


def _value(value: object, hidden: list[str], depth: int) -> Any:
    if isinstance(value, str):
        return _text(value, hidden)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | decimal.Decimal):
        return _number(value, hidden)
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        return _fields(value, hidden, depth - 1)
    if isinstance(value, list | tuple):
        return [_value(item, hidden, depth - 1) for item in value[:_MOST_ITEMS]]
    return "…"


def _fields(fields: Mapping[Any, Any], hidden: list[str], depth: int) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in list(fields.items())[:_MOST_ITEMS]:
        word = str(name).lower()
        if word in _CARD_NUMBER:
            kept[_text(str(name), hidden)] = _card_number(value)
        elif word in _BLANK:
            kept[_text(str(name), hidden)] = "***" if value else ""
        else:
            kept[_text(str(name), hidden)] = _value(value, hidden, depth)
    return kept


def _card_number(value: object) -> str:
    if not value:
        return ""
    text = str(value)
    if re.fullmatch(r"[0-9]{6}[*xX]+[0-9]{4}", text) and len(text) <= 19:
        return text
    digits = re.sub(r"[ -]", "", text)
    if re.fullmatch(r"[0-9]{12,19}", digits):
        return f"{digits[:6]}**{digits[-4:]}"
    return "***"


def _number(value: int | float | decimal.Decimal, hidden: list[str]) -> Any:
    if isinstance(value, int):
        text = _text(str(value), hidden) if abs(value) < 10**20 else "…"
        return value if text == str(value) else text
    kept = float(value)
    return kept if math.isfinite(kept) else str(kept)


def _text(text: str, hidden: list[str]) -> str:
    # A NUL or half of a surrogate pair is legal in JSON and refused by PostgreSQL.
    plain = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "?")
    for secret in hidden:
        plain = plain.replace(secret, "***")
    plain = _LONG_NUMBER.sub(_hide_card, plain)
    return plain if len(plain) <= _LONGEST_TEXT else plain[:_LONGEST_TEXT] + "…"


def _hide_card(found: re.Match[str]) -> str:
    digits = re.sub(r"[ -]", "", found.group())
    return f"{digits[:6]}**{digits[-4:]}" if _has_check_digit(digits) else found.group()


def _has_check_digit(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
