"""Exceptions for a person: opened once per fact, closed by a decision or by the facts."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from common import clock
from students import timeline
from students.models import OperatorTask


def open_task(
    *,
    kind: str,
    key: str,
    student_id: int | None,
    due_in_hours: int,
    subject_kind: str = "",
    subject_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> OperatorTask | None:
    """
    Open a task and say so in the timeline; None if an unresolved one with this key exists.

    Safe to repeat: the database keeps one unresolved task per key. Call it in the transaction of the fact.
    """
    task = OperatorTask(
        kind=kind,
        key=key,
        student_id=student_id,
        due_at=clock.now() + dt.timedelta(hours=due_in_hours),
        subject_kind=subject_kind,
        subject_id=subject_id,
        data=dict(data or {}),
    )
    if not OperatorTask.objects.bulk_create([task], ignore_conflicts=True):
        return None
    opened = OperatorTask.objects.filter(key=key).exclude(state=OperatorTask.State.RESOLVED).first()
    if opened is None or opened.created_at != task.created_at:
        return None  # another process opened it first
    timeline.record([event(opened, "task_opened", timeline.SYSTEM)])
    return opened


def close_by_facts(*, key: str, reason: str) -> bool:
    """Close the unresolved task with this key because the facts arrived; False if there is none. Safe to repeat."""
    with transaction.atomic():
        task = (
            OperatorTask.objects.select_for_update()
            .filter(key=key)
            .exclude(state=OperatorTask.State.RESOLVED)
            .first()
        )
        if task is None:
            return False
        task.resolve(resolution="facts", reason=reason, resolved_by_id=None)
        task.save()
        timeline.record([event(task, "task_closed_by_facts", timeline.SYSTEM, reason=reason)])
    return True


def event(
    task: OperatorTask, kind: str, actor: timeline.Actor, reason: str = "", **further: Any
) -> timeline.Event:
    """Return an event about a task, with what the task knows."""
    return timeline.Event(
        kind=kind,
        student_id=task.student_id,
        actor=actor,
        reason=reason,
        data={"task_kind": task.kind, **task.data, **further},
        subject_kind="students.operatortask",
        subject_id=task.pk,
    )
