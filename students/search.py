"""
Finding students by what people remember of them: words of a name or an e-mail, digits of a phone.

Letters are compared without case and without the spellings that one name has in two documents: Armenian "և" and "եւ" and
"եվ", Russian "ё" and "е". Phones are compared by their digits, local and international form alike.
"""

import re
import unicodedata

from django.db.models import Q, QuerySet

from students.models import Student

FEWEST_DIGITS = 5  # fewer are part of too many phones
VARIANTS = {"և": "(?:և|եւ|եվ)", "ё": "[её]", "е": "[её]"}


def find_students(*, text: str) -> QuerySet[Student]:
    """
    Return the students whose name, e-mail or phone holds every word of the text, by name.

    One pass over the students. Stored phones are plus and digits (`registration.normal_phone`), so digits find them.
    """
    digits = phone_digits(text)
    is_phone = looks_like_phone(text) and len(digits) >= FEWEST_DIGITS
    found = Q(phone__contains=digits) if is_phone else _by_words(text)
    return Student.objects.filter(found).order_by("full_name", "id")


def phone_digits(text: str) -> str:
    """Return the digits that a phone has in every way of writing it: without trunk zero and Armenian country code."""
    digits = re.sub(r"\D", "", text).removeprefix("00")
    national = digits.removeprefix("374") if len(digits) == len("37491123456") else digits
    return national.removeprefix("0")


def looks_like_phone(text: str) -> bool:
    """Return whether the text is digits with what people put between them."""
    return bool(re.fullmatch(r"[\d\s()+./\-\u00a0\u2010-\u2015]+", text))


def _by_words(text: str) -> Q:
    found = Q()
    for word in normal(text).split():
        joined = word.replace("եւ", "և").replace("եվ", "և")
        if VARIANTS.keys() & set(joined):
            found &= Q(
                search_text__regex="".join(VARIANTS.get(letter) or _literal(letter) for letter in joined)
            )
        else:
            found &= Q(search_text__contains=word)
    return found


def normal(text: str) -> str:
    """Return the text as it is compared: composed letters, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def _literal(letter: str) -> str:
    # PostgreSQL gives a backslash before a letter or digit a meaning of its own, so only punctuation is escaped.
    return letter if letter.isalnum() else f"\\{letter}"
