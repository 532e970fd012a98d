"""Widgets of the admin for forms that are not model forms."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import models
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES


class DayInput(forms.DateInput):
    """The browser's own calendar, in the reader's language and on a phone."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(attrs={"class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d", **kwargs)


class MomentInput(forms.DateTimeInput):
    """A day and a minute on the school's clock."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(attrs={"class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%dT%H:%M", **kwargs)


# For `formfield_overrides` of admin classes and inlines.
NATIVE_DATES: dict[Any, Any] = {
    models.DateField: {"widget": DayInput},
    models.DateTimeField: {"widget": MomentInput, "form_class": forms.DateTimeField},
}


def search_as_you_type(choice: forms.Field, like: models.Field[Any, Any]) -> None:
    """
    Let a person find a record by typing: gives the choice the admin's own search widget.

    `like` is a foreign key to the same model; its admin page decides what is searched and who may search.
    """
    # The words stand in the empty field and are its name for a screen reader.
    widget: Any = AutocompleteSelect(like, admin.site, attrs={"data-placeholder": _("Type to search")})
    widget.choices = choice.choices  # type: ignore[attr-defined]
    widget.is_required = choice.required
    choice.widget = widget
