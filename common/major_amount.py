"""Amounts as people type them: in drams, never in minor units."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from common import money
from common.errors import DomainError


class MajorAmountField(forms.CharField):
    """
    Takes an amount in major units of a currency and gives minor units; what cannot be paid is an error in words.

    Digits may be grouped ("25 000", "25,000"), as the program itself writes amounts so.
    """

    def __init__(self, *, currency: str = "AMD", **kwargs: Any) -> None:
        self.currency = currency
        kwargs.setdefault("help_text", _("In drams, for example 25000."))
        kwargs.setdefault(
            "widget", UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "class": "mq-number"})
        )
        kwargs.pop("min_value", None)
        kwargs.pop("max_value", None)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return money.to_major(value, self.currency) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return money.require_payable(money.from_typed(text, self.currency), self.currency)
        except DomainError as error:
            raise ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)

    def run_validators(self, value: Any) -> None:
        """`to_python` has checked all that there is to check of a number."""
