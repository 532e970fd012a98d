"""How a student gets into the books."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common.errors import DomainError
from students import locking, timeline
from students.models import Student
from students.models.student import Language

CHANGEABLE = {
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
}


class BadStudentData(DomainError):  # noqa: N818
    """A name, contact or language cannot be taken as it was written."""

    code = "bad-student-data"


class StudentExists(DomainError):  # noqa: N818
    """Another student has this CRM or LMS id."""

    code = "student-exists"
    status = 409


def register_student(
    *,
    full_name: str,
    actor: timeline.Actor,
    email: str = "",
    phone: str = "",
    language: str = Language.ARMENIAN,
    crm_id: str | None = None,
    lms_id: str | None = None,
    **further: Any,
) -> Student:
    """
    Create a student and say so in the timeline.

    Raises BadStudentData for unusable input and StudentExists when the CRM or LMS id is taken. Not repeatable: with a
    `crm_id`, find first.
    """
    student = Student(
        full_name=full_name,
        email=email,
        phone=phone,
        language=language,
        crm_id=crm_id or None,
        lms_id=lms_id or None,
    )
    for field in further.keys() & CHANGEABLE:
        setattr(student, field, further[field])
    _clean(student)
    with transaction.atomic():
        _save_new(student)
        timeline.record([_event(student, "student_registered", actor)])
    return student


def change_student(*, student_id: int, actor: timeline.Actor, **changes: Any) -> Student:
    """Change the given facts of a student; says before and after by field name only where it is no personal data."""
    with transaction.atomic():
        student = locking.lock_student(student_id=student_id)
        changed = sorted(f for f in changes.keys() & CHANGEABLE if getattr(student, f) != changes[f])
        if not changed:
            return student
        for field in changed:
            setattr(student, field, changes[field])
        _clean(student)
        try:
            with transaction.atomic():
                student.save(update_fields=changed)
        except IntegrityError:
            raise StudentExists(_("Another student has this CRM or LMS id.")) from None
        timeline.record([_event(student, "student_changed", actor, fields=changed)])
    return student


def find_student(*, crm_id: str | None = None, lms_id: str | None = None) -> Student | None:
    """Return the student with this CRM id, or else with this LMS id, if there is one."""
    if crm_id:
        return Student.objects.filter(crm_id=crm_id).first()
    return Student.objects.filter(lms_id=lms_id).first() if lms_id else None


def _clean(student: Student) -> None:
    student.full_name = " ".join(student.full_name.split())
    student.email = student.email.strip()
    student.phone = normal_phone(student.phone)
    if not student.full_name or len(student.full_name) > 200:
        raise BadStudentData(_("Write the student's name."), field="full_name")
    _require_email(student.email, field="email")
    _clean_representative(student)
    if student.language not in Language.values:
        raise BadStudentData(_("The language must be hy, ru or en."), field="language")


def _clean_representative(student: Student) -> None:
    student.representative_name = " ".join(student.representative_name.split())
    student.representative_email = student.representative_email.strip()
    student.representative_phone = normal_phone(student.representative_phone, field="representative_phone")
    _require_email(student.representative_email, field="representative_email")


def _require_email(text: str, *, field: str) -> None:
    if not text:
        return
    try:
        validate_email(text)
    except ValidationError:
        raise BadStudentData(_("This is not an e-mail address."), field=field) from None


def normal_phone(text: str, *, field: str = "phone") -> str:
    """Return the phone as + and digits, Armenian local numbers with their country code. Raises BadStudentData."""
    digits = re.sub(r"\D", "", text)
    if not digits:
        if text.strip():
            raise BadStudentData(_("Write the phone with digits, for example +37491000000."), field=field)
        return ""
    if text.strip().startswith("+"):
        pass
    elif digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0") and len(digits) == 9:
        digits = "374" + digits[1:]
    if not 7 <= len(digits) <= 15:
        raise BadStudentData(_("Write the phone with digits, for example +37491000000."), field=field)
    return "+" + digits


def _save_new(student: Student) -> None:
    try:
        with transaction.atomic():
            student.save()
    except IntegrityError:
        raise StudentExists(_("Another student has this CRM or LMS id."), field="crm_id") from None


def _event(student: Student, kind: str, actor: timeline.Actor, **data: Any) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=student.pk,
        actor=actor,
        data=data,
        subject_kind="students.student",
        subject_id=student.pk,
    )
