"""The steps of a refund policy as lines that a person can write."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def as_text(params: dict[str, Any]) -> str:
    """Return the steps of a version's parameters, one a line: lessons held at most, given back, both in percent."""
    return "\n".join(f"{tier['held_percent']} {tier['refund_percent']}" for tier in params.get("tiers", []))


def read(text: str) -> list[dict[str, int]]:
    """Return the steps written in lines; raises ValidationError where a line is no step or the steps do not rise."""
    tiers = [_tier(line) for line in text.splitlines() if line.strip()]
    held = [tier["held_percent"] for tier in tiers]
    if held != sorted(set(held)):
        raise ValidationError(_("The shares of lessons held must rise from line to line."))
    return tiers


def _tier(line: str) -> dict[str, int]:
    words = line.replace("%", " ").split()
    if len(words) != 2 or not all(word.isdecimal() and int(word) <= 100 for word in words):
        raise ValidationError(
            _("“%(line)s” is no step: write two numbers from 0 to 100.") % {"line": line.strip()}
        )
    return {"held_percent": int(words[0]), "refund_percent": int(words[1])}
