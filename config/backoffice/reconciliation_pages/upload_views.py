"""Bringing a file: it is kept for the person who brought it, mapped if nobody has said how it is read, then loaded."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from billing.tasks import wake
from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.reconciliation_pages import views
from config.backoffice.reconciliation_pages.upload_forms import Bounded, UploadForm
from reconciliation import tasks, upload_bytes, uploads
from reconciliation.models import Upload

LOADS = ["reconciliation.view_sourcefile", "reconciliation.load_sourcefile"]
AT_ONCE = (
    2_000_000  # bytes that are read while the person waits; more is read by a worker and shows its progress
)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(LOADS, raise_exception=True)
@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    """
    Take a file and go on: to the mapping if its columns are not known, else to what becomes of it.

    The limit must stand before the body is read, and checking the token reads it; so the token is checked inside.
    """
    bounded = Bounded(request)
    request.upload_handlers.insert(0, bounded)
    return _upload(request, bounded)


@csrf_protect
def _upload(request: HttpRequest, bounded: Bounded) -> HttpResponse:
    if request.method == "GET":
        first = {"source": request.GET.get("source", ""), "month": str(views.month_of(request))}
        return _page(request, UploadForm(initial=first))
    form = UploadForm(request.POST, request.FILES)
    is_valid = form.is_valid()
    if bounded.is_too_large:
        form.errors.pop("file", None)
        form.add_error("file", _("The file is larger than 200 MB. Split it by days."))
        return _page(request, form, 422)
    if not is_valid or (kept := _receive(request, form)) is None:
        return _page(request, form, 422)
    if "look" in request.POST or not uploads.is_mapped(kept):
        return redirect("reconciliation-mapping", pk=kept.pk)
    return begin(request, kept)


@never_cache
@require_GET
@login_required
@permission_required(LOADS, raise_exception=True)
def uploaded(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far the loading is; when it is over, lead to the file, or say why it was refused."""
    kept = own_upload(request, pk)
    if kept.file_id is not None:
        return _leave(request, reverse("reconciliation-file", args=[kept.file_id]))
    if kept.asked_at is None:
        return _leave(request, reverse("reconciliation-mapping", args=[kept.pk]))
    context = {"upload": kept, "percent": upload_bytes.progress_of(kept), **views.rights_of(request)}
    if request.headers.get("HX-Request"):
        return render(request, "reconciliation/progress.html", context)
    return render(request, "reconciliation/uploaded.html", context, status=422 if kept.refusal else 200)


def begin(request: HttpRequest, kept: Upload) -> HttpResponse:
    """Have an upload loaded: a small one at once, a large one by a worker. Pressing twice loads once."""
    try:
        uploads.ask(upload_id=kept.pk)
    except DomainError as error:
        messages.warning(request, str(error))
        return redirect("reconciliation")
    if kept.size > AT_ONCE:
        wake(tasks.take_upload, upload_id=kept.pk)
    else:
        taken = tasks.take_and_compare(upload_id=kept.pk)
        if taken is not None and taken.file_id is not None:
            _tell(request, taken)
    return redirect("reconciliation-uploaded", pk=kept.pk)


def own_upload(request: HttpRequest, pk: int) -> Upload:
    """Return an upload of this person; those of others, and forgotten ones, are not there."""
    found = Upload.objects.select_related("account", "file")
    return get_object_or_404(found, pk=pk, uploaded_by_id=request.user.pk)


def _receive(request: HttpRequest, form: UploadForm) -> Upload | None:
    file = form.cleaned_data["file"]
    try:
        return uploads.receive(
            side=form.origin.side,
            account=form.origin.account,
            month=form.cleaned_data["month"],
            taken_at=form.cleaned_data["taken_at"],
            name=file.name,
            stream=file.file,
            user=request.user,
        )
    except DomainError as error:
        add_refusal(form, error)
        return None


def _tell(request: HttpRequest, taken: Upload) -> None:
    if taken.is_repeat:
        messages.info(request, _("This file came before. Nothing of it is new, and nothing was changed."))
    else:
        messages.success(request, _("The file is loaded."))


def _leave(request: HttpRequest, address: str) -> HttpResponse:
    """Go to another page, also when a part of this one asks."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, **views.rights_of(request)}
    return render(request, "reconciliation/upload.html", context, status=status)
