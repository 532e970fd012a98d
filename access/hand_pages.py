"""The page on which a manager closes what was opened by hand."""

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
from unfold.widgets import UnfoldAdminTextareaWidget

from access import by_hand
from access.models import AccessGrant
from common.errors import DomainError
from common.verb_admin import add_refusal
from students import timeline


class CloseForm(forms.Form):
    """Why it is closed."""

    reason = forms.CharField(
        label=_("reason"),
        help_text=_("It stands in the student's history with your name."),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


def close_page(request: HttpRequest, model_admin: Any, grant_id: int) -> HttpResponse:
    """Close an opening before its end, for a reason."""
    if not request.user.has_perm("access.change_accessgrant"):
        raise PermissionDenied
    grant = get_object_or_404(
        AccessGrant.objects.select_related("student", "course"), pk=grant_id, kind__in=by_hand.GIVEN_BY_PEOPLE
    )
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            by_hand.close_by_hand(
                grant_id=grant_id,
                reason=form.cleaned_data["reason"],
                actor=timeline.Actor.person(request.user),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _now("What was opened by hand is closed; other grounds stay."))
            return HttpResponseRedirect(f"{reverse('student-page', args=[grant.student_id])}#courses")
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _now("Close what was opened by hand"),
        "grant": grant,
        "last_day": by_hand.last_day(grant),
        "form": form,
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/access/close_by_hand.html", context)
