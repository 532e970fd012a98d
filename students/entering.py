"""
How a student gets in to the own page: a signed link by e-mail and a button, no password.

Who asks learns nothing: known and unknown addresses get the same answer, and the mail is sent by a sweeper. A link is good for
LINK_MINUTES and for one press of its button; opening its page changes nothing, because mail scanners open links too. What the
button gives is over after SESSION_HOURS, when the student leaves, or when the personal data are erased.
"""

import datetime as dt

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock
from common.errors import DomainError
from students import locking, timeline
from students.models import Student, StudentEntry

SALT = "students.entering.link"
LINK_MINUTES = 30
SESSION_HOURS = 2
MOST_LINKS = 3  # of one student that are not over; who asks more often gets no further mail
MOST_STUDENTS = 10  # of one address: brothers and sisters share their mother's


class EntryRefused(DomainError):  # noqa: N818
    """The link opens nothing."""

    code = "entry-refused"
    status = 403


def ask_for_link(*, email: str) -> int:
    """
    Note a link for every student with this e-mail address, own or the representative's; return how many. A sweeper mails them.

    Nothing is raised and the caller must show the same answer always: whoever asks may be anybody. A student who has MOST_LINKS
    links that are not over gets no more.
    """
    address = email.strip()
    if not address:
        return 0
    found = Student.objects.filter(
        Q(email__iexact=address) | Q(representative_email__iexact=address), erased_at=None
    ).order_by("pk")
    students = [student for student in found[: MOST_STUDENTS * 2] if student.letter_address]
    return sum(_note_link(student.pk) for student in students[:MOST_STUDENTS])


def _note_link(student_id: int) -> bool:
    since = clock.now() - dt.timedelta(minutes=LINK_MINUTES)
    with transaction.atomic():
        locking.lock_student(student_id=student_id)
        if StudentEntry.objects.filter(student_id=student_id, asked_at__gt=since).count() >= MOST_LINKS:
            return False
        entry = StudentEntry.objects.create(student_id=student_id)
        timeline.record([_event(entry, "entry_asked", timeline.SYSTEM)])
    return True


def link_address(entry: StudentEntry) -> str:
    """Return the address that the mail carries."""
    return settings.PUBLIC_URL + reverse("my-open", args=[signing.dumps(entry.pk, salt=SALT)])


def entry_of_link(*, token: str) -> StudentEntry:
    """Return the entry that a link could open now. Changes nothing. Raises EntryRefused with what is to be done instead."""
    entry = StudentEntry.objects.select_related("student").filter(pk=_read(token)).first()
    if entry is None:
        raise _forged()
    _require_fresh(entry)
    return entry


def open_entry(*, token: str) -> StudentEntry:
    """Use a link: from now on its entry is a session. Raises EntryRefused; of two presses at once one is refused."""
    entry_id = _read(token)
    with transaction.atomic():
        student_id = StudentEntry.objects.filter(pk=entry_id).values_list("student_id", flat=True).first()
        if student_id is None:
            raise _forged()
        locking.lock_student(student_id=student_id)
        entry = (
            StudentEntry.objects.select_for_update(of=("self",)).select_related("student").get(pk=entry_id)
        )
        _require_fresh(entry)
        entry.opened_at = clock.now()
        entry.save(update_fields=["opened_at"])
        timeline.record([_event(entry, "entry_opened", timeline.STUDENT)])
    return entry


def session_of(*, entry_id: int) -> StudentEntry | None:
    """Return the entry of a session that still runs, with its student, or None. One statement."""
    since = clock.now() - dt.timedelta(hours=SESSION_HOURS)
    return (
        StudentEntry.objects.select_related("student")
        .filter(pk=entry_id, opened_at__gt=since, ended_at=None, student__erased_at=None)
        .first()
    )


def leave(*, entry_id: int) -> None:
    """End a session, in every browser that holds it. Safe to repeat."""
    with transaction.atomic():
        entry = StudentEntry.objects.select_for_update().filter(pk=entry_id, ended_at=None).first()
        if entry is None:
            return
        entry.ended_at = clock.now()
        entry.save(update_fields=["ended_at"])
        timeline.record([_event(entry, "entry_left", timeline.STUDENT)])


def end_all(*, student_id: int) -> None:
    """End every link and session of a student. Safe to repeat; call it in the transaction of the fact."""
    StudentEntry.objects.filter(student_id=student_id, ended_at=None).update(ended_at=clock.now())


def _read(token: str) -> int:
    try:
        return int(signing.loads(token, salt=SALT, max_age=dt.timedelta(minutes=LINK_MINUTES)))
    except signing.SignatureExpired:
        raise _over() from None
    except (signing.BadSignature, TypeError, ValueError):
        raise _forged() from None


def _require_fresh(entry: StudentEntry) -> None:
    if entry.student.erased_at:
        raise _forged()
    if entry.opened_at:
        raise EntryRefused(_("This link was used already. Ask for a new one; it comes within a minute."))
    if entry.ended_at:
        raise _forged()
    if entry.asked_at <= clock.now() - dt.timedelta(minutes=LINK_MINUTES):
        raise _over()


def _over() -> EntryRefused:
    return EntryRefused(_("The time of this link is over. Ask for a new one; it comes within a minute."))


def _forged() -> EntryRefused:
    return EntryRefused(
        _("This link opens nothing. Copy its whole address from the mail, or ask for a new one.")
    )


def _event(entry: StudentEntry, kind: str, actor: timeline.Actor) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=entry.student_id,
        actor=actor,
        subject_kind="students.studententry",
        subject_id=entry.pk,
    )
