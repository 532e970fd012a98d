"""What access asks a person to decide."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from access import sync_answers, sync_queue
from students import timeline
from students.models import OperatorTask
from students.task_types import Resolution, TaskType


def _send_again(task: OperatorTask, _data: Mapping[str, Any], actor: timeline.Actor, _reason: str) -> None:
    sync_queue.send_again(sync_id=task.subject_id or 0, actor=actor)


TYPES = {
    sync_answers.KIND: TaskType(
        name=_("The LMS did not take over access"),
        advice=_(
            "Read what the LMS answered. Correct the user or the course there or here, then send again; the task closes "
            "itself when the LMS confirms."
        ),
        resolutions=(
            Resolution(
                code="send_again",
                label=_("Send to the LMS again"),
                permission="access.send_to_lms",
                preview=lambda _task, _data: [
                    gettext("The LMS is told within a minute. The task closes itself when it confirms.")
                ],
                apply=_send_again,
                by_facts=True,
            ),
            Resolution(
                code="done_by_hand",
                label=_("Done by hand in the LMS"),
                permission="access.send_to_lms",
                preview=lambda _task, _data: [
                    gettext("The task closes; each night the LMS is compared again.")
                ],
            ),
        ),
        facts=lambda task: [(_("What the LMS answered"), task.data.get("error", ""))],
    ),
}
