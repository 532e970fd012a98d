"""Pausing a student: say from when to when and why, look at the whole effect, confirm (promise 16). Ending a pause likewise."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing import pause_plan, pauses
from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.pause_pages.forms import EndForm, PauseForm
from courses import pausing
from courses.models import Enrollment, Pause
from students import timeline

RIGHTS = ["courses.pause_student", "students.view_student", "billing.view_invoice"]
BACKDATES = "courses.backdate_pause"


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(RIGHTS, raise_exception=True)
def make(request: HttpRequest, enrollment_id: int) -> HttpResponse:
    """
    Show the form, then the whole effect, then pause: the first POST shows, the one with `do` pauses.

    An effect that changed since it was seen is shown again instead. A form sent twice pauses once and leads to the same page.
    """
    enrollment = get_object_or_404(
        Enrollment.objects.select_related("student", "group__course"), pk=enrollment_id
    )
    form = PauseForm(request.POST if request.method == "POST" else None, enrollment=enrollment)

    def days() -> pausing.Days:
        return pausing.Days(first=form.cleaned_data["first_day"], last=form.cleaned_data["last_day"])

    may_backdate = request.user.has_perm(BACKDATES)
    return _answer(
        request,
        {"enrollment": enrollment, "form": form, "limits": pausing.limits()},
        look=lambda: pause_plan.preview_pause(
            enrollment_id=enrollment.pk, days=days(), may_backdate=may_backdate
        ),
        do=lambda seen: pauses.pause_student(
            enrollment_id=enrollment.pk,
            days=days(),
            reason=form.cleaned_data["reason"],
            actor=timeline.Actor.person(request.user),
            may_backdate=may_backdate,
            seen=seen,
        ),
        is_done=lambda: Pause.objects.filter(
            enrollment=enrollment,
            first_day=days().first,
            last_day=days().last,
            cancelled_at=None,
            made_by_id=request.user.pk,
        ).exists(),
        done=_("Paused. Due dates and paid days have moved, as the schedule below shows."),
    )


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(RIGHTS, raise_exception=True)
def change(request: HttpRequest, pause_id: int) -> HttpResponse:
    """Show the pause and what may become of it, then the whole effect, then do it."""
    pause = get_object_or_404(
        Pause.objects.select_related("enrollment__student", "enrollment__group__course", "made_by"),
        pk=pause_id,
    )
    form = EndForm(request.POST if request.method == "POST" else None, pause=pause)
    return _answer(
        request,
        {"enrollment": pause.enrollment, "form": form, "pause": pause},
        look=lambda: pause_plan.preview_end(pause_id=pause.pk, last_day=form.chosen_day),
        do=lambda seen: pauses.end_pause(
            pause_id=pause.pk,
            last_day=form.chosen_day,
            reason=form.cleaned_data["reason"],
            actor=timeline.Actor.person(request.user),
            seen=seen,
        ),
        is_done=lambda: Pause.objects.filter(
            pk=pause.pk,
            **({"last_day": form.chosen_day} if form.chosen_day else {"cancelled_at__isnull": False}),
        ).exists(),
        done=_("Done. Due dates and paid days follow, as the schedule below shows."),
    )


def _answer(
    request: HttpRequest,
    context: dict[str, Any],
    *,
    look: Callable[[], pause_plan.Plan],
    do: Callable[[str], Pause],
    is_done: Callable[[], bool],
    done: str,
) -> HttpResponse:
    form: forms.Form = context["form"]
    if request.method != "POST" or "change" in request.POST:
        return render(request, "pauses/choose.html", context)
    if not form.is_valid():
        return render(request, "pauses/choose.html", context, status=422)
    try:
        if "do" not in request.POST:
            return render(request, "pauses/effect.html", {**context, "plan": look()})
        do(request.POST.get("seen", "") or "unseen")
    except pauses.ChangedMeanwhile:
        return render(request, "pauses/effect.html", {**context, "plan": look(), "is_stale": True})
    except DomainError as error:
        if "do" not in request.POST or not is_done():  # a second click is no mistake
            add_refusal(form, error)
            return render(request, "pauses/choose.html", context, status=422)
    messages.success(request, done)
    return redirect("student-page", pk=context["enrollment"].student_id)
