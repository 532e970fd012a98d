"""The lock that orders everything about a student's money, schedule and access."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from common.errors import DomainError
from students.models import Student


class UnknownStudent(DomainError):  # noqa: N818
    """There is no such student."""

    code = "unknown-student"
    status = 404


def lock_student(*, student_id: int) -> Student:
    """Lock and return the student; the first thing every such verb does. Must run in a transaction."""
    student = Student.objects.select_for_update(no_key=True).filter(pk=student_id).first()
    if student is None:
        raise UnknownStudent(_("There is no such student."), field="student")
    return student


def lock_student_if_free(*, student_id: int) -> Student | None:
    """Lock and return the student, or None if another process has the lock: for sweepers that come back. Needs a transaction."""
    return Student.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=student_id).first()


def lock_students(*, student_ids: Collection[int]) -> list[Student]:
    """Lock several students in the order of their ids, so that two callers never wait for each other."""
    return list(Student.objects.select_for_update(no_key=True).filter(pk__in=student_ids).order_by("pk"))
