"""The pages on which a manager opens a course by hand or gives a free place, and closes again."""

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
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from access import by_hand
from access.models import AccessGrant, CourseAccess
from common.admin_widgets import DayInput, search_as_you_type
from common.errors import DomainError
from common.verb_admin import add_refusal
from courses.models import Course, Enrollment
from students import timeline
from students.models import Student


class OpenByHandForm(forms.Form):
    """Whom, which course, until when, and why."""

    student = forms.ModelChoiceField(label=_("student"), queryset=Student.objects.filter(erased_at=None))
    course = forms.ModelChoiceField(
        label=_("course"), queryset=Course.objects.filter(is_active=True), widget=UnfoldAdminSelectWidget
    )
    ground = forms.ChoiceField(
        label=_("ground"),
        choices=[
            (AccessGrant.Kind.MANUAL, _("opened by hand, for a time")),
            (AccessGrant.Kind.FREE, _("free place: the student does not pay")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    until = forms.DateField(
        label=_("open through"),
        help_text=_(
            "The course closes by itself after this day unless another ground holds. A free place may go without."
        ),
        required=False,
        widget=DayInput,
    )
    reason = forms.CharField(
        label=_("reason"),
        help_text=_("It stands in the student's history with your name."),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, may_give_free_places: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_give_free_places:
            del self.fields["ground"]
        search_as_you_type(self.fields["student"], CourseAccess._meta.get_field("student"))

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if not self.is_free_place() and not facts.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose the last day: what is opened by hand ends by itself."))
        return facts

    def is_free_place(self) -> bool:
        """Return whether a free place is asked for; needs cleaned fields."""
        return self.cleaned_data.get("ground") == AccessGrant.Kind.FREE


def _asked_for(request: HttpRequest) -> dict[str, Any]:
    """Return what the address names; a student who learns in one course alone needs no choice of it."""
    asked: dict[str, Any] = {
        name: request.GET[name]
        for name in ("student", "course")
        if request.GET.get(name, "").isascii() and request.GET.get(name, "").isdecimal()
    }
    if "student" in asked and "course" not in asked and len(asked["student"]) < 10:
        courses = Enrollment.objects.filter(student_id=asked["student"]).values_list(
            "group__course_id", flat=True
        )
        if len(set(courses)) == 1:
            asked["course"] = courses[0]
    return asked


class CloseForm(forms.Form):
    """Why it is closed."""

    reason = forms.CharField(
        label=_("reason"),
        help_text=_("It stands in the student's history with your name."),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


def open_page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Open a course by hand, or give a free place; it never looks like money."""
    if not request.user.has_perm("access.add_accessgrant"):
        raise PermissionDenied
    form = OpenByHandForm(
        request.POST or None,
        initial=_asked_for(request),
        may_give_free_places=request.user.has_perm("access.give_free_place"),
    )
    if request.method == "POST" and form.is_valid() and _open(request, form):
        return HttpResponseRedirect(reverse("student-page", args=[form.cleaned_data["student"].pk]))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _now("Open a course by hand"),
        "form": form,
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/access/open_by_hand.html", context)


def _open(request: HttpRequest, form: OpenByHandForm) -> bool:
    facts = form.cleaned_data
    give = by_hand.give_free_place if form.is_free_place() else by_hand.open_by_hand
    try:
        give(
            student_id=facts["student"].pk,
            course_id=facts["course"].pk,
            until=facts["until"],
            reason=facts["reason"],
            actor=timeline.Actor.person(request.user),
        )
    except DomainError as error:
        add_refusal(form, error)
        return False
    messages.success(request, _now("%(course)s is open for the student.") % {"course": facts["course"]})
    return True


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
