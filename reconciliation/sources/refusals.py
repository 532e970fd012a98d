"""Why a file is refused as a whole, and why a row of a file that is taken could not be read."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import DomainError


class FileRefused(DomainError):  # noqa: N818
    """A file is not taken, and nothing of it is kept. `line` says where, `reason` is a code, the message a sentence."""

    code = "file-refused"

    def __init__(self, reason: str, message: str, *, line: int = 0) -> None:
        text = _("Line %(line)s: %(message)s") % {"line": line, "message": message} if line else message
        super().__init__(text, field="file", line=line, reason=reason)
        self.reason = reason
        self.line = line


class BadCell(ValueError):  # noqa: N818
    """A cell cannot be read. `reason` is one of BAD_ROWS."""

    def __init__(self, reason: str, cell: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cell = cell


BAD_ROWS: Mapping[str, Any] = {
    "short": gettext_lazy("the row has fewer cells than the heading"),
    "amount": gettext_lazy("the amount is no number that money can be"),
    "date": gettext_lazy("the date cannot be read"),
    "order": gettext_lazy("the order number is no number"),
    "nameless": gettext_lazy("neither order number nor reference"),
    "kind": gettext_lazy("a word for the kind of row that the mapping does not know"),
    "status": gettext_lazy("a word for the state that the mapping does not know"),
    "currency": gettext_lazy("a currency that is no ISO 4217 code"),
    "account": gettext_lazy("the row belongs to another merchant account"),
}


def sentence_of(reason: str) -> str:
    """Return why a row could not be read, in the active language."""
    return str(BAD_ROWS.get(reason, reason))
