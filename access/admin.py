"""Who may enter which course, and on which grounds; opening by hand has a page of its own."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from access import (
    by_hand,
    hand_pages,
    lms_admin,  # noqa: F401 -- registers itself
)
from access.models import AccessGrant, CourseAccess
from common import admin_display
from common.readonly_admin import ReadOnlyAdmin


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
        return hand_pages.open_page(request, self)

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
