"""What waits for a person. Deciding is done where the facts are; here is the list."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from common import admin_display, clock
from common.readonly_admin import ReadOnlyAdmin
from students import task_types
from students.models import OperatorTask


class WhoseFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("mine")), ("free", _("nobody's")), ("overdue", _("overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OperatorTask]) -> QuerySet[OperatorTask]:
        if self.value() == "mine":
            return queryset.filter(owner_id=request.user.pk)
        if self.value() == "free":
            return queryset.filter(owner=None)
        if self.value() == "overdue":
            return queryset.filter(due_at__lt=clock.now()).exclude(state=OperatorTask.State.RESOLVED)
        return queryset


@admin.register(OperatorTask)
class OperatorTaskAdmin(ReadOnlyAdmin):
    list_display = ["shown_kind", "shown_student", "shown_state", "owner", "shown_due", "shown_created"]
    list_display_links = ["shown_kind"]
    list_select_related = ["student", "owner"]
    list_filter = ["state", WhoseFilter]
    search_fields = ["student__search_text", "kind", "key"]
    ordering = ["due_at"]
    actions = None
    fields = [
        "shown_kind",
        "shown_student",
        "shown_state",
        "owner",
        "shown_due",
        "shown_created",
        "shown_facts",
        "resolution",
        "reason",
        "resolved_by",
    ]
    readonly_fields = fields

    @display(description=_("task"), ordering="kind")
    def shown_kind(self, task: OperatorTask) -> str:
        return str(task_types.type_of(task.kind).name)

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, task: OperatorTask) -> SafeString | str:
        return admin_display.link_to(task.student)

    @display(description=_("state"), ordering="state")
    def shown_state(self, task: OperatorTask) -> SafeString:
        return admin_display.state(task)

    @display(description=_("decide by"), ordering="due_at")
    def shown_due(self, task: OperatorTask) -> SafeString | str:
        words = admin_display.moment(task.due_at)
        late = task.state != OperatorTask.State.RESOLVED and task.due_at < clock.now()
        return format_html('<span class="mq-late">{} · {}</span>', words, _("overdue")) if late else words

    @display(description=_("opened"), ordering="created_at")
    def shown_created(self, task: OperatorTask) -> str:
        return admin_display.moment(task.created_at)

    @display(description=_("facts"))
    def shown_facts(self, task: OperatorTask) -> str:
        return ", ".join(f"{name}: {value}" for name, value in task.data.items()) or admin_display.NOTHING
