"""The page that support reads, and the search that leads to it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from billing import lookup
from billing.models import Payment
from common.errors import DomainError
from config.backoffice.student_page import asking, feed, header, registry
from config.backoffice.student_page import search as finding
from students import notes, timeline
from students.models import Student
from students.student_panel import Column


class NoteForm(forms.Form):
    """What a person writes down."""

    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=5000,
        widget=forms.Textarea(attrs={"class": "mq-input", "rows": 3}),
    )


@never_cache
@require_GET
@login_required
@permission_required("students.view_timeline", raise_exception=True)
def student_search(request: HttpRequest) -> HttpResponse:
    """Find students; one exact number, id or contact leads straight to its student."""
    text = " ".join(request.GET.get("q", "").replace("\0", " ").split())[: finding.LONGEST]
    if not text:
        return render(request, "student_page/search.html", {"text": "", "newest": finding.newest()})
    results = finding.search(text=text)
    if results.only is not None:
        return redirect("student-page", pk=results.only.pk)
    return render(request, "student_page/search.html", {"text": text, "found": results})


@never_cache
@require_GET
@login_required
@permission_required("students.view_timeline", raise_exception=True)
def student_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show everything about one student; htmx asks for older entries of the timeline alone."""
    student = get_object_or_404(Student, pk=pk)
    if request.headers.get("HX-Request") and "before" in request.GET:
        return render(request, "student_page/entries.html", _timeline(request, student, continues=True))
    return _page(request, student, form=NoteForm())


@require_POST
@login_required
@permission_required(["students.view_timeline", "students.add_crmnote"], raise_exception=True)
def add_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note on the student; a text that cannot be taken comes back with the reason."""
    student = get_object_or_404(Student, pk=pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            notes.add_note(
                student_id=student.pk,
                text=form.cleaned_data["text"],
                author=request.user,  # type: ignore[arg-type]  # login_required keeps the anonymous out
                actor=timeline.Actor.person(request.user),
            )
        except DomainError as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("The note is written."))
            return HttpResponseRedirect(_address(student.pk, "notes"))
    return _page(request, student, form=form, status=422)


@require_POST
@login_required
@permission_required(["students.view_timeline", "billing.ask_provider"], raise_exception=True)
def ask_provider(request: HttpRequest, pk: int, payment_id: int) -> HttpResponse:
    """Ask the provider about an open payment now, and say what is true. Asking about a final one says so."""
    payment = get_object_or_404(Payment, pk=payment_id, student_id=pk)
    if payment.state in Payment.ASKED_STATES:
        payment = lookup.refresh_payment(
            payment_id=payment.pk,
            asked_by="operator",
            actor=timeline.Actor.person(request.user),
        )
    told = asking.outcome_of(payment)
    messages.add_message(request, told.level, told.sentence)
    return HttpResponseRedirect(_address(payment.student_id, f"payment-{payment.pk}"))


def _page(request: HttpRequest, student: Student, *, form: NoteForm, status: int = 200) -> HttpResponse:
    shown = registry.shown_to(request.user, student)
    context = {
        "student": student,
        "header": header.header_of(student, request.user),
        "top": shown[Column.TOP],
        "main": shown[Column.MAIN],
        "form": form,
        **_timeline(request, student),
    }
    return render(request, "student_page/page.html", context, status=status)


def _timeline(request: HttpRequest, student: Student, *, continues: bool = False) -> dict[str, Any]:
    group, before = request.GET.get("kind", ""), request.GET.get("before", "")
    address = reverse("student-page", args=[student.pk])
    group = group if group in feed.GROUPS else ""
    return {
        "address": address,
        "group": group,
        "before": before,
        "chips": feed.chips(current=group, address=address),
        "timeline": feed.read_page(
            student_id=student.pk, group=group, before=before, viewer=request.user, continues=continues
        ),
    }


def _address(student_id: int, anchor: str) -> str:
    return f"{reverse('student-page', args=[student_id])}#{anchor}"
