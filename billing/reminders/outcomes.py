"""What became of a message: noted once, with its line of history."""

import datetime as dt

from django.db import transaction

from billing.models import Reminder
from common import clock, crash, fsm
from students import locking, timeline

BATCH = 200
LOST_AFTER = dt.timedelta(minutes=15)  # far longer than a channel may take


def lose_abandoned() -> int:
    """Note that nobody knows of messages whose process died on the way; return how many. Never sends. Safe to repeat."""
    old = Reminder.objects.filter(state=Reminder.State.SENDING, began_at__lt=clock.now() - LOST_AFTER)
    return sum(note(reminder, "lose") for reminder in old.order_by("pk")[:BATCH])


def note(reminder: Reminder, edge: str, **facts: str) -> bool:
    """Move a message along one of its ways out (arrive, fail, lose); False if another process noted it first. Safe to repeat."""
    with transaction.atomic():
        locking.lock_student(student_id=reminder.student_id)
        row = (
            Reminder.objects.select_for_update(no_key=True, of=("self",))
            .select_related("step", "installment")
            .filter(pk=reminder.pk, state=Reminder.State.SENDING)
            .first()
        )
        if row is None:
            return False
        move = getattr(row, edge)
        kind = fsm.timeline_kind(move, row.state)
        move(**facts)
        row.save(update_fields=["state", "reason", "ended_at"])
        timeline.record([_event(row, kind)])
        crash.point("reminder.before_note_commit")
    return True


def _event(reminder: Reminder, kind: str) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=reminder.student_id,
        actor=timeline.SYSTEM,
        before={"state": Reminder.State.SENDING},
        after={"state": reminder.state},
        data={
            "number": reminder.installment.number,
            "due_date": reminder.due_date,
            "channel": reminder.channel,
            "reason": reminder.reason,
        },
        subject_kind="billing.reminder",
        subject_id=reminder.pk,
    )
