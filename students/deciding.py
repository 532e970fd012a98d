"""Taking and deciding tasks. Deciding calls the ordinary verb of the chosen resolution; nobody decides twice."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock
from common.errors import DomainError
from students import locking, operator_tasks, task_types, timeline
from students.models import OperatorTask


class TaskRefused(DomainError):  # noqa: N818
    """The task cannot be taken or decided this way."""

    code = "task-refused"
    status = 409


def take_task(*, task_id: int, actor: timeline.Actor) -> OperatorTask:
    """Make the task this person's, also when a colleague had it. Safe to repeat. Raises TaskRefused if it is resolved."""
    with transaction.atomic():
        task = _lock(task_id)
        if task.owner_id == actor.user_id:
            return task
        task.take(owner_id=_person(actor))
        task.save()
        timeline.record([operator_tasks.event(task, "task_taken", actor)])
    return task


def postpone_task(*, task_id: int, until: dt.date, reason: str, actor: timeline.Actor) -> OperatorTask:
    """Move the task's deadline to the end of a day to come, with a reason. Raises TaskRefused."""
    if not reason.strip():
        raise TaskRefused(_("Write why it has to wait."), field="reason")
    if until < clock.today():
        raise TaskRefused(_("Choose a day to come."), field="until")
    with transaction.atomic():
        task = _lock(task_id)
        task.due_at = clock.end_of(until)
        task.save(update_fields=["due_at"])
        timeline.record(
            [
                operator_tasks.event(
                    task, "task_postponed", actor, reason.strip(), until=task.due_at.isoformat()
                )
            ]
        )
    return task


def resolve_task(
    *, task_id: int, resolution: str, data: Mapping[str, Any], reason: str, actor: timeline.Actor
) -> OperatorTask:
    """
    Decide a task: do what the resolution says and close the task, in one transaction under the student's lock.

    A resolution that works `by_facts` is done outside any transaction and closes nothing itself; the facts that it brings do.
    Raises TaskRefused if somebody was faster, without a reason, or for a resolution that its type does not have; and whatever
    the resolution's verb refuses, in which case nothing has changed.
    """
    task = OperatorTask.objects.get(pk=task_id)
    chosen = task_types.type_of(task.kind).resolution(resolution)
    if chosen is None or chosen.address is not None:
        raise TaskRefused(_("This task has no such resolution."), field="resolution")
    if not reason.strip():
        raise TaskRefused(_("Write why you decide so."), field="reason")
    if chosen.by_facts:
        _require_unresolved(task)
        chosen.apply(task, data, actor, reason.strip())
        return OperatorTask.objects.get(pk=task_id)
    with transaction.atomic():
        task = _lock(task_id)
        task.resolve(resolution=resolution, reason=reason.strip(), resolved_by_id=_person(actor))
        task.save()
        chosen.apply(task, data, actor, reason.strip())
        timeline.record(
            [operator_tasks.event(task, "task_resolved", actor, reason.strip(), resolution=resolution)]
        )
    return task


def _lock(task_id: int) -> OperatorTask:
    """Lock the task's student, then the task; two people who decide at once wait here for each other."""
    student_id = OperatorTask.objects.values_list("student_id", flat=True).get(pk=task_id)
    if student_id is not None:
        locking.lock_student(student_id=student_id)
    task = OperatorTask.objects.select_for_update(of=("self",)).select_related("resolved_by").get(pk=task_id)
    _require_unresolved(task)
    return task


def _require_unresolved(task: OperatorTask) -> None:
    if task.state != OperatorTask.State.RESOLVED:
        return
    by = task.resolved_by
    if by is None:
        raise TaskRefused(_("The facts arrived meanwhile and closed this task."))
    raise TaskRefused(
        _("%(name)s was faster and decided this task.") % {"name": by.get_full_name() or by.get_username()}
    )


def _person(actor: timeline.Actor) -> int:
    if actor.user_id is None:
        raise TaskRefused(_("Only a person can take or decide a task."))
    return actor.user_id
