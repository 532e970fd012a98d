"""The forms of the desk, made from what a resolution says it needs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config.backoffice.form_fields import INPUT, AmountField, day_field, reason_field
from students.task_types import Field


class ResolutionForm(forms.Form):
    """What a resolution asks for, and why."""

    reason = reason_field()

    def __init__(self, *args: Any, resolution: Any, task: Any, **facts: Any) -> None:
        super().__init__(*args, **facts)
        for field in resolution.fields:
            self.fields[field.name] = _field(field, task)
        self.order_fields([field.name for field in resolution.fields])

    @property
    def data_of_resolution(self) -> dict[str, Any]:
        """Return what was given beside the reason; only what is valid so far."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class PostponeForm(forms.Form):
    """Until when a task waits, and why."""

    until = day_field(label=_("Until"))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.TextInput(attrs=INPUT))


def _field(field: Field, task: Any) -> forms.Field:
    facts: dict[str, Any] = {"label": field.label, "required": field.required, "help_text": field.advice}
    if field.kind == "amount":
        return AmountField(currency=field.currency(task), **facts)
    if field.kind == "choice":
        return forms.TypedChoiceField(
            choices=list(field.choices(task)), coerce=int, widget=forms.Select(attrs=INPUT), **facts
        )
    return forms.CharField(max_length=200, widget=forms.TextInput(attrs=INPUT), **facts)
