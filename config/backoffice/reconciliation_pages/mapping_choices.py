"""What a person chooses among while pointing at columns: what words mean, how dates and amounts are written."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from config.backoffice.form_fields import INPUT
from reconciliation.models import Side

MEANINGS: Mapping[str, Sequence[tuple[str, Any]]] = {
    "kind": [("payment", _("payment")), ("refund", _("refund")), ("ignore", _("pass over such rows"))],
    "status": [("done", _("done")), ("not_done", _("not done")), ("ignore", _("pass over such rows"))],
    "account": [("own", _("this account")), ("other", _("another account"))],
}
STATES_OF: Mapping[str, Sequence[tuple[str, Any]]] = {
    Side.CRM: [
        ("done", _("paid and closed")),
        ("not_done", _("still open")),
        ("ignore", _("pass over such rows")),
    ],
    Side.LMS: [
        ("done", _("the course is open")),
        ("not_done", _("the course is closed")),
        ("ignore", _("pass over such rows")),
    ],
}
DATE_FORMATS = [
    ("", _("recognised: 31.10.2026, 2026-10-31, with or without time")),
    ("%d.%m.%y", "31.10.26"),
    ("%d.%m.%y %H:%M", "31.10.26 18:05"),
    ("%d.%m.%y %H:%M:%S", "31.10.26 18:05:00"),
    ("%m/%d/%Y", "10/31/2026"),
    ("%m/%d/%Y %H:%M", "10/31/2026 18:05"),
    ("%m/%d/%Y %H:%M:%S", "10/31/2026 18:05:00"),
    ("%m/%d/%Y %I:%M:%S %p", "10/31/2026 6:05:00 PM"),
    ("%Y%m%d", "20261031"),
    ("%Y%m%d%H%M%S", "20261031180500"),
    ("%Y/%m/%d %H:%M:%S", "2026/10/31 18:05:00"),
    ("%d-%b-%Y", "31-Oct-2026"),
    ("%d-%b-%y", "31-Oct-26"),
]
DECIMAL_MARKS = [("", _("recognised")), (",", _("comma: 1 000,50")), (".", _("point: 1,000.50"))]
ZONES = ["Asia/Yerevan", "UTC", "Europe/Moscow"]
CURRENCIES = ["AMD", "USD", "EUR", "RUB"]


def meanings_of(*, side: str, field: str) -> Sequence[tuple[str, Any]]:
    """Return what a word of a column may mean in files of one side."""
    return STATES_OF.get(side, MEANINGS[field]) if field == "status" else MEANINGS[field]


def choice(label: Any, choices: Any, *, required: bool = False, help_text: str = "") -> forms.ChoiceField:
    """Return a field to choose in, as all of this form look."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        help_text=help_text,
        widget=forms.Select(attrs=INPUT),
        label_suffix="",
    )


def line_words(number: int, cells: Sequence[str]) -> str:
    """Return how a line of the file is named in a choice."""
    shown = ", ".join(cell.strip() for cell in cells if cell.strip())
    words_ = shown[:60] + ("…" if len(shown) > 60 else "")
    return _now("line %(number)s: %(words)s") % {"number": number, "words": words_ or _now("empty")}


def plain(text: str) -> str:
    """Return a heading as it is compared with another."""
    return " ".join(text.split()).casefold()
