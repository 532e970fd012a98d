"""The lines of a suggestion as sentences, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS: Mapping[str, Any] = {
    "paid": gettext_lazy("Paid for this invoice"),
    "credit": gettext_lazy("Money that stands for nothing"),
    "school_cancels": gettext_lazy("The school cancels: everything goes back"),
    "school_keeps": gettext_lazy("The school cancels: nothing goes back by this policy"),
    "no_step": gettext_lazy("No step of the policy holds any more: nothing goes back"),
    "step_of_paid": gettext_lazy("The policy gives %(percent)s %% of what was paid back"),
    "step_of_full": gettext_lazy(
        "The policy gives %(percent)s %% of the full price back, at most what was paid"
    ),
    "step_of_unused": gettext_lazy("The policy gives %(percent)s %% of what lessons have not used up back"),
    "costs": gettext_lazy("Costs that the school keeps"),
    "limit": gettext_lazy("At most what can still be sent back"),
    "rounded": gettext_lazy("Rounded down to what can be paid out"),
}


def sentence(line: Mapping[str, Any]) -> str:
    """Return what a stored line says: the step, and for a step of the policy how far the course is."""
    code, data = line["code"], line.get("data") or {}
    text = str(WORDS.get(code, code))
    if "percent" in data:
        text %= {"percent": data["percent"]}
    if "lessons_held" in data:
        text += _(" (lessons held: %(held)s of %(total)s)") % {
            "held": data["lessons_held"],
            "total": data["lessons_total"],
        }
    return text
