"""The form with which a file comes in, and how its bytes are received."""

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common import clock, dates
from common.admin_display import language
from config.backoffice.form_fields import INPUT
from config.backoffice.reconciliation_pages import origins
from reconciliation.models import Side
from reconciliation.months import Month
from reconciliation.sources.tables import MAX_BYTES

MONTHS_OFFERED = 13


class Bounded(FileUploadHandler):
    """Lets a file pass to the handlers behind it up to the limit; of a larger one nothing more is stored."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.is_too_large = False
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._size += len(raw_data)
        if self._size > MAX_BYTES:
            self.is_too_large = True
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class UploadForm(forms.Form):
    """Whose file it is, and of which month if it is a list of a month."""

    source = forms.ChoiceField(label=_("Who wrote the file"), widget=forms.RadioSelect)
    month = forms.ChoiceField(
        label=_("Month"),
        help_text=_("For lists of the CRM and the LMS; a statement tells its days itself."),
        required=False,
        widget=forms.Select(attrs=INPUT),
    )
    taken_at = forms.DateTimeField(
        label=_("Made at"),
        help_text=_("When the list was exported, if it was not just now."),
        required=False,
        widget=forms.DateTimeInput(attrs={**INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX, up to 200 MB. The file stays as it is; nothing is deleted by it."),
        allow_empty_file=True,  # said by the reading, in our words
        max_length=500,
        widget=forms.FileInput(attrs={**INPUT, "accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def __init__(self, *args: Any, **facts: Any) -> None:
        super().__init__(*args, **facts)
        self.origins = origins.origins()
        self.fields["source"].choices = [(origin.code, origin.name) for origin in self.origins]  # type: ignore[attr-defined]
        self.fields["month"].choices = _months()  # type: ignore[attr-defined]

    @property
    def origin(self) -> origins.Origin:
        """Return the chosen source of a valid form."""
        return next(one for one in self.origins if one.code == self.cleaned_data["source"])

    def clean_month(self) -> dt.date | None:
        text = self.cleaned_data["month"]
        return dt.date.fromisoformat(f"{text}-01") if text else None

    def clean_taken_at(self) -> dt.datetime | None:
        taken_at = self.cleaned_data["taken_at"]
        if taken_at is not None and taken_at > clock.now():
            raise forms.ValidationError(_("This moment has not come yet."))
        return taken_at

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (
            given.get("source") in {Side.CRM, Side.LMS}
            and not given.get("month")
            and "month" not in self.errors
        ):
            self.add_error("month", _("Say which month the list speaks of."))
        return given


def _months() -> list[tuple[str, str]]:
    month, offered = Month.of(clock.now()), []
    for _number in range(MONTHS_OFFERED):
        offered.append((str(month), dates.format_month(month.first, language()).capitalize()))
        month = month.before
    return offered
