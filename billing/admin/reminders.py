"""The ladder of reminders, edited with a preview; and what was sent, failed or left out, to be read."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from billing.models import Reminder, ReminderStep
from billing.reminders import message, texts
from common import admin_display
from common.readonly_admin import KeptAdmin, ReadOnlyAdmin
from students.models.student import Language


class StepForm(forms.ModelForm[ReminderStep]):
    """Takes only texts that can be filled."""

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        for language in Language.values:
            self._check(f"subject_{language}", texts.check_subject)
            self._check(f"text_{language}", texts.check_text)
        return facts

    def _check(self, name: str, check: Any) -> None:
        if name not in self.cleaned_data:
            return  # refused already
        try:
            check(self.cleaned_data[name])
        except texts.BadText as error:
            self.add_error(name, str(error))


@admin.register(ReminderStep)
class ReminderStepAdmin(KeptAdmin):
    form = StepForm
    list_display = ["__str__", "subject_hy", "opens_task", "is_active"]
    actions = None
    fieldsets = [
        (None, {"fields": [("anchor", "offset_days"), ("opens_task", "is_active")]}),
        (_("Texts"), {"fields": ["shown_placeholders"]}),
        (_("Armenian"), {"fields": ["subject_hy", "text_hy"]}),
        (_("Russian"), {"fields": ["subject_ru", "text_ru"]}),
        (_("English"), {"fields": ["subject_en", "text_en"]}),
    ]
    readonly_fields = ["shown_placeholders"]

    @display(description=_("placeholders"))
    def shown_placeholders(self, _step: ReminderStep) -> SafeString:
        return format_html_join(
            "", '<div><code class="mq-code">{{{}}}</code> {}</div>', texts.PLACEHOLDERS.items()
        )

    def get_urls(self) -> list[URLPattern]:
        page = path("sample/", self.admin_site.admin_view(self.sample), name="billing_reminderstep_sample")
        return [page, *super().get_urls()]

    def sample(self, request: HttpRequest) -> HttpResponse:
        """Show how the texts read as the form stands now, or what cannot be sent. Stores nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        reads = [_reading(request.POST, code, name) for code, name in Language.choices]
        return render(request, "admin/billing/reminderstep/sample.html", {"reads": reads})


def _reading(typed: Mapping[str, str], language: str, name: Any) -> dict[str, Any]:
    """Return how what was typed in one language reads with facts of nobody, or why it cannot be sent."""
    subject, text = typed.get(f"subject_{language}", ""), typed.get(f"text_{language}", "")
    try:
        texts.check_subject(subject)
        texts.check_text(text)
    except texts.BadText as error:
        return {"name": name, "refusal": str(error)}
    step = ReminderStep(**{f"subject_{language}": subject, f"text_{language}": text})
    return {"name": name, "code": language, "words": message.sample(step=step, language=language)}


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    list_display = [
        "shown_when",
        "shown_student",
        "shown_installment",
        "step",
        "channel",
        "shown_state",
        "reason",
    ]
    list_display_links = ["shown_when"]
    list_select_related = ["student", "installment__invoice", "step", "link"]
    list_filter = ["state", "reason", "channel", "day"]
    list_filter_submit = True
    search_fields = ["student__search_text", "installment__invoice__number", "message_id"]
    search_help_text = _("Student's name, e-mail or phone, invoice number, message id")
    actions = None
    fields = readonly_fields = [
        "shown_when",
        "shown_student",
        "shown_installment",
        "step",
        "shown_due",
        "channel",
        "language",
        "shown_link",
        "shown_state",
        "reason",
        "message_id",
    ]

    @display(description=_("when"), ordering="began_at")
    def shown_when(self, reminder: Reminder) -> str:
        return admin_display.moment(reminder.began_at)

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, reminder: Reminder) -> SafeString | str:
        return admin_display.link_to(reminder.student)

    @display(description=_("installment"))
    def shown_installment(self, reminder: Reminder) -> SafeString | str:
        part = reminder.installment
        return admin_display.link_to(part, f"{part.invoice.number} / {part.number}")

    @display(description=_("due"))
    def shown_due(self, reminder: Reminder) -> str:
        return admin_display.day(reminder.due_date)

    @display(description=_("payment link"))
    def shown_link(self, reminder: Reminder) -> SafeString | str:
        return admin_display.link_to(reminder.link)

    @display(description=_("state"), ordering="state")
    def shown_state(self, reminder: Reminder) -> SafeString:
        return admin_display.state(reminder)
