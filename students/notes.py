"""What people write down about a student."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import DomainError
from students import timeline
from students.models import CrmNote


class EmptyNote(DomainError):  # noqa: N818
    """A note without text says nothing."""

    code = "empty-note"


def add_note(
    *, student_id: int, text: str, actor: timeline.Actor, author: AbstractBaseUser | None = None
) -> CrmNote:
    """Write a note and its line in the timeline (the text stays in the note alone). Raises EmptyNote."""
    text = text.strip()
    if not text or len(text) > 5000:
        raise EmptyNote(_("Write the note, at most 5000 characters."), field="text")
    with transaction.atomic():
        note = CrmNote.objects.create(
            student_id=student_id, author_id=author.pk if author else None, text=text
        )
        timeline.record(
            [
                timeline.Event(
                    kind="note_added",
                    student_id=student_id,
                    actor=actor,
                    subject_kind="students.crmnote",
                    subject_id=note.pk,
                )
            ]
        )
    return note
