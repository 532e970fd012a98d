"""The fields that the forms of the house's own pages are made of."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common import dates, money
from common.errors import DomainError
from courses.models import Group

INPUT = {"class": "mq-input"}


class AmountField(forms.CharField):
    """An amount as people write it, in minor units."""

    def __init__(self, *, currency: str, **facts: Any) -> None:
        super().__init__(
            max_length=20, widget=forms.TextInput(attrs={**INPUT, "inputmode": "decimal"}), **facts
        )
        self.currency = currency

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return money.require_payable(money.from_typed(text, self.currency), self.currency)
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error


class GroupField(forms.ModelChoiceField[Group]):
    """A group by course, name and days: groups of one course are often named alike."""

    def label_from_instance(self, group: Any) -> str:
        days = dates.format_period(group.starts_on, group.ends_on, (get_language() or "en").split("-")[0])
        return f"{group.course.title} · {group.name} · {days}"


def day_field(**facts: Any) -> forms.DateField:
    """Return a field for a day."""
    attrs = {**INPUT, "type": "date"}
    return forms.DateField(widget=forms.DateInput(attrs=attrs, format="%Y-%m-%d"), **facts)


def words_field(rows: int = 2, **facts: Any) -> forms.CharField:
    """Return a field for some lines of text."""
    return forms.CharField(max_length=500, widget=forms.Textarea(attrs={**INPUT, "rows": rows}), **facts)


def reason_field() -> forms.CharField:
    """Return the field for why something is done."""
    return words_field(label=_("Reason"), help_text=_("It stands in the history with your name."))
