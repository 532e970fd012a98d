"""What the learning platform confirmed, with the way to tell it again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from access import sync_queue
from access.models import AccessSync
from common import admin_display
from common.errors import DomainError
from common.readonly_admin import ReadOnlyAdmin
from students import timeline


@admin.register(AccessSync)
class AccessSyncAdmin(ReadOnlyAdmin):
    list_display = [
        "shown_student",
        "shown_course",
        "wanted_open",
        "confirmed_open",
        "shown_confirmed",
        "drift",
        "last_error",
        "shown_next",
    ]
    list_display_links = None
    list_select_related = ["student", "course"]
    list_filter = ["drift", "confirmed_open", ("course", admin.RelatedFieldListFilter)]
    search_fields = ["student__search_text", "course__title"]
    ordering = ["-confirmed_at", "-id"]
    actions = ["send_again"]
    fields = readonly_fields = list_display

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.send_to_lms")

    @action(description=_("Send to the LMS again"), permissions=["send"])
    def send_again(self, request: HttpRequest, rows: QuerySet[AccessSync]) -> None:
        """Call the ordinary verb for each chosen row, and tell done and refused apart."""
        done = 0
        for row in rows:
            try:
                sync_queue.send_again(sync_id=row.pk, actor=timeline.Actor.person(request.user))
            except DomainError as error:
                messages.error(request, f"{row}: {error}")
            else:
                done += 1
        if done:
            messages.success(request, gettext("To be sent again: %(count)d.") % {"count": done})

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, row: AccessSync) -> SafeString | str:
        return admin_display.link_to(row.student)

    @display(description=_("course"), ordering="course__title")
    def shown_course(self, row: AccessSync) -> SafeString | str:
        return admin_display.link_to(row.course)

    @display(description=_("confirmed"), ordering="confirmed_at")
    def shown_confirmed(self, row: AccessSync) -> str:
        return admin_display.moment(row.confirmed_at)

    @display(description=_("asked again"), ordering="next_attempt_at")
    def shown_next(self, row: AccessSync) -> str:
        return admin_display.moment(row.next_attempt_at)
