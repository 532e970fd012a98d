"""What the learning platform confirmed, with the way to tell it again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from access import drift, sync_queue
from access.lms import base
from access.models import AccessSync
from common import admin_display
from common.errors import DomainError
from common.readonly_admin import ReadOnlyAdmin
from students import timeline

COURSES_AT_ONCE = 5  # a page must not wait long for the platform


@admin.register(AccessSync)
class AccessSyncAdmin(ReadOnlyAdmin):
    list_display = [
        "shown_student",
        "shown_course",
        "wanted_open",
        "confirmed_open",
        "shown_confirmed",
        "shown_difference",
        "shown_seen",
        "last_error",
        "shown_next",
    ]
    list_display_links = None
    list_select_related = ["student", "course"]
    list_filter = ["drift", "changed_there", "confirmed_open", ("course", admin.RelatedFieldListFilter)]
    search_fields = ["student__search_text", "course__title"]
    ordering = ["-confirmed_at", "-id"]
    actions = ["send_again", "check_now"]
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

    @action(description=_("Compare with the LMS now"), permissions=["send"])
    def check_now(self, request: HttpRequest, rows: QuerySet[AccessSync]) -> None:
        """Read the courses of the chosen rows at the platform, and tell what differs and what could not be read."""
        course_ids = set(rows.values_list("course_id", flat=True))
        if len(course_ids) > COURSES_AT_ONCE:
            messages.error(
                request,
                gettext("Choose rows of at most %(count)d courses; all are compared each night.")
                % {"count": COURSES_AT_ONCE},
            )
            return
        try:
            drift.check_courses(course_ids=course_ids)
        except* base.LmsError as failures:
            for failure in failures.exceptions:
                messages.error(request, str(failure))
        except* DomainError as refusals:
            for refusal in refusals.exceptions:
                messages.error(request, str(refusal))
        found = AccessSync.objects.filter(course__in=course_ids).exclude(drift=AccessSync.Drift.NONE)
        messages.info(request, gettext("Differences in these courses: %(count)d.") % {"count": found.count()})

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, row: AccessSync) -> SafeString | str:
        return admin_display.link_to(row.student)

    @display(description=_("course"), ordering="course__title")
    def shown_course(self, row: AccessSync) -> SafeString | str:
        return admin_display.link_to(row.course)

    @display(description=_("confirmed"), ordering="confirmed_at")
    def shown_confirmed(self, row: AccessSync) -> str:
        return admin_display.moment(row.confirmed_at)

    @display(description=_("difference"), ordering="drift")
    def shown_difference(self, row: AccessSync) -> str:
        return row.told_difference or (gettext("agrees") if row.seen_at else "–")

    @display(description=_("compared"), ordering="seen_at")
    def shown_seen(self, row: AccessSync) -> str:
        return admin_display.moment(row.seen_at)

    @display(description=_("asked again"), ordering="next_attempt_at")
    def shown_next(self, row: AccessSync) -> str:
        return admin_display.moment(row.next_attempt_at)
