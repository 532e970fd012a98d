"""A student gets into the books once, with clean contacts, and the timeline says so."""

import pytest

from students import operator_tasks, registration, timeline
from students.models import OperatorTask, Student, TimelineDispatch, TimelineEvent

pytestmark = pytest.mark.django_db


def test_registering_writes_student_and_history():
    student = registration.register_student(
        full_name="  Անի   Սարգսյան ", phone="091 23-45-67", actor=timeline.SYSTEM
    )
    student.refresh_from_db()
    assert (student.full_name, student.phone) == ("Անի Սարգսյան", "+37491234567")
    assert "անի" in student.search_text
    event = TimelineEvent.objects.get()
    assert (event.kind, event.student_id, event.data) == ("student_registered", student.pk, {})
    assert TimelineDispatch.objects.get().event_id == event.pk


@pytest.mark.parametrize(
    ("field", "value"), [("full_name", " "), ("email", "x@"), ("phone", "12"), ("language", "de")]
)
def test_unusable_facts_are_refused_at_their_field(field, value):
    facts = {"full_name": "Ani", field: value}
    with pytest.raises(registration.BadStudentData) as error:
        registration.register_student(actor=timeline.SYSTEM, **facts)
    assert error.value.field == field
    assert not Student.objects.exists()


def test_taken_crm_id_is_refused_in_words():
    registration.register_student(full_name="A", crm_id="7", actor=timeline.SYSTEM)
    with pytest.raises(registration.StudentExists, match="CRM"):
        registration.register_student(full_name="B", crm_id="7", actor=timeline.SYSTEM)


def test_change_names_fields_and_keeps_personal_data_out_of_history():
    student = registration.register_student(full_name="A", email="a@example.am", actor=timeline.SYSTEM)
    registration.change_student(student_id=student.pk, email="b@example.am", actor=timeline.SYSTEM)
    event = TimelineEvent.objects.get(kind="student_changed")
    assert event.data == {"fields": ["email"]}
    assert "example" not in str(event.__dict__)


def test_a_task_is_open_once_per_key_and_closes_by_facts():
    for _ in range(2):
        operator_tasks.open_task(kind="unknown_order", key="k", student_id=None, due_in_hours=4)
    assert OperatorTask.objects.count() == 1
    assert operator_tasks.close_by_facts(key="k", reason="paid")
    assert not operator_tasks.close_by_facts(key="k", reason="paid")
    assert operator_tasks.open_task(kind="unknown_order", key="k", student_id=None, due_in_hours=4)
    assert [e.kind for e in TimelineEvent.objects.order_by("id")] == [
        "task_opened",
        "task_closed_by_facts",
        "task_opened",
    ]
