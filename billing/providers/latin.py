"""
Armenian and Russian text in Latin letters.

Banks pass the description of a payment through systems that know ASCII only: at Ameriabank every other letter
comes back as "¿".
"""

import re
import unicodedata

_ARMENIAN = """
    աa բb գg դd եe զz էe ըy թt ժzh իi լl խkh ծts կk հh ձdz ղgh ճch մm յy նn շsh ոo չch պp ջj ռr սs վv տt րr ցc
    ւw փp քk օo ֆf ևev
"""
_RUSSIAN = """
    аa бb вv гg дd еe ёe жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya
"""
_SIGNS = {
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "„": '"',
    "’": "'",
    "–": "-",
    "—": "-",
    "№": "No.",
    "։": ".",
    "֏": "AMD",
}
_LETTERS = {"ու": "u"} | {pair[0]: pair[1:] for pair in (_ARMENIAN + _RUSSIAN).split()} | _SIGNS
_KNOWN = re.compile("|".join(map(re.escape, _LETTERS)), re.IGNORECASE)


def to_ascii(text: str) -> str:
    """Return the text in printable ASCII on one line. A letter without a Latin spelling becomes "?"."""
    spelt = _KNOWN.sub(_spell, unicodedata.normalize("NFC", text))
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(sign))
    ascii_only = "".join(sign if sign.isascii() else "?" for sign in plain)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in ascii_only).split())


def _spell(found: re.Match[str]) -> str:
    letters = found.group()
    latin = _LETTERS[letters.lower()]
    return latin if letters == letters.lower() else latin.capitalize()
