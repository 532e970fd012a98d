"""What waits for a person: the list, and the page where a task is taken and decided."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from common import admin_display, clock
from common.errors import DomainError
from common.readonly_admin import ReadOnlyAdmin
from students import record_address, task_decisions, task_types, timeline
from students.models import OperatorTask


class WhoseFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("mine")), ("waiting", _("nobody's or overdue")), ("overdue", _("overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OperatorTask]) -> QuerySet[OperatorTask]:
        unresolved = queryset.exclude(state=OperatorTask.State.RESOLVED)
        is_late = Q(due_at__lt=clock.now())
        me = request.user.pk
        if self.value() == "mine":
            return unresolved.filter(owner=me)
        if self.value() == "waiting":
            return unresolved.exclude(owner=me).filter(Q(owner=None) | is_late)
        if self.value() == "overdue":
            return unresolved.filter(is_late)
        return queryset


class DecisionForm(forms.Form):
    """What was decided; it stands in the student's history."""

    reason = forms.CharField(
        label=_("what was decided, and why"),
        help_text=_("It stands in the student's history with your name."),
        max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


@admin.register(OperatorTask)
class OperatorTaskAdmin(ReadOnlyAdmin):
    change_form_template = "admin/students/operatortask/change_form.html"
    list_display = ["shown_kind", "shown_student", "shown_state", "owner", "shown_due", "shown_created"]
    list_display_links = ["shown_kind"]
    list_select_related = ["student", "owner"]
    list_filter = ["state", WhoseFilter]
    search_fields = ["student__search_text", "kind", "key"]
    ordering = ["due_at"]
    actions = None
    fields = readonly_fields = ["state"]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        doors = [
            path("<int:task_id>/take/", wrap(self.take), name="students_operatortask_take"),
            path("<int:task_id>/resolve/", wrap(self.resolve), name="students_operatortask_resolve"),
        ]
        return [*doors, *super().get_urls()]

    def take(self, request: HttpRequest, task_id: int) -> HttpResponse:
        """Make the task mine."""
        self._require_post(request, task_id)
        try:
            task_decisions.take_task(task_id=task_id, actor=timeline.Actor.person(request.user))
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(_page(task_id))

    def resolve(self, request: HttpRequest, task_id: int) -> HttpResponse:
        """Close the task with what was decided."""
        self._require_post(request, task_id)
        try:
            task_decisions.resolve_task(
                task_id=task_id,
                reason=request.POST.get("reason", "")[:1000],
                actor=timeline.Actor.person(request.user),
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, gettext("The task is resolved."))
        return HttpResponseRedirect(_page(task_id))

    def _require_post(self, request: HttpRequest, task_id: int) -> None:
        if request.method != "POST" or not request.user.has_perm("students.change_operatortask"):
            raise PermissionDenied
        get_object_or_404(OperatorTask, pk=task_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        page = _page_context(object_id, request)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **page})

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


def _page(task_id: int) -> str:
    return reverse("admin:students_operatortask_change", args=[task_id])


def _page_context(task_id: str, request: HttpRequest) -> dict[str, Any]:
    task = (
        OperatorTask.objects.select_related("student", "owner", "resolved_by")
        .filter(pk=task_id if task_id.isdecimal() else None)
        .first()
    )
    if task is None:
        return {}
    is_resolved = task.state == OperatorTask.State.RESOLVED
    return {
        "task": task,
        "kind": task_types.type_of(task.kind),
        "subject_url": record_address.of_record(task.subject_kind, task.subject_id),
        "is_late": not is_resolved and task.due_at < clock.now(),
        "is_mine": task.owner_id == request.user.pk,
        "may_decide": not is_resolved and request.user.has_perm("students.change_operatortask"),
        "form": DecisionForm(),
    }
