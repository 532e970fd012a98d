"""Students and who pays for them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin
from import_export.tmp_storages import CacheStorage
from unfold.admin import StackedInline
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import action, display

from common import admin_display
from common.errors import DomainError
from common.readonly_admin import KeptAdmin
from common.verb_admin import VerbAdmin
from students import registration, timeline
from students.admin import import_file
from students.admin.resource import StudentResource
from students.models import Payer, Student


class StudentForm(forms.ModelForm[Student]):
    """Says at the field what registration would refuse."""

    def clean_phone(self) -> str:
        try:
            return registration.normal_phone(self.cleaned_data["phone"])
        except DomainError as error:
            raise ValidationError(str(error)) from None

    def clean_representative_phone(self) -> str:
        try:
            return registration.normal_phone(self.cleaned_data["representative_phone"])
        except DomainError as error:
            raise ValidationError(str(error)) from None

    def clean_crm_id(self) -> str | None:
        return self.cleaned_data["crm_id"] or None

    def clean_lms_id(self) -> str | None:
        return self.cleaned_data["lms_id"] or None


class PayerInline(StackedInline):
    """Who pays, when it is somebody else; never removed, as invoices may name them."""

    model = Payer
    extra = 0
    can_delete = False
    fields = [("full_name", "is_company", "tax_id"), ("email", "phone")]


@admin.register(Student)
class StudentAdmin(ImportExportMixin, VerbAdmin, KeptAdmin):
    form = StudentForm
    list_display = ["shown_name", "email", "phone", "shown_language", "crm_id", "shown_created", "history"]
    list_filter = ["language", "created_at"]
    list_filter_submit = True
    search_fields = ["search_text", "crm_id", "lms_id"]
    search_help_text = _("Name, e-mail, phone, CRM id or LMS id")
    inlines = [PayerInline]
    fieldsets = [
        (None, {"fields": ["full_name", ("email", "phone"), ("language", "birth_date")]}),
        (
            _("Legal representative of a minor"),
            {
                "fields": ["representative_name", ("representative_email", "representative_phone")],
                "description": _(
                    "Letters go to the representative while the student is under eighteen by the date of birth."
                ),
            },
        ),
        (_("Ids in other systems"), {"fields": [("crm_id", "lms_id")]}),
    ]
    actions = None
    actions_detail = ["open_timeline", "enroll"]

    resource_classes = [StudentResource]
    import_form_class = import_file.StudentImportForm
    import_template_name = "admin/students/student/import.html"
    export_form_class = ExportForm
    import_formats = import_file.FORMATS
    export_formats = import_file.FORMATS
    tmp_storage_class = CacheStorage
    import_error_display = ("message",)

    def save_model(self, request: HttpRequest, obj: Student, form: Any, change: bool) -> None:
        actor = timeline.Actor.person(request.user)
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            registration.change_student(student_id=obj.pk, actor=actor, **changes)
            return
        student = registration.register_student(actor=actor, **form.cleaned_data)
        obj.pk = student.pk
        obj._state.adding = False

    def has_enroll_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perms(["courses.add_enrollment", "billing.add_invoice"])

    def has_timeline_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("students.view_timeline")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("students.import_students")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("students.import_students")

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Store a file as a whole or not at all, also when another process took an id since the preview."""
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Say that nothing was stored where a line was refused after the preview."""
        if result.has_errors() or result.has_validation_errors():
            words = gettext(
                "Nothing was stored: the school's data changed since the preview. Choose the file again."
            )
            messages.error(request, words)
            return HttpResponseRedirect(reverse("admin:students_student_import"))
        return super().process_result(result, request)

    @display(description=_("name"), ordering="full_name")
    def shown_name(self, student: Student) -> str:
        return student.full_name or str(_("Erased student"))

    @display(description=_("language"), ordering="language")
    def shown_language(self, student: Student) -> str:
        return student.get_language_display()

    @display(description=_("registered"), ordering="created_at")
    def shown_created(self, student: Student) -> str:
        return admin_display.moment(student.created_at)

    @display(description=_("history"))
    def history(self, student: Student) -> SafeString:
        return format_html(
            '<a class="mq-link" href="{}">{}</a>', reverse("student-page", args=[student.pk]), _("Timeline")
        )

    @action(description=_("Timeline"), url_path="timeline", icon="history", permissions=["timeline"])
    def open_timeline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("student-page", args=[object_id]))

    @action(
        description=_("Enroll"),
        url_path="to-enroll",
        icon="person_add",
        permissions=["enroll"],
    )
    def enroll(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:billing_enroll')}?student={object_id}")
