"""A student asked for a pause, another group or another course: the way to the page that does it, and the two answers."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import pause_door, transfer_door
from common import dates
from courses.models import Enrollment
from students.models import CrmNote, OperatorTask
from students.task_types import Resolution


def _runs(task: OperatorTask) -> bool:
    return (
        Enrollment.objects.filter(pk=task.subject_id).exclude(state=Enrollment.State.ENDED).exists()
        if task.subject_kind == "courses.enrollment"
        else False
    )


def facts_of(task: OperatorTask) -> Sequence[tuple[Any, Any]]:
    """Return the student's own words, and the group that they are about."""
    note = CrmNote.objects.filter(pk=task.data.get("note")).first()
    told = [(_now("In the student's words"), note.text if note else "")]
    if task.subject_kind != "courses.enrollment":
        return told
    place = Enrollment.objects.select_related("group__course").filter(pk=task.subject_id).first()
    if place is None:
        return told
    language = (get_language() or "en").split("-")[0]
    return [
        *told,
        (_now("Course"), place.group.course.title),
        (_now("Group"), place.group.name),
        (_now("Period"), dates.format_period(place.period_from, place.period_to, language)),
    ]


PAUSE_PAGE = Resolution(
    code="pause",
    label=_("Make the pause"),
    permission=pause_door.RIGHT,
    address=lambda task: reverse("pause-student", args=[task.subject_id]),
    is_offered=_runs,
)
TRANSFER_PAGE = Resolution(
    code="transfer",
    label=_("Move the student"),
    permission=transfer_door.RIGHT,
    address=lambda task: reverse("transfer-student", args=[task.subject_id]),
    is_offered=_runs,
)
ENROLL_PAGE = Resolution(
    code="enroll",
    label=_("Enroll the student"),
    permission="courses.add_enrollment",
    address=lambda task: f"{reverse('admin:billing_enroll')}?student={task.student_id}",
)
DONE = Resolution(
    code="done",
    label=_("Done as the student asked"),
    preview=lambda _task, _data: [
        _now("The task closes. Tell the student; the own page shows what changed, not what you write here.")
    ],
)
DECLINED = Resolution(
    code="declined",
    label=_("Agreed otherwise"),
    preview=lambda _task, _data: [
        _now("Nothing changes. Tell the student why, and write down here what was agreed.")
    ],
)
