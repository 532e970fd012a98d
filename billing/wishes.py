"""What a student asks the school for on the own page: a pause, another group, another course. A person answers."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import DomainError
from courses.models import Enrollment
from students import locking, notes, operator_tasks, timeline
from students.models import OperatorTask

PAUSE, TRANSFER, COURSE = "pause_wanted", "transfer_wanted", "course_wanted"
ABOUT_A_PLACE = (PAUSE, TRANSFER)
KINDS = (*ABOUT_A_PLACE, COURSE)
MOST_LETTERS = 2000
TASK_HOURS = 48


class WishRefused(DomainError):  # noqa: N818
    """The wish cannot be passed on as it was written."""

    code = "wish-refused"


def ask(*, student_id: int, kind: str, words: str, enrollment_id: int | None = None) -> OperatorTask:
    """
    Pass a student's wish on to a person, with the student's own words.

    The words become a note, where erasure finds them; task and timeline hold its id alone. Raises WishRefused without words, for
    a group that the student is not in, and while the same wish still waits: so a second press changes nothing.
    """
    if kind not in KINDS:
        raise WishRefused(_("Choose what you would like to ask for."), field="kind")
    words = words.strip()
    if not words or len(words) > MOST_LETTERS:
        raise WishRefused(
            _("Write in your own words what you would like, at most %(count)s letters.")
            % {"count": MOST_LETTERS},
            field="words",
        )
    with transaction.atomic():
        locking.lock_student(student_id=student_id)
        place = _place(student_id, enrollment_id) if kind in ABOUT_A_PLACE else None
        key = f"{kind}:{student_id}:{place.pk if place else 0}"
        if OperatorTask.objects.filter(key=key).exclude(state=OperatorTask.State.RESOLVED).exists():
            raise WishRefused(_("You asked for this already. The school has your words and will answer you."))
        note = notes.add_note(student_id=student_id, text=words, actor=timeline.STUDENT)
        task = operator_tasks.open_task(
            kind=kind,
            key=key,
            student_id=student_id,
            due_in_hours=TASK_HOURS,
            subject_kind="courses.enrollment" if place else "students.student",
            subject_id=place.pk if place else student_id,
            data=_facts(note.pk, place),
        )
        if task is None:  # cannot be under the student's lock; the note goes with it all the same
            raise WishRefused(_("You asked for this already. The school has your words and will answer you."))
    return task


def _place(student_id: int, enrollment_id: int | None) -> Enrollment:
    place = (
        Enrollment.objects.select_related("group")
        .filter(pk=enrollment_id, student_id=student_id)
        .exclude(state=Enrollment.State.ENDED)
        .first()
    )
    if place is None:
        raise WishRefused(_("Choose the group that it is about."), field="enrollment")
    return place


def _facts(note_id: int, place: Enrollment | None) -> dict[str, Any]:
    return {"note": note_id} | ({"group": place.group_id, "course": place.group.course_id} if place else {})
