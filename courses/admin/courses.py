"""Courses with their modules."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.decorators import display

from common.major_amount import MajorAmountField
from common.readonly_admin import KeptAdmin
from courses.models import Course, Module


class ModuleInline(TabularInline):
    """The parts of a course, in the order they are taught."""

    model = Module
    extra = 0
    fields = ["number", "title", "price_minor", "lms_id"]
    ordering = ["number"]

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "price_minor":
            return MajorAmountField(label=_("Price"), required=False)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Course)
class CourseAdmin(KeptAdmin):
    list_display = ["title", "shown_modules", "shown_groups", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["title", "crm_id", "lms_id"]
    actions = None
    inlines = [ModuleInline]
    fieldsets = [
        (None, {"fields": ["title", "description", "is_active"]}),
        (_("Ids in other systems"), {"fields": [("crm_id", "lms_id")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                module_count=Count("modules", distinct=True),
                group_count=Count("groups", distinct=True, filter=Q(groups__is_active=True)),
            )
        )

    @display(description=_("modules"), ordering="module_count")
    def shown_modules(self, course: Any) -> str:
        return str(course.module_count)

    @display(description=_("open groups"), ordering="group_count")
    def shown_groups(self, course: Any) -> SafeString:
        url = f"{reverse('admin:courses_group_changelist')}?course__id__exact={course.pk}"
        words = ngettext("%(count)s group", "%(count)s groups", course.group_count) % {
            "count": course.group_count
        }
        return format_html('<a class="mq-link" href="{}">{}</a>', url, words)
