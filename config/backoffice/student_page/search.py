"""The search of the back office: what people ask for, and the students it leads to."""

import dataclasses
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from access.models import CourseAccess
from billing import search as billing_search
from config.backoffice.student_page import header
from students import search as student_search
from students.models import Student

SHOWN = 40
LONGEST = 200  # characters of a search; more is a paste of something else


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """A student that was found; `by` says by which number, if by one."""

    student: Student
    by: str

    @property
    def phone(self) -> str:
        return header.grouped(self.student.phone)


@dataclasses.dataclass(frozen=True, slots=True)
class Results:
    """What was found. `only` is the student whom one exact number, id, e-mail or phone names."""

    results: list[Result]
    more: bool
    only: Student | None


def search(*, text: str) -> Results:
    """
    Return the students that a text leads to: those with exactly this number or contact first, then by name.

    Constant in queries; numbers are found by unique indexes, names by one pass over the students.
    """
    by_text = list(student_search.find_students(text=text)[: SHOWN + 1])
    exact = _exact(text, by_text)
    ids = [*exact, *(student.pk for student in by_text if student.pk not in exact)]
    students = _with_access(ids[:SHOWN])
    return Results(
        results=[Result(students[pk], exact.get(pk, "")) for pk in ids[:SHOWN]],
        more=len(ids) > SHOWN,
        only=students[next(iter(exact))] if len(exact) == 1 else None,
    )


def newest() -> list[Result]:
    """Return the students registered last, for a page on which nothing was asked yet."""
    ids = list(Student.objects.order_by("-id").values_list("pk", flat=True)[:8])
    students = _with_access(ids)
    return [Result(students[pk], "") for pk in ids]


def _exact(text: str, by_text: list[Student]) -> dict[int, str]:
    found: dict[int, str] = {}
    for student_id, by in billing_search.find_by_number(text=text):
        found.setdefault(student_id, by)
    for student_id, by in _by_ids(text):
        found.setdefault(student_id, by)
    for student_id, by in _by_contacts(text, by_text):
        found.setdefault(student_id, by)
    return found


def _by_ids(text: str) -> list[tuple[int, str]]:
    students = Student.objects.filter(Q(crm_id=text) | Q(lms_id=text))
    return [
        (pk, _("CRM id %s") % text if crm_id == text else _("LMS id %s") % text)
        for pk, crm_id in students.values_list("pk", "crm_id")
    ]


def _by_contacts(text: str, by_text: list[Student]) -> list[tuple[int, str]]:
    """Whole e-mails and phones, among what the text found."""
    if "@" in text:
        return [(student.pk, _("e-mail")) for student in by_text if student.email.lower() == text.lower()]
    digits = student_search.phone_digits(text)
    if not digits or not student_search.looks_like_phone(text):
        return []
    return [
        (student.pk, _("phone"))
        for student in by_text
        if student_search.phone_digits(student.phone) == digits
    ]


def _with_access(ids: list[int]) -> dict[int, Any]:
    accesses = CourseAccess.objects.select_related("course").order_by("-changed_at")
    return Student.objects.prefetch_related(Prefetch("accesses", queryset=accesses)).in_bulk(ids)
