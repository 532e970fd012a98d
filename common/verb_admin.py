"""Admin forms whose saving is a verb: what the verb refuses is shown in words, and nothing is stored."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from common.errors import DomainError


class VerbAdmin(ModelAdmin):
    """
    Shows a DomainError raised while saving as a message on the same page.

    Forms check first what can be checked; this catches what another process changed in between.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())


def add_refusal(form: forms.BaseForm, error: DomainError) -> None:
    """Write what a verb refused at the field it belongs to, or above the form."""
    form.add_error(error.field if error.field in form.fields else NON_FIELD_ERRORS, str(error))
