"""Who may enter which course, and on which grounds; opening by hand has a page of its own."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from access import (
    by_hand,
    hand_pages,
    lms_admin,  # noqa: F401 -- registers itself
)
from access.models import AccessGrant, CourseAccess
from common import admin_display
from common.admin_widgets import DayInput, search_as_you_type
from common.errors import DomainError
from common.readonly_admin import ReadOnlyAdmin
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


@admin.register(CourseAccess)
class CourseAccessAdmin(ReadOnlyAdmin):
    list_display = [
        "shown_student",
        "shown_course",
        "shown_state",
        "shown_until",
        "shown_next",
        "shown_changed",
    ]
    list_display_links = None
    list_select_related = ["student", "course"]
    list_filter = ["state", ("course", admin.RelatedFieldListFilter), "changed_at"]
    list_filter_submit = True
    search_fields = ["student__search_text", "course__title"]
    ordering = ["-changed_at", "-id"]
    list_per_page = 25
    actions = None
    actions_list = ["open_by_hand"]
    fields = readonly_fields = [
        "shown_student",
        "shown_course",
        "shown_state",
        "shown_from",
        "shown_until",
        "shown_next",
        "shown_changed",
    ]

    def get_urls(self) -> list[URLPattern]:
        page = path("open/", self.admin_site.admin_view(self.open_page), name="access_open_by_hand")
        return [page, *super().get_urls()]

    def open_page(self, request: HttpRequest) -> HttpResponse:
        """Open a course by hand; it never looks like money, and ends by itself."""
        if not request.user.has_perm("access.add_accessgrant"):
            raise PermissionDenied
        form = OpenByHandForm(
            request.POST or None,
            initial=_asked_for(request),
            may_give_free_places=request.user.has_perm("access.give_free_place"),
        )
        if request.method == "POST" and form.is_valid() and self._open(request, form):
            return HttpResponseRedirect(reverse("student-page", args=[form.cleaned_data["student"].pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Open a course by hand"),
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/access/open_by_hand.html", context)

    def _open(self, request: HttpRequest, form: OpenByHandForm) -> bool:
        facts = form.cleaned_data
        try:
            give = by_hand.give_free_place if form.is_free_place() else by_hand.open_by_hand
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
        messages.success(
            request, gettext("%(course)s is open for the student.") % {"course": facts["course"]}
        )
        return True

    def has_open_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.add_accessgrant")

    @action(
        description=_("Open by hand"),
        url_path="by-hand",
        icon="lock_open",
        permissions=["open"],
    )
    def open_by_hand(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:access_open_by_hand"))

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, access: CourseAccess) -> SafeString | str:
        return admin_display.link_to(access.student)

    @display(description=_("course"), ordering="course__title")
    def shown_course(self, access: CourseAccess) -> SafeString | str:
        return admin_display.link_to(access.course)

    @display(description=_("access"), ordering="state")
    def shown_state(self, access: CourseAccess) -> SafeString:
        return admin_display.state(access)

    @display(description=_("from"), ordering="opens_at")
    def shown_from(self, access: CourseAccess) -> str:
        return admin_display.moment(access.opens_at)

    @display(description=_("until"), ordering="closes_at")
    def shown_until(self, access: CourseAccess) -> str:
        return admin_display.end(access.closes_at)

    @display(description=_("next change"), ordering="next_change_at")
    def shown_next(self, access: CourseAccess) -> str:
        return admin_display.moment(access.next_change_at)

    @display(description=_("last change"), ordering="changed_at")
    def shown_changed(self, access: CourseAccess) -> str:
        return admin_display.moment(access.changed_at)


@admin.register(AccessGrant)
class AccessGrantAdmin(ReadOnlyAdmin):
    list_display = [
        "shown_student",
        "shown_course",
        "kind",
        "shown_from",
        "shown_until",
        "shown_why",
        "shown_by",
        "shown_withdrawn",
        "shown_close",
    ]
    list_display_links = ["kind"]
    list_select_related = ["student", "course", "granted_by"]
    list_filter = ["kind", ("course", admin.RelatedFieldListFilter)]
    search_fields = ["student__search_text", "course__title"]
    ordering = ["-id"]
    actions = None
    fields = readonly_fields = [
        "shown_student",
        "shown_course",
        "module",
        "kind",
        "shown_from",
        "shown_until",
        "rule",
        "reason",
        "shown_by",
        "shown_withdrawn",
        "withdrawn_reason",
        "withdrawn_by",
    ]

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, grant: AccessGrant) -> SafeString | str:
        return admin_display.link_to(grant.student)

    @display(description=_("course"), ordering="course__title")
    def shown_course(self, grant: AccessGrant) -> SafeString | str:
        return admin_display.link_to(grant.course)

    @display(description=_("from"), ordering="opens_at")
    def shown_from(self, grant: AccessGrant) -> str:
        return admin_display.moment(grant.opens_at)

    @display(description=_("until"), ordering="closes_at")
    def shown_until(self, grant: AccessGrant) -> str:
        return admin_display.end(grant.closes_at)

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(
                "<int:grant_id>/close/",
                self.admin_site.admin_view(self.close_page),
                name="access_close_by_hand",
            ),
        ]
        return [*pages, *super().get_urls()]

    def close_page(self, request: HttpRequest, grant_id: int) -> HttpResponse:
        return hand_pages.close_page(request, self, grant_id)

    @display(description=_("by"), ordering="granted_by")
    def shown_by(self, grant: AccessGrant) -> str:
        by = grant.granted_by
        return (by.get_full_name() or by.get_username()) if by else admin_display.NOTHING

    @display(description=_("why"))
    def shown_why(self, grant: AccessGrant) -> str:
        return grant.reason or grant.rule or admin_display.NOTHING

    @display(description=_("close"))
    def shown_close(self, grant: AccessGrant) -> SafeString | str:
        if grant.kind not in by_hand.GIVEN_BY_PEOPLE or not by_hand.is_standing(grant):
            return admin_display.NOTHING
        return format_html(
            '<a class="mq-link" href="{}">{}</a>',
            reverse("admin:access_close_by_hand", args=[grant.pk]),
            gettext("Close"),
        )

    @display(description=_("withdrawn"), ordering="withdrawn_at")
    def shown_withdrawn(self, grant: AccessGrant) -> str:
        return admin_display.moment(grant.withdrawn_at)
