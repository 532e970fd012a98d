"""Admin pages that show and never change: money and history change by verbs alone."""

from typing import Any

from django.contrib.admin.checks import ModelAdminChecks
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from common.admin_widgets import NATIVE_DATES


class _NoChanges:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _CheckedWithoutDatabase:
    # Unfold's own checks look for rights in the database, which has no tables yet when `migrate` runs them.
    checks_class = ModelAdminChecks


class ReadOnlyAdmin(_CheckedWithoutDatabase, _NoChanges, ModelAdmin):
    """Shows records to whoever has the right to view them; nobody adds, changes or deletes one here."""

    show_add_link = False
    list_disable_select_all = True


class ReadOnlyInline(_NoChanges, TabularInline):
    """Shows the records of a neighbour inside its page."""

    extra = 0
    can_delete = False
    show_change_link = False


class KeptAdmin(_CheckedWithoutDatabase, ModelAdmin):
    """Records that may be added and changed and are never deleted: they end, are closed or are no longer offered."""

    formfield_overrides = NATIVE_DATES

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
