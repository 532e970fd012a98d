"""What a person writes to make or cancel a link."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from common import clock
from common.admin_widgets import DayInput
from common.major_amount import MajorAmountField


class LinkForm(forms.Form):
    """Amount and last day of a payment link; both have the usual value already."""

    expires_on = forms.DateField(
        label=_("valid through"),
        help_text=_("The link can be paid until the end of this day in Yerevan."),
        widget=DayInput,
    )
    crm_deal_id = forms.CharField(
        label=_("CRM deal"), required=False, max_length=100, widget=UnfoldAdminTextInputWidget
    )

    def __init__(
        self,
        *args: Any,
        currency: str,
        allow_partial: bool,
        further: Sequence[tuple[int, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if further:
            self.fields["also"] = forms.TypedMultipleChoiceField(
                label=_("pay these with it"),
                help_text=_("The link asks then for all that remains of each, whatever amount stands above."),
                choices=further,
                coerce=int,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        amount = MajorAmountField(label=_("amount"), currency=currency)
        if not allow_partial:
            amount.help_text = _("This plan asks for an installment as a whole.")
        self.fields = {"amount": amount, **self.fields}

    def also(self) -> list[int]:
        """Return the further installments to ask for on the same link."""
        chosen: list[int] = self.cleaned_data.get("also", [])
        return chosen

    def clean_expires_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["expires_on"]
        if day < clock.today():
            raise forms.ValidationError(_("This day is over. Choose today or a later day."))
        if day > clock.today() + dt.timedelta(days=730):
            raise forms.ValidationError(_("Choose a day within two years."))
        return day

    def expires_at(self) -> dt.datetime:
        """Return the last second of the chosen day at the school."""
        return clock.end_of(self.cleaned_data["expires_on"]) - dt.timedelta(seconds=1)


class ReasonForm(forms.Form):
    """Why; it stands in the student's history."""

    reason = forms.CharField(
        label=_("reason"),
        help_text=_("It stands in the student's history."),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class ReplaceForm(ReasonForm, LinkForm):
    """Amount and last day of the new link, and why the old one is replaced."""

    crm_deal_id = None  # type: ignore[assignment]  # the new link keeps the deal of the old one
