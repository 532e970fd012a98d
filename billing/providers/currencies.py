"""ISO 4217 numbers, as banks write currencies, and the letters that we use."""

_LETTERS = {"051": "AMD", "643": "RUB", "840": "USD", "978": "EUR"}
_NUMBERS = {letters: number for number, letters in _LETTERS.items()}


def is_known(*, letters: str) -> bool:
    """Say whether these banks settle a currency."""
    return letters in _NUMBERS


def number_of(*, letters: str) -> str:
    """
    Return the three digits of a currency ("051"). Raises KeyError for one that these banks do not settle.
    """
    return _NUMBERS[letters]


def letters_of(*, number: object) -> str:
    """
    Return the letters of a currency as a bank wrote it ("051", "51", 51).

    A number that we do not know comes back as it is, so that it equals no currency of ours; what is no
    currency at all comes back empty.
    """
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    if not isinstance(number, str) or not number.isascii() or not number.isdigit() or len(number) > 3:
        return ""
    return _LETTERS.get(number.zfill(3), number)
