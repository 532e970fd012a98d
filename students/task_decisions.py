"""What a person does with a task: take it, and decide it with a reason."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import DomainError
from students import timeline
from students.models import OperatorTask

DECIDED = "decided"


class TaskRefused(DomainError):  # noqa: N818
    """The task cannot be taken or decided as asked."""

    code = "task-refused"
    status = 409


def take_task(*, task_id: int, actor: timeline.Actor) -> OperatorTask:
    """
    Make a person the owner of a task, also a colleague's: whoever takes it last has it.

    Taking one's own again changes nothing. Raises TaskRefused for a resolved one.
    """
    with transaction.atomic():
        task = _lock_unresolved(task_id)
        if actor.user_id is None:
            raise TaskRefused(_("Only a person can take a task."))
        if task.owner_id != actor.user_id:
            before = {"owner": task.owner_id}
            task.take(owner_id=actor.user_id)
            task.save()
            timeline.record([_event(task, "task_taken", actor, before=before)])
    return task


def resolve_task(*, task_id: int, reason: str, actor: timeline.Actor) -> OperatorTask:
    """Close a task that a person decided; raises TaskRefused without a reason, or when it is resolved already."""
    if not reason.strip():
        raise TaskRefused(_("Write what was decided and why."), field="reason")
    with transaction.atomic():
        task = _lock_unresolved(task_id)
        before = {"state": task.state}
        task.resolve(resolution=DECIDED, reason=reason.strip(), resolved_by_id=actor.user_id)
        task.save()
        timeline.record([_event(task, "task_resolved", actor, before=before, reason=reason.strip())])
    return task


def _lock_unresolved(task_id: int) -> OperatorTask:
    task = OperatorTask.objects.select_for_update(no_key=True).get(pk=task_id)
    if task.state == OperatorTask.State.RESOLVED:
        raise TaskRefused(_("This task is resolved already."))
    return task


def _event(
    task: OperatorTask, kind: str, actor: timeline.Actor, *, before: Mapping[str, object], reason: str = ""
) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=task.student_id,
        actor=actor,
        reason=reason,
        before=before,
        after={"state": task.state, "owner": task.owner_id},
        data={"task_kind": task.kind, **task.data},
        subject_kind="students.operatortask",
        subject_id=task.pk,
    )
