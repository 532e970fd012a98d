"""What happens to a student's record, notes and tasks, as sentences."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from students import task_types, telling
from students.models import Student, TimelineEvent


def _task(event: TimelineEvent) -> dict[str, str]:
    return {"task": str(task_types.type_of((event.data or {}).get("task_kind", "")).name)}


def _fields(event: TimelineEvent) -> dict[str, str]:
    names = (event.data or {}).get("fields") or []
    return {"fields": ", ".join(_field(name) for name in names) or telling.UNTOLD}


def _field(name: str) -> str:
    field: Any = Student._meta.get_field(name)
    return str(field.verbose_name)


KINDS = {
    "student_registered": telling.kind("student", "person", _("Student registered")),
    "student_changed": telling.kind("student", "person", _("Changed: %(fields)s"), also=_fields),
    "note_added": telling.kind("note", "note", _("Note written")),
    "entry_asked": telling.kind("student", "mail", _("A link to the own page was asked for")),
    "entry_opened": telling.kind("student", "key", _("The student opened the own page")),
    "entry_left": telling.kind("student", "away", _("The student left the own page")),
    "consent_given": telling.kind("student", "check", _("Consent given to text %(version)s"), tone="good"),
    "data_exported": telling.kind("student", "download", _("Personal data taken away as a file")),
    "student_erased": telling.kind("student", "remove", _("Personal data erased"), tone="warn"),
    "task_opened": telling.kind("task", "task", _("For a person: %(task)s"), tone="warn", also=_task),
    "task_taken": telling.kind("task", "task", _("Task taken: %(task)s"), tone="wait", also=_task),
    "task_postponed": telling.kind(
        "task", "clock", _("Task postponed until %(until)s: %(task)s"), also=_task
    ),
    "task_resolved": telling.kind("task", "check", _("Task resolved: %(task)s"), tone="good", also=_task),
    "task_closed_by_facts": telling.kind(
        "task", "check", _("Task closed by the facts: %(task)s"), tone="good", also=_task
    ),
}
