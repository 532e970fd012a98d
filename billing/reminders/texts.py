"""
The texts of reminders: written by managers with placeholders in braces, filled with facts of one installment. Pure.

The list of placeholders is closed, and a placeholder is a bare name: nothing of an object can be reached through a text.
"""

import string
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import DomainError

PLACEHOLDERS = {
    "name": gettext_lazy("the student's name"),
    "course": gettext_lazy("the course"),
    "group": gettext_lazy("the group"),
    "period": gettext_lazy("the days it is for"),
    "amount": gettext_lazy("what the link asks"),
    "due": gettext_lazy("the due date"),
    "grace": gettext_lazy("the last day of grace"),
    "link": gettext_lazy("the address where it is paid"),
    "expires": gettext_lazy("until when the link can be paid"),
    "school": gettext_lazy("the school"),
    "contact": gettext_lazy("how the school is reached"),
}


class BadText(DomainError):  # noqa: N818
    """A text cannot be sent as it is written."""

    code = "bad-reminder-text"


def check_text(text: str) -> None:
    """Raise BadText unless each placeholder is of the list, and the address to pay is among them."""
    if "link" not in _names(text):
        raise BadText(_("The text needs {link}, the address where it is paid."))


def check_subject(subject: str) -> None:
    """Raise BadText unless each placeholder is of the list, and the address to pay is not among them."""
    if "link" in _names(subject):
        raise BadText(_("The address where it is paid belongs in the text: take {link} out of the subject."))


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Return the text with its placeholders filled. Raises BadText for what `check_text` refuses of placeholders."""
    _names(text)
    return "".join(
        before + (facts[name] if name is not None else "")
        for before, name, _spec, _conversion in string.Formatter().parse(text)
    )


def _names(text: str) -> set[str]:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise BadText(_("A brace stands alone. Write placeholders like {name}.")) from error
    names = set()
    for _before, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in PLACEHOLDERS or spec or conversion:
            raise BadText(
                _("{%(name)s} is not a placeholder. Use one of these: %(known)s.")
                % {"name": name, "known": ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)}
            )
        names.add(name)
    return names
