"""Pauses as they were made, and the limits within which they are made. A pause is made on the student's page."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from common import admin_display, dates
from common.readonly_admin import KeptAdmin, ReadOnlyAdmin
from courses.models import Pause, PauseLimits


@admin.register(Pause)
class PauseAdmin(ReadOnlyAdmin):
    list_display = ["shown_student", "shown_group", "shown_days", "reason", "shown_made"]
    list_display_links = ["shown_made"]
    list_select_related = ["enrollment__student", "enrollment__group__course"]
    list_filter = [("enrollment__group__course", admin.RelatedFieldListFilter)]
    search_fields = ["enrollment__student__search_text", "enrollment__group__name", "reason"]
    actions = None
    fields = ["shown_student", "shown_group", "shown_days", "reason", "shown_made", "made_by", "cancelled_at"]
    readonly_fields = fields

    @display(description=_("student"), ordering="enrollment__student__full_name")
    def shown_student(self, pause: Pause) -> SafeString | str:
        return admin_display.link_to(pause.enrollment.student)

    @display(description=_("group"), ordering="enrollment__group__name")
    def shown_group(self, pause: Pause) -> SafeString | str:
        return admin_display.link_to(pause.enrollment.group)

    @display(description=_("days"), ordering="first_day")
    def shown_days(self, pause: Pause) -> str:
        period = dates.format_period(pause.first_day, pause.last_day, admin_display.language())
        return str(_("%(period)s, cancelled")) % {"period": period} if pause.cancelled_at else period

    @display(description=_("made"), ordering="made_at")
    def shown_made(self, pause: Pause) -> str:
        return admin_display.moment(pause.made_at)


@admin.register(PauseLimits)
class PauseLimitsAdmin(KeptAdmin):
    list_display = ["shown_name", "min_days", "max_days", "times_a_year"]
    actions = None
    fields = ["min_days", "max_days", "times_a_year"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("limits of pauses"))
    def shown_name(self, limits: PauseLimits) -> str:
        return str(limits)
