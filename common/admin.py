"""Keys of programs: who has one, made once, locked out at once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from common import admin_display, api_keys
from common.models import ApiKey
from common.readonly_admin import ReadOnlyAdmin


class RoleChoice(forms.ModelChoiceField[Group]):
    """Names the roles in the reader's language."""

    def label_from_instance(self, group: Any) -> str:
        return gettext(group.name)


class NewKeyForm(forms.Form):
    """What the key is for, and what it may do."""

    name = forms.CharField(
        label=_("name"),
        help_text=_("Which program uses it, for example “CRM”."),
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
    )
    role = RoleChoice(
        label=_("role"),
        help_text=_("The program may do what people with this role may do."),
        queryset=Group.objects.order_by("name"),
        widget=UnfoldAdminSelectWidget,
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ["name", "shown_role", "prefix", "shown_created", "shown_used", "shown_revoked"]
    list_select_related = ["role"]
    list_filter = ["role"]
    search_fields = ["name", "prefix"]
    ordering = ["revoked_at", "-id"]
    actions = None
    actions_list = ["new_key"]
    actions_detail = ["revoke_button"]
    fields = readonly_fields = [
        "name",
        "shown_role",
        "prefix",
        "shown_created",
        "created_by",
        "shown_used",
        "shown_revoked",
    ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages = [
            path("create/", wrap(self.create_page), name="common_apikey_create"),
            path("<int:api_key_id>/revoke/", wrap(self.revoke_page), name="common_apikey_revoke"),
        ]
        return [*pages, *super().get_urls()]

    def create_page(self, request: HttpRequest) -> HttpResponse:
        """Make a key and show it, this once."""
        if not request.user.has_perm("common.add_apikey"):
            raise PermissionDenied
        form = NewKeyForm(request.POST or None)
        made = None
        if request.method == "POST" and form.is_valid():
            made = api_keys.create_key(
                name=form.cleaned_data["name"],
                role=form.cleaned_data["role"].name,
                created_by_id=request.user.pk,
            )
            self.log_addition(request, made.row, [{"added": {}}])
        answer = self._page(
            request, "admin/common/apikey/create.html", title=_("New API key"), form=form, made=made
        )
        answer["Cache-Control"] = "no-store"
        return answer

    def revoke_page(self, request: HttpRequest, api_key_id: int) -> HttpResponse:
        """Lock the program out after a confirmation."""
        if not request.user.has_perm("common.change_apikey"):
            raise PermissionDenied
        key = get_object_or_404(ApiKey.objects.select_related("role"), pk=api_key_id)
        if request.method == "POST":
            api_keys.revoke_key(api_key_id=key.pk)
            self.log_change(request, key, [{"changed": {"fields": ["revoked_at"]}}])
            messages.success(request, gettext("The key is revoked; the program is locked out."))
            return HttpResponseRedirect(reverse("admin:common_apikey_changelist"))
        return self._page(request, "admin/common/apikey/revoke.html", title=_("Revoke the API key"), key=key)

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **context})

    def has_new_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("common.add_apikey")

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("common.change_apikey")

    @action(description=_("New key"), url_path="new-key", icon="key", permissions=["new"])
    def new_key(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:common_apikey_create"))

    @action(description=_("Revoke"), url_path="to-revoke", icon="key_off", permissions=["revoke"])
    def revoke_button(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:common_apikey_revoke", args=[object_id]))

    @display(description=_("role"), ordering="role__name")
    def shown_role(self, key: ApiKey) -> str:
        return gettext(key.role.name)

    @display(description=_("created"), ordering="created_at")
    def shown_created(self, key: ApiKey) -> str:
        return admin_display.moment(key.created_at)

    @display(description=_("last used"), ordering="last_used_at")
    def shown_used(self, key: ApiKey) -> str:
        return admin_display.moment(key.last_used_at)

    @display(description=_("revoked"), ordering="revoked_at")
    def shown_revoked(self, key: ApiKey) -> str:
        return admin_display.moment(key.revoked_at)
