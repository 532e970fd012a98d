"""The page on which a manager moves a due date."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import due_dates
from billing.admin.link_forms import ReasonForm
from billing.models import Installment
from common import admin_display
from common.admin_widgets import DayInput
from common.errors import DomainError
from common.verb_admin import add_refusal
from students import timeline


class DueDateForm(ReasonForm):
    """The new day, and why."""

    to = forms.DateField(
        label=_("new due date"), help_text=_("The grace behind it keeps its length."), widget=DayInput
    )
    field_order = ["to", "reason"]


def move(request: HttpRequest, model_admin: Any, installment_id: int) -> HttpResponse:
    """Move the due date of one installment, for a reason."""
    if not request.user.has_perm("billing.move_due_date"):
        raise PermissionDenied
    installment = get_object_or_404(
        Installment.objects.select_related("invoice__student", "invoice__enrollment__group__course"),
        pk=installment_id,
    )
    back = reverse("admin:billing_invoice_change", args=[installment.invoice_id])
    form = DueDateForm(request.POST or None, initial={"to": installment.due_date})
    if request.method == "POST" and form.is_valid():
        try:
            moved = due_dates.move_due_date(
                installment_id=installment_id,
                to=form.cleaned_data["to"],
                reason=form.cleaned_data["reason"],
                actor=timeline.Actor.person(request.user),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _said(moved.due_date))
            return HttpResponseRedirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _now("Move the due date"),
        "installment": installment,
        "form": form,
        "back": back,
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/billing/installment/move_due_date.html", context)


def _said(day: dt.date) -> str:
    return _now("The due date is moved: %(day)s.") % {"day": admin_display.day(day)}
