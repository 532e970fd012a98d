"""Tasks for a person on the start page: mine first, then whatever is overdue or nobody's."""

from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _

from common import admin_display, clock
from common.start_panel import SHOWN, Attention, Row, StartPanel
from students import task_types
from students.models import OperatorTask


def my_tasks(viewer: Any) -> Attention:
    """Return the unresolved tasks that this person took."""
    mine = _unresolved().filter(owner=viewer)
    return _attention(_("My tasks"), mine, "wait", "?whose=mine")


def free_tasks(viewer: Any) -> Attention:
    """Return the unresolved tasks that nobody took, and those of colleagues that are overdue."""
    others = _unresolved().exclude(owner=viewer).filter(Q(owner=None) | Q(due_at__lt=clock.now()))
    return _attention(_("Tasks that wait for a person"), others, "warn", "")


def _unresolved() -> QuerySet[OperatorTask]:
    return OperatorTask.objects.exclude(state=OperatorTask.State.RESOLVED)


def _attention(title: str, tasks: QuerySet[OperatorTask], tone: str, query: str) -> Attention:
    now = clock.now()
    counts = tasks.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    first = tasks.select_related("student").annotate(
        late=Case(When(due_at__lt=now, then=Value(0)), default=Value(1))
    )
    return Attention(
        title=title,
        icon="task",
        tone="bad" if counts["late"] else tone,
        count=counts["all"],
        rows=[
            Row(
                text=task_types.type_of(task.kind).name,
                url=reverse("desk-task", args=[task.pk]),
                detail=_detail(task, is_late=task.due_at < now),
            )
            for task in first.order_by("late", "due_at")[:SHOWN]
        ],
        url=f"{reverse('desk')}{query}",
    )


def _detail(task: OperatorTask, *, is_late: bool) -> str:
    due = admin_display.moment(task.due_at)
    words = _("overdue since %(due)s") % {"due": due} if is_late else _("by %(due)s") % {"due": due}
    return f"{task.student} · {words}" if task.student else words


PANELS = [
    StartPanel(place=10, permission="students.view_operatortask", load=my_tasks),
    StartPanel(place=20, permission="students.view_operatortask", load=free_tasks),
]
