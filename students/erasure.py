"""Blanking what tells who a person is. Rows stay, so that money and history keep their meaning."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from common import clock
from common.errors import DomainError
from students import entering, locking, timeline
from students.models import CrmNote, Payer, Student

BLANK: dict[str, Any] = {
    "full_name": "",
    "email": "",
    "phone": "",
    "birth_date": None,
    "representative_name": "",
    "representative_email": "",
    "representative_phone": "",
    "crm_id": None,
    "lms_id": None,
}
PAYER_BLANK: dict[str, Any] = {"full_name": "", "email": "", "phone": "", "tax_id": ""}


class ErasureRefused(DomainError):  # noqa: N818
    """The data cannot be erased now, or not so."""

    code = "erasure-refused"
    status = 409


def erase(*, student_id: int, reason: str, actor: timeline.Actor) -> Student:
    """
    Blank names, contacts and outside ids of the student and the payers, and the notes; end every way in to the own page.

    What still runs (studies, money on its way) is asked about above: `refunds.erasing.erase_student`. Raises ErasureRefused
    without a reason, when the reason names the person, or when it was done already.
    """
    with transaction.atomic():
        student = locking.lock_student(student_id=student_id)
        if student.erased_at:
            raise ErasureRefused(_("The personal data of this student were erased already."))
        require_reason(reason=reason, student=student)
        _forget_in_admin_log(student)
        for field, value in BLANK.items():
            setattr(student, field, value)
        student.erased_at = clock.now()
        student.save(update_fields=[*BLANK, "erased_at"])
        Payer.objects.filter(student=student).update(**PAYER_BLANK)
        CrmNote.objects.filter(student=student).update(text="", crm_id=None)
        entering.end_all(student_id=student_id)
        timeline.record(
            [
                timeline.Event(
                    kind="student_erased",
                    student_id=student_id,
                    actor=actor,
                    reason=reason.strip(),
                    subject_kind="students.student",
                    subject_id=student_id,
                )
            ]
        )
    return student


def require_reason(*, reason: str, student: Student) -> None:
    """Refuse an empty reason and one that names the person: it stays in the history. Raises ErasureRefused."""
    if not reason.strip():
        raise ErasureRefused(
            _("Write why the data are erased, for example when the student asked."), field="reason"
        )
    told = reason.casefold()
    known = [*student.full_name.split(), *student.representative_name.split(), student.email, student.phone]
    if any(word.casefold() in told for word in known if len(word) > 2):
        raise ErasureRefused(
            _("The reason stays in the history: write it without the name and the contacts."), field="reason"
        )


def _forget_in_admin_log(student: Student) -> None:
    """The admin's own log repeats the names of the rows that were changed."""
    names = [student.full_name, *student.payers.values_list("full_name", flat=True)]
    own = Q(content_type=ContentType.objects.get_for_model(Student), object_id=str(student.pk))
    for name in filter(None, names):
        own |= Q(object_repr__contains=name) | Q(change_message__contains=name)
    LogEntry.objects.filter(own).update(object_repr="–", change_message="")
