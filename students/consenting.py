"""What students agree to, and that they did: text version, time, language."""

from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from students import locking, timeline
from students.models import Student, StudentConsent
from students.models.student import Language

# Whoever changes a word of the text, in any language, changes the version: a test holds both together.
VERSION = "2026-11"
TEXT = (
    _(
        "The school keeps your name and contacts, your courses, payments and what you write to it, in order to teach you, to "
        "take payments and to answer you."
    ),
    _(
        "It tells the bank what a payment needs and the learning platform who may enter which course, and tells nobody else "
        "unless the law demands it."
    ),
    _(
        "You can take your data away as a file on this page and ask the school to erase them. What the law wants kept of "
        "payments stays, without your name."
    ),
)


class ConsentRefused(DomainError):  # noqa: N818
    """The consent cannot be taken down."""

    code = "consent-refused"
    status = 409


def is_wanted(*, student: Student) -> bool:
    """Return whether the text of today still wants this student's consent. One statement."""
    return not StudentConsent.objects.filter(student=student, version=VERSION).exists()


def give(*, student_id: int, version: str, language: str) -> StudentConsent:
    """
    Take down that the student agreed to the text of today as it was shown, and say so in the timeline.

    Raises ConsentRefused when another version was shown, or none. Safe to repeat: the first time counts.
    """
    if version != VERSION or language not in Language.values:
        raise ConsentRefused(_now("The text has changed meanwhile. Read it once more, then agree."))
    with transaction.atomic():
        student = locking.lock_student(student_id=student_id)
        given, is_new = StudentConsent.objects.get_or_create(
            student=student, version=version, defaults={"language": language}
        )
        if is_new:
            timeline.record(
                [
                    timeline.Event(
                        kind="consent_given",
                        student_id=student_id,
                        actor=timeline.STUDENT,
                        data={"version": version, "language": language},
                        subject_kind="students.studentconsent",
                        subject_id=given.pk,
                    )
                ]
            )
    return given
