"""Colleagues: who works here and in which role. Django's own pages for users are replaced; groups are made by migrations."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from common import admin_display

admin.site.unregister(Group)
admin.site.unregister(User)


class RoleChoice(forms.ModelMultipleChoiceField[Group]):
    """Names the roles in the reader's language."""

    def label_from_instance(self, group: Any) -> str:
        return gettext(group.name)


@admin.register(User)
class ColleagueAdmin(UserAdmin[User], ModelAdmin):
    """
    Gives roles and locks accounts; accounts are never deleted, as the history names them.

    Nobody can make themselves more than an administrator: rights come from roles alone, superusers are made on the
    command line and only superusers can touch them.
    """

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "shown_name", "shown_roles", "is_active", "shown_login"]
    list_filter = ["groups", "is_active"]
    search_fields = ["username", "first_name", "last_name", "email"]
    ordering = ["username"]
    actions = None
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("Roles"), {"fields": ["groups", "is_active"]}),
        (_("Dates"), {"fields": [("last_login", "date_joined")]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "password1", "password2"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("Roles"), {"fields": ["groups"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request)
        if not request.user.is_superuser:
            people = people.filter(is_superuser=False)
        return people.prefetch_related(Prefetch("groups", queryset=Group.objects.order_by("name")))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            return RoleChoice(
                label=_("Roles"),
                queryset=Group.objects.order_by("name"),
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
                required=False,
            )
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.is_staff = True  # everybody made here works in the back office
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("name"), ordering="last_name")
    def shown_name(self, user: User) -> str:
        return user.get_full_name() or admin_display.NOTHING

    @display(description=_("roles"))
    def shown_roles(self, user: User) -> str:
        roles = ", ".join(gettext(group.name) for group in user.groups.all())
        return roles or (str(_("superuser")) if user.is_superuser else admin_display.NOTHING)

    @display(description=_("last login"), ordering="last_login")
    def shown_login(self, user: User) -> str:
        return admin_display.moment(user.last_login)
