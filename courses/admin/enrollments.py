"""Who is in which group. Enrollments are made on the page that also bills them."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from common import admin_display, dates
from common.readonly_admin import ReadOnlyAdmin
from courses.admin.enroll_button import EnrollButton
from courses.models import Enrollment


@admin.register(Enrollment)
class EnrollmentAdmin(EnrollButton, ReadOnlyAdmin):
    list_display = [
        "shown_student",
        "shown_group",
        "shown_period",
        "plan_version",
        "shown_state",
        "shown_created",
    ]
    list_display_links = ["shown_created"]
    list_select_related = ["student", "group__course", "plan_version__plan"]
    list_filter = ["state", ("group__course", admin.RelatedFieldListFilter)]
    search_fields = ["student__search_text", "group__name", "group__course__title", "crm_id"]
    actions = None
    actions_list = ["enroll"]
    fields = [
        "shown_student",
        "shown_group",
        "shown_period",
        "plan_version",
        "shown_state",
        "shown_created",
        "created_by",
        "ended_at",
        "end_reason",
        "crm_id",
        "lms_id",
    ]
    readonly_fields = fields

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, enrollment: Enrollment) -> SafeString | str:
        return admin_display.link_to(enrollment.student)

    @display(description=_("group"), ordering="group__name")
    def shown_group(self, enrollment: Enrollment) -> SafeString | str:
        return admin_display.link_to(enrollment.group)

    @display(description=_("period"), ordering="period_from")
    def shown_period(self, enrollment: Enrollment) -> str:
        return dates.format_period(enrollment.period_from, enrollment.period_to, admin_display.language())

    @display(description=_("state"), ordering="state")
    def shown_state(self, enrollment: Enrollment) -> SafeString:
        return admin_display.state(enrollment)

    @display(description=_("enrolled"), ordering="created_at")
    def shown_created(self, enrollment: Enrollment) -> str:
        return admin_display.moment(enrollment.created_at)
