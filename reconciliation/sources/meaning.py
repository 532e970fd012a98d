"""What the words of a file mean by its profile."""

from collections.abc import Mapping

from reconciliation.models import MappingProfile
from reconciliation.sources.refusals import BadCell

TOTALS = ("total", "итог", "всего", "ընդամեն", "sum total", "grand total", "հանրագումար")


def words(profile: MappingProfile, field: str) -> Mapping[str, str]:
    """Return our words for theirs, which are kept without regard to case."""
    return {word.strip().casefold(): ours for word, ours in profile.words.get(field, {}).items()}


def own_names(profile: MappingProfile) -> set[str]:
    """Return how the file names the account itself."""
    return {name.strip().casefold() for name in profile.own_names}


def translate(word: str, ours: Mapping[str, str], reason: str) -> str:
    """Return our word. Raises BadCell with the reason for a word that the profile does not know."""
    found = ours.get(word) or ours.get(word.strip().casefold())
    if found is None:
        raise BadCell(reason, word)
    return found


def names_totals(text: str) -> bool:
    """Tell whether a text holds a word that totals begin with, anywhere."""
    folded = text.casefold()
    return any(word in folded for word in TOTALS)
