"""Reminders on the student page: what went out, what did not and why, and nothing if nothing was said yet."""

from collections.abc import Mapping
from typing import Any

from students.models import Student
from students.student_panel import StudentPanel, Viewer

SHOWN = 8


def load_reminders(student: Student, _viewer: Viewer) -> Mapping[str, Any] | None:
    """Return the newest reminders and the reasons why there was none."""
    found = list(student.reminders.select_related("step", "installment__invoice")[: SHOWN + 1])
    if not found:
        return None
    return {"student": student, "reminders": found[:SHOWN], "more": len(found) > SHOWN}


PANEL = StudentPanel(
    code="reminders",
    place=55,
    template="student_page/panels/reminders.html",
    load=load_reminders,
    permission="billing.view_reminder",
)
