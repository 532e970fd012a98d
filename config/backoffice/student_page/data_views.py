"""A student's personal data: taken away as a file, or erased with a reason. Each needs a right of its own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from config.my_page import export
from refunds import erasing
from students import timeline
from students.erasure import ErasureRefused
from students.models import Student

EXPORT, ERASE = "students.export_personal_data", "students.erase_personal_data"


class EraseForm(forms.Form):
    """Why, and that the person knows what is done."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays in the history: write it without the name and the contacts."),
        widget=forms.Textarea(attrs={"class": "mq-input", "rows": 2}),
    )
    sure = forms.BooleanField(label=_("I know that nobody can bring the name and the contacts back"))


@require_POST
@login_required
@permission_required(["students.view_timeline", EXPORT], raise_exception=True)
def take_data(request: HttpRequest, pk: int) -> HttpResponse:
    """Give everything that is kept of a student as a file."""
    student = get_object_or_404(Student, pk=pk)
    return export.file_for(student=student, actor=timeline.Actor.person(request.user))


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(["students.view_timeline", ERASE], raise_exception=True)
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what erasing means and what still stands against it, and erase on confirmation."""
    student = get_object_or_404(Student, pk=pk)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _erase(request, student, form):
        messages.success(request, _now("The personal data are erased; the money rows stay."))
        return redirect("student-page", pk=student.pk)
    context: dict[str, Any] = {
        "student": student,
        "form": form,
        "running": erasing.what_runs(student=student),
    }
    return render(request, "student_page/erase.html", context, status=422 if form.errors else 200)


def _erase(request: HttpRequest, student: Student, form: EraseForm) -> bool:
    try:
        erasing.erase_student(
            student_id=student.pk,
            reason=form.cleaned_data["reason"],
            actor=timeline.Actor.person(request.user),
        )
    except ErasureRefused as refused:
        form.add_error("reason" if refused.field == "reason" else None, str(refused))
        return False
    return True
