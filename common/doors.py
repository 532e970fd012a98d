"""Ways to pages that are made further up, where the address alone is known; an installation may lack the page."""

from django.urls import NoReverseMatch, reverse


def address_of(name: str, *args: int | None) -> str:
    """Return the address of a page by its name, nothing where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
