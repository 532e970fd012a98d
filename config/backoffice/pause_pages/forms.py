"""The forms of a pause: from when to when and why; and when it ends instead."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common import clock
from config.backoffice.form_fields import INPUT, day_field, reason_field
from courses.models import Enrollment, Pause

CANCEL, SHORTEN = "cancel", "shorten"


class PauseForm(forms.Form):
    """From when to when, and why. What cannot be is refused by the verb, in words."""

    first_day = day_field(label=_("First day without lessons"))
    last_day = day_field(label=_("Last day without lessons"))
    reason = reason_field()

    def __init__(self, *args: Any, enrollment: Enrollment, **facts: Any) -> None:
        first = max(clock.today(), enrollment.period_from)
        facts.setdefault("initial", {"first_day": first, "last_day": first + dt.timedelta(days=13)})
        super().__init__(*args, **facts)


class EndForm(forms.Form):
    """What becomes of a pause: it ends earlier, or it does not take place at all."""

    what = forms.ChoiceField(
        label=_("What happens to it"),
        choices=[(SHORTEN, _("It ends earlier")), (CANCEL, _("It does not take place"))],
        widget=forms.Select(attrs=INPUT),
    )
    last_day = day_field(label=_("Last day without lessons"), required=False)
    reason = reason_field()

    def __init__(self, *args: Any, pause: Pause, **facts: Any) -> None:
        yesterday = clock.today() - dt.timedelta(days=1)
        facts.setdefault(
            "initial",
            {
                "what": SHORTEN if pause.has_begun else CANCEL,
                "last_day": max(pause.first_day, yesterday) if pause.has_begun else pause.first_day,
            },
        )
        super().__init__(*args, **facts)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("what") == SHORTEN and not facts.get("last_day"):
            self.add_error("last_day", _("Choose the day on which it ends."))
        return facts

    @property
    def chosen_day(self) -> dt.date | None:
        """Return the new last day, or nothing where the pause does not take place."""
        day: dt.date | None = self.cleaned_data["last_day"]
        return day if self.cleaned_data["what"] == SHORTEN else None
