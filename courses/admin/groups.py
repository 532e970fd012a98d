"""Groups: a run of a course with its dates, price, places and lessons."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from common import admin_display, dates
from common.admin_widgets import NATIVE_DATES
from common.errors import DomainError
from common.major_amount import MajorAmountField
from common.readonly_admin import KeptAdmin
from common.verb_admin import add_refusal
from courses import lesson_plan
from courses.admin.enroll_button import EnrollRight
from courses.admin.lesson_forms import LessonForm, WeeklyLessonsForm
from courses.models import Group, Lesson, Module

CURRENCIES = [("AMD", "AMD ֏"), ("USD", "USD"), ("EUR", "EUR"), ("RUB", "RUB")]


class LessonInline(TabularInline):
    """The meetings of a group. Each row's module is one of the group's course."""

    model = Lesson
    extra = 0
    form = LessonForm
    fields = ["number", "starts_at", "minutes", "title", "module", "standing"]
    ordering = ["number"]
    tab = True
    hide_title = True
    formfield_overrides = NATIVE_DATES
    per_page = 30

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "module":
            group_id = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
            kwargs["queryset"] = _modules_of(group_id)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class GroupForm(forms.ModelForm[Group]):
    """Says at the field what the database would refuse."""

    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES, widget=UnfoldAdminSelectWidget)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        first, last = facts.get("starts_on"), facts.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day is before the first day."))
        return facts

    def clean_capacity(self) -> int:
        capacity: int = self.cleaned_data["capacity"]
        if capacity < 1:
            raise forms.ValidationError(_("A group has at least one place."))
        return capacity

    def clean_crm_id(self) -> str | None:
        return self.cleaned_data["crm_id"] or None

    def clean_lms_id(self) -> str | None:
        return self.cleaned_data["lms_id"] or None


@admin.register(Group)
class GroupAdmin(EnrollRight, KeptAdmin):
    form = GroupForm
    list_display = [
        "name",
        "shown_course",
        "shown_dates",
        "shown_lessons",
        "shown_places",
        "shown_price",
        "is_active",
    ]
    list_select_related = ["course"]
    list_filter = ["is_active", ("course", admin.RelatedFieldListFilter), "starts_on"]
    search_fields = ["name", "course__title", "crm_id", "lms_id"]
    autocomplete_fields = ["course"]
    actions = None
    inlines = [LessonInline]
    actions_detail = ["weekly_lessons_button", "enroll"]
    fieldsets = [
        (None, {"fields": [("course", "name"), ("starts_on", "ends_on"), ("capacity", "is_active")]}),
        (_("Price"), {"fields": [("price_minor", "currency"), "legal_entity"]}),
        (_("Ids in other systems"), {"fields": [("crm_id", "lms_id")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                lesson_count=Count("lessons", distinct=True),
                taken=Count("enrollments", distinct=True, filter=~Q(enrollments__state="ended")),
            )
        )

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "price_minor":
            return MajorAmountField(label=_("Full price"), help_text=_("For the whole run, in drams."))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        weekly = path(
            "<int:group_id>/lessons/weekly/",
            self.admin_site.admin_view(self.weekly_lessons),
            name="courses_group_weekly_lessons",
        )
        return [weekly, *super().get_urls()]

    def weekly_lessons(self, request: HttpRequest, group_id: int) -> HttpResponse:
        """Plan lessons on chosen weekdays between two days, after showing how many that makes."""
        if not request.user.has_perm("courses.add_lesson"):
            raise PermissionDenied
        group = get_object_or_404(Group.objects.select_related("course"), pk=group_id)
        form = WeeklyLessonsForm(request.POST or None, group=group)
        if request.method == "POST" and form.is_valid():
            try:
                made = lesson_plan.add_weekly_lessons(group_id=group.pk, **form.plan())
            except DomainError as error:
                add_refusal(form, error)
            else:
                words = ngettext(
                    "%(count)s lesson was planned.", "%(count)s lessons were planned.", len(made)
                )
                messages.success(request, words % {"count": len(made)})
                return HttpResponseRedirect(reverse("admin:courses_group_change", args=[group.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Plan lessons weekly"),
            "group": group,
            "form": form,
            "back": reverse("admin:courses_group_change", args=[group.pk]),
        }
        return TemplateResponse(request, "admin/courses/group/weekly_lessons.html", context)

    def has_lessons_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("courses.add_lesson")

    @action(
        description=_("Plan lessons weekly"),
        url_path="plan-lessons",
        icon="event_repeat",
        permissions=["lessons"],
    )
    def weekly_lessons_button(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:courses_group_weekly_lessons", args=[object_id]))

    @action(
        description=_("Enroll a student"),
        url_path="to-enroll",
        icon="person_add",
        permissions=["enroll"],
    )
    def enroll(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:billing_enroll')}?group={object_id}")

    @display(description=_("course"), ordering="course__title")
    def shown_course(self, group: Group) -> str:
        return admin_display.link_to(group.course)

    @display(description=_("dates"), ordering="starts_on")
    def shown_dates(self, group: Group) -> str:
        return dates.format_period(group.starts_on, group.ends_on, admin_display.language())

    @display(description=_("lessons"), ordering="lesson_count")
    def shown_lessons(self, group: Any) -> str:
        return str(group.lesson_count)

    @display(description=_("places taken"), ordering="taken")
    def shown_places(self, group: Any) -> str:
        return f"{group.taken} / {group.capacity}"

    @display(description=_("full price"), ordering="price_minor")
    def shown_price(self, group: Group) -> str:
        return admin_display.amount(group.price_minor, group.currency)


def _modules_of(group_id: Any) -> QuerySet[Module]:
    if not group_id:
        return Module.objects.none()
    return Module.objects.filter(course__groups=group_id).select_related("course")
