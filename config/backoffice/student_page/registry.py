"""Which panels the student page has: every app's `student_panels.PANELS`, in the order of their places."""

import functools
import importlib
import importlib.util
from typing import Any

from django.apps import apps

from students.models import Student
from students.student_panel import Column, StudentPanel


@functools.cache
def panels() -> list[StudentPanel]:
    """Return every panel that an installed app offers."""
    found: list[StudentPanel] = []
    for app in apps.get_app_configs():
        name = f"{app.name}.student_panels"
        if importlib.util.find_spec(name):
            found += importlib.import_module(name).PANELS
    return sorted(found, key=lambda panel: (panel.place, panel.code))


def shown_to(user: Any, student: Student) -> dict[Column, list[dict[str, Any]]]:
    """Return the loaded panels that this person may see, by column, each ready for its template."""
    shown: dict[Column, list[dict[str, Any]]] = {column: [] for column in Column}
    for panel in panels():
        if panel.permission and not user.has_perm(panel.permission):
            continue
        loaded = panel.load(student, user)
        if loaded is not None:
            shown[panel.column].append({"code": panel.code, "template": panel.template, "loaded": loaded})
    return shown
