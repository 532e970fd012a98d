"""The page on which a person points at the columns of a sample, sees how its rows read, saves that, and has the file loaded."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.reconciliation_pages import mapping_forms, mapping_preview, origins, upload_views
from config.backoffice.reconciliation_pages.mapping_forms import MappingForm
from reconciliation import profiles

LINES_SHOWN = 9


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required([*upload_views.LOADS, "reconciliation.view_mappingprofile"], raise_exception=True)
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the sample and the mapping as it would read; with `save`, keep the mapping and load the file."""
    upload = upload_views.own_upload(request, pk)
    if upload.file_id is not None:
        return redirect("reconciliation-file", pk=upload.file_id)
    if upload.asked_at is not None and upload.ended_at is None:
        return redirect("reconciliation-uploaded", pk=upload.pk)
    profile = mapping_forms.live_profile(upload)
    form = MappingForm(
        request.POST.dict() if request.method == "POST" else None, upload=upload, profile=profile
    )
    preview = mapping_preview.of(form)
    status = 200
    if "save" in request.POST:
        if not request.user.has_perm("reconciliation.add_mappingprofile"):
            raise PermissionDenied
        if _save(request, form, preview):
            return upload_views.begin(request, upload)
        status = 422
    context = {
        "upload": upload,
        "form": form,
        "preview": preview,
        "profile": profile,
        "name": origins.Origin(upload.side, upload.account).name,
        "lines": _lines(form),
        "is_checked": status != 200,
        "may_map": request.user.has_perm("reconciliation.add_mappingprofile"),
    }
    if request.headers.get("HX-Request"):
        return render(request, "reconciliation/mapping_form.html", context)
    return render(request, "reconciliation/mapping.html", context, status=status)


def _save(request: HttpRequest, form: MappingForm, preview: mapping_preview.Preview) -> bool:
    """Keep the mapping if the form is whole, its rows can be read, and nobody changed the mapping meanwhile."""
    seen = request.POST.get("seen_profile", "")
    if seen != str(form.profile.pk if form.profile else ""):
        form.add_error(None, _("A colleague changed the mapping meanwhile. Look at it again, then save."))
    if preview.missing:
        form.add_error(None, preview.missing)
    elif preview.refusal:
        form.add_error(None, preview.refusal)
    elif not preview.good and preview.bad:
        form.add_error(None, _("None of the first rows can be read this way. Look at the reasons below."))
    if not form.is_valid():
        return False
    try:
        profiles.save_profile(
            side=form.side, account=form.upload.account, made_by=request.user, **form.mapping()
        )
    except DomainError as error:
        add_refusal(form, error)
        return False
    messages.success(request, _("The mapping is kept. The next files of this source are read by it."))
    return True


def _lines(form: MappingForm) -> list[dict[str, object]]:
    """Return the first lines as the page shows them, the heading marked; lines far above it are left out."""
    place = next(
        (place for place, (number, _cells) in enumerate(form.sample.lines) if number == form.heading_line), 0
    )
    first = max(0, place - 3)
    return [
        {"number": number, "cells": cells, "is_heading": number == form.heading_line}
        for number, cells in form.sample.lines[first : first + LINES_SHOWN]
    ]
