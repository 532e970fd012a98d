"""Open differences that speak of a student, on the student's page."""

from collections.abc import Mapping
from typing import Any

from reconciliation import words
from reconciliation.models import Discrepancy
from students.models import Student
from students.student_panel import Column, StudentPanel, Viewer

SHOWN = 10


def load_breaks(student: Student, _viewer: Viewer) -> Mapping[str, Any] | None:
    """Return the open breaks of a student, the oldest first; nothing to show if there are none."""
    found = Discrepancy.objects.filter(student=student, state=Discrepancy.State.OPEN).select_related(
        "account"
    )
    items = list(found.order_by("opened_at", "id")[:SHOWN])
    if not items:
        return None
    return {
        "breaks": [
            {"item": item, "name": words.name_of(item.kind), "cause": words.cause_of(item.kind)}
            for item in items
        ]
    }


PANELS = [
    StudentPanel(
        code="breaks",
        place=20,
        template="student_page/panels/breaks.html",
        load=load_breaks,
        column=Column.TOP,
        permission="reconciliation.view_discrepancy",
    )
]
