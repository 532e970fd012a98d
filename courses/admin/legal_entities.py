"""Who sells courses and receives the money."""

from django.contrib import admin

from common.readonly_admin import KeptAdmin
from courses.models import LegalEntity


@admin.register(LegalEntity)
class LegalEntityAdmin(KeptAdmin):
    list_display = ["name", "code", "tax_id"]
    search_fields = ["name", "code", "tax_id"]
    fields = ["name", ("code", "tax_id")]
    actions = None
