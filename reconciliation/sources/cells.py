"""Numbers, dates and currencies as other programs write them."""

import datetime as dt
import decimal
import functools
import re
from collections.abc import Callable

from common import money
from reconciliation.sources.refusals import BadCell

# ISO 4217 numbers that Armenian banks write instead of letters.
NUMERIC_CURRENCIES = {
    "051": "AMD",
    "51": "AMD",
    "840": "USD",
    "978": "EUR",
    "643": "RUB",
    "֏": "AMD",
    "ДРАМ": "AMD",
}
LARGEST = decimal.Decimal(10) ** 15
_BLANKS = str.maketrans("", "", " \u00a0\u202f\u2009'\t")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_CURRENCY_AT_THE_END = re.compile(r"(AMD|USD|EUR|RUB|֏|др\.?|դր\.?)$", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?")
_YEARS = range(2000, 2100)


def amount_reader(*, unit: str, decimal_mark: str) -> Callable[[str, str], int]:
    """
    Return the function that gives minor units of an amount as this file writes it, in a currency.

    It knows blanks and apostrophes between thousands, a decimal comma or point (told, or the last mark that one or two digits
    follow), a minus before or after, brackets, and a currency's name at the end. It raises BadCell("amount") for anything that is
    no exact amount: nothing is rounded.
    """

    @functools.lru_cache(maxsize=50_000)
    def read(text: str, currency: str) -> int:
        bare = _CURRENCY_AT_THE_END.sub("", text.translate(_BLANKS)).replace("−", "-")
        if bare.endswith("-"):
            bare = f"-{bare[:-1]}"
        if bare.startswith("(") and bare.endswith(")"):
            bare = f"-{bare[1:-1]}"
        number = _with_point(bare, decimal_mark)
        if not _NUMBER.fullmatch(number):
            raise BadCell("amount", text)
        value = decimal.Decimal(number)
        scaled = value if unit == "minor" else value.scaleb(money.exponent(currency))
        if scaled != scaled.to_integral_value() or abs(scaled) >= LARGEST:
            raise BadCell("amount", text)
        return int(scaled)

    return read


def _with_point(text: str, decimal_mark: str) -> str:
    """Take thousands marks away and make the decimal mark a point."""
    if decimal_mark:
        return text.replace("." if decimal_mark == "," else ",", "").replace(decimal_mark, ".")
    last = max(text.rfind(","), text.rfind("."))
    if last < 0:
        return text
    whole, mark, fraction = text[:last], text[last], text[last + 1 :]
    if len(fraction) == 3 and whole.lstrip("+-") not in (
        "",
        "0",
    ):  # three digits are thousands, no part of a dram
        return _groups(whole, mark) + fraction
    other = "." if mark == "," else ","
    return f"{_groups(whole, other)}.{fraction}"


def _groups(whole: str, mark: str) -> str:
    """Take one kind of thousands mark away; what else stands there makes the number unreadable."""
    parts = whole.split(mark)
    return "".join(parts) if all(len(part) == 3 for part in parts[1:]) else whole


def moment_reader(*, date_format: str, zone: dt.tzinfo) -> Callable[[str], dt.datetime]:
    """
    Return the function that gives the moment of a date as this file writes it.

    ISO 8601 and day-first dates are known by themselves, others by a format of strptime. A text with a zone keeps it;
    others are in the file's zone; a date without a time is the first moment of its day. Raises BadCell("date").
    """

    def read(text: str) -> dt.datetime:
        try:
            moment = dt.datetime.strptime(text, date_format) if date_format else _recognise(text)  # noqa: DTZ007
        except (ValueError, OverflowError):
            raise BadCell("date", text) from None
        if moment.year not in _YEARS:
            raise BadCell("date", text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)

    return read


def _recognise(text: str) -> dt.datetime:
    if text[4:5] == "-":
        return dt.datetime.fromisoformat(text)
    if text[2:3] == "." and text[5:6] == "." and len(text) in (10, 16, 19):
        return dt.datetime.fromisoformat(f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}")
    found = _DAY_FIRST.fullmatch(text)
    if not found:
        raise ValueError(text)
    day, month, year, time = found.groups()
    return dt.datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2} {(time or '00:00'):0>5}")


@functools.lru_cache(maxsize=100)
def currency_of(text: str) -> str:
    """Return the ISO 4217 letters of a currency as banks write it. Raises BadCell("currency")."""
    word = text.strip().upper().rstrip(".")
    code = NUMERIC_CURRENCIES.get(word, word)
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise BadCell("currency", text)
    return code


def order_number_of(text: str) -> int:
    """Return an order number; spreadsheets make "1001.0" of it. Raises BadCell("order")."""
    bare = text.removesuffix(".0").lstrip("'#№ ")
    if not (bare.isascii() and bare.isdigit() and len(bare) <= 18):
        raise BadCell("order", text)
    return int(bare)
