"""Tasks and notes on the student page."""

from collections.abc import Mapping
from typing import Any

from common import clock
from students import record_address, task_types
from students.models import OperatorTask, Student
from students.student_panel import Column, StudentPanel, Viewer

NOTES_SHOWN = 20
TASKS_SHOWN = 20


def load_tasks(student: Student, _viewer: Viewer) -> Mapping[str, Any] | None:
    """Return the tasks that wait for a person, the most urgent first; nothing to show if there are none."""
    unresolved = student.tasks.exclude(state=OperatorTask.State.RESOLVED)
    tasks = list(unresolved.select_related("owner").order_by("due_at", "id")[:TASKS_SHOWN])
    if not tasks:
        return None
    now = clock.now()
    return {
        "tasks": [
            {
                "task": task,
                "type": task_types.type_of(task.kind),
                "late": task.due_at < now,
                "record": record_address.of_record("students.operatortask", task.pk),
            }
            for task in tasks
        ]
    }


def load_notes(student: Student, viewer: Viewer) -> Mapping[str, Any]:
    """Return the newest notes and whether the reader may write one."""
    notes = list(student.notes.select_related("author")[: NOTES_SHOWN + 1])
    return {
        "student": student,
        "notes": notes[:NOTES_SHOWN],
        "more": len(notes) > NOTES_SHOWN,
        "may_add": viewer.has_perm("students.add_crmnote"),
    }


PANELS = [
    StudentPanel(
        code="tasks",
        place=10,
        template="student_page/panels/tasks.html",
        load=load_tasks,
        column=Column.TOP,
        permission="students.view_operatortask",
    ),
    StudentPanel(
        code="notes",
        place=60,
        template="student_page/panels/notes.html",
        load=load_notes,
        permission="students.view_crmnote",
    ),
]
