"""What the school knows of a person, as values that can be written down: the student's own rows, for a file to take away."""

from typing import Any

from students import timeline
from students.models import Student, TimelineEvent

OWN_FIELDS = [
    "full_name",
    "email",
    "phone",
    "language",
    "birth_date",
    "representative_name",
    "representative_email",
    "representative_phone",
    "crm_id",
    "lms_id",
    "created_at",
    "erased_at",
]


def of_student(*, student: Student) -> dict[str, Any]:
    """Return who the student is, who pays, what was written down, agreed to and done."""
    return {
        "student": {name: getattr(student, name) for name in OWN_FIELDS},
        "payers": list(
            student.payers.order_by("pk").values("full_name", "email", "phone", "is_company", "tax_id")
        ),
        "notes": list(student.notes.order_by("pk").values("created_at", "text")),
        "consents": list(student.consents.order_by("pk").values("version", "language", "given_at")),
        "entries": list(student.entries.order_by("pk").values("asked_at", "opened_at", "ended_at")),
        "history": list(
            TimelineEvent.objects.filter(student=student).order_by("at", "pk").values("at", "kind", "reason")
        ),
    }


def note_export(*, student_id: int, actor: timeline.Actor) -> None:
    """Say in the timeline that somebody took the personal data away as a file."""
    timeline.record(
        [
            timeline.Event(
                kind="data_exported",
                student_id=student_id,
                actor=actor,
                subject_kind="students.student",
                subject_id=student_id,
            )
        ]
    )
