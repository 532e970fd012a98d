"""Moving a student to another group: choose it and say why, look at the whole effect, confirm (promise 16)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing import transfer_plan, transfers
from common import clock
from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.transfer_pages.forms import TransferForm
from courses.models import Enrollment, Transfer
from students import timeline

RIGHTS = ["courses.transfer_student", "students.view_student", "billing.view_invoice"]


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(RIGHTS, raise_exception=True)
def move(request: HttpRequest, enrollment_id: int) -> HttpResponse:
    """
    Show the form, then the whole effect, then move: the first POST shows, the one with `do` moves.

    An effect that changed since it was seen is shown again instead. A form sent twice moves once and leads to the same page.
    """
    enrollment = get_object_or_404(
        Enrollment.objects.select_related("student", "group__course"), pk=enrollment_id
    )
    if request.method != "POST":
        return _form_page(request, enrollment, TransferForm(enrollment=enrollment))
    form = TransferForm(request.POST, enrollment=enrollment)
    if not form.is_valid():
        return _form_page(request, enrollment, form, status=422)
    if "change" in request.POST:
        return _form_page(request, enrollment, form)
    try:
        if "do" in request.POST:
            return _move(request, enrollment, form)
        return _confirm_page(request, enrollment, form)
    except DomainError as error:
        add_refusal(form, error)
        return _form_page(request, enrollment, form, status=422)


def _move(request: HttpRequest, enrollment: Enrollment, form: TransferForm) -> HttpResponse:
    try:
        transfers.transfer_student(
            enrollment_id=enrollment.pk,
            group_id=form.cleaned_data["group"].pk,
            reason=form.cleaned_data["reason"],
            actor=timeline.Actor.person(request.user),
            seen=request.POST.get("seen", "") or "unseen",
        )
    except transfers.ChangedMeanwhile:
        return _confirm_page(request, enrollment, form, is_stale=True)
    except DomainError:
        if not _is_done_already(request, enrollment, form):
            raise
    messages.success(request, _("Moved. The new invoice and its schedule stand below."))
    return redirect("student-page", pk=enrollment.student_id)


def _is_done_already(request: HttpRequest, enrollment: Enrollment, form: TransferForm) -> bool:
    """Tell whether this person's first click did just this: a second one is no mistake."""
    return Transfer.objects.filter(
        from_enrollment=enrollment,
        to_enrollment__group=form.cleaned_data["group"],
        made_by_id=request.user.pk,
        day=clock.today(),
    ).exists()


def _form_page(
    request: HttpRequest, enrollment: Enrollment, form: TransferForm, status: int = 200
) -> HttpResponse:
    context = {"enrollment": enrollment, "form": form}
    return render(request, "transfers/choose.html", context, status=status)


def _confirm_page(
    request: HttpRequest, enrollment: Enrollment, form: TransferForm, *, is_stale: bool = False
) -> HttpResponse:
    plan = transfer_plan.preview_transfer(enrollment_id=enrollment.pk, group_id=form.cleaned_data["group"].pk)
    context: dict[str, Any] = {
        "enrollment": enrollment,
        "form": form,
        "plan": plan,
        "is_stale": is_stale,
        "reason": form.cleaned_data["reason"],
    }
    return render(request, "transfers/confirm.html", context)
