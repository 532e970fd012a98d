"""What a person writes about a month."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReopenForm(forms.Form):
    """Why a closed month is opened again."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It stands in the history with your name."),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "mq-input", "rows": 3}),
    )
