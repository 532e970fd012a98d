"""The form that asks for links at once: whose, due until when, and whether they are sent."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common import clock
from config.backoffice.form_fields import INPUT, GroupField, day_field
from courses.models import Group

FARTHEST = dt.timedelta(days=366)


class BulkLinksForm(forms.Form):
    """Which open installments get a link. The number of the request makes a form sent twice one request."""

    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    group = GroupField(
        label=_("Group"),
        queryset=Group.objects.none(),
        required=False,
        empty_label=_("All groups"),
        widget=forms.Select(attrs=INPUT),
    )
    due_until = day_field(label=_("Due until this day"))
    sends_mail = forms.BooleanField(label=_("Send each new link by e-mail"), required=False)

    def __init__(self, *args: Any, may_send: bool, **facts: Any) -> None:
        facts.setdefault("initial", {"due_until": clock.today()})
        super().__init__(*args, **facts)
        field: Any = self.fields["group"]
        field.queryset = (
            Group.objects.filter(is_active=True)
            .select_related("course")
            .order_by("course__title", "starts_on", "name")
        )
        if not may_send:
            del self.fields["sends_mail"]

    def clean_due_until(self) -> dt.date:
        day: dt.date = self.cleaned_data["due_until"]
        if day > clock.today() + FARTHEST:
            raise forms.ValidationError(_("Choose a day within a year."))
        return day
