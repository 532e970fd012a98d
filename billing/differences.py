"""What may differ between the money that came and what was fixed, in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Any] = {
    "order_number": _("the order number"),
    "provider_ref": _("the provider's reference"),
    "currency": _("the currency"),
    "amount": _("the amount"),
    "refunded": _("a part of it went back already"),
}


def word_of(difference: str) -> str:
    """Return what differs, for a sentence; an unlisted code shows as it is."""
    return str(WORDS.get(difference, difference))
