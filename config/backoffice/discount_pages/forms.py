"""The forms of a discount: what for, how much, why; and why it is taken back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import Discount
from config.backoffice.form_fields import INPUT, AmountField, reason_field


class DiscountForm(forms.Form):
    """What the school gives it for, percent of the full price or an amount, and why. What cannot be is refused in words."""

    ground = forms.ChoiceField(
        label=_("Given for"), choices=Discount.Ground.choices, widget=forms.Select(attrs=INPUT)
    )
    percent = forms.IntegerField(
        label=_("Percent of the full price"),
        required=False,
        min_value=1,
        max_value=99,
        widget=forms.NumberInput(attrs=INPUT),
    )

    def __init__(self, *args: Any, currency: str, **facts: Any) -> None:
        super().__init__(*args, **facts)
        self.fields["amount"] = AmountField(
            label=_("Or an amount (%(currency)s)") % {"currency": currency}, currency=currency, required=False
        )
        self.fields["reason"] = reason_field()

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not self.errors and (facts.get("percent") is None) == (facts.get("amount") is None):
            self.add_error("percent", _("Write either percent or an amount."))
        return facts


class WithdrawForm(forms.Form):
    """Why a discount is taken back."""

    reason = reason_field()
