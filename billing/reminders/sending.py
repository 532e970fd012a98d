"""
The sweep that reminds: choose, look again under the student's lock, commit our row, and only then call the channel.

A process that dies after the commit leaves a message that may have gone out. It becomes UNKNOWN and is never sent again by
itself: a student who is not reminded once is better than one who is reminded twice.
"""

import dataclasses
import datetime as dt
import logging
import time

from django.conf import settings
from django.db import transaction

from billing import balances, links
from billing.models import Installment, PaymentLink, Reminder, ReminderStep
from billing.reminders import channels, choosing, hindrances, ladder, message, outcomes, quiet, unanswered
from billing.reminders.email_channel import EmailChannel
from common import clock, crash
from students import locking, timeline
from students.models import Student

log = logging.getLogger(__name__)

AT_ONCE = 200  # messages that one run sends
RUN_SECONDS = 60  # after which a run begins no further message
CHANNEL: channels.Channel = EmailChannel()


@dataclasses.dataclass(frozen=True, slots=True)
class Committed:
    """A message that may go out now, and its words; they are not stored, as they hold a name."""

    reminder: Reminder
    words: channels.Message


def remind() -> int:
    """
    Send the reminders whose time has come; return how many a channel took. Does nothing in the quiet hours.

    Safe to repeat and to run in several processes at once. A reminder that raises does not hold up the others: what was raised is
    raised at the end. A channel that cannot be reached ends the run; the next one goes on with others.
    """
    outcomes.lose_abandoned()
    hours = quiet.parse(settings.REMINDER_QUIET_HOURS)
    sent, tried, failures = 0, 0, []
    end = time.monotonic() + RUN_SECONDS
    for candidate in choosing.candidates(day=clock.today()):
        if tried == AT_ONCE or time.monotonic() > end or quiet.is_quiet(clock.now(), hours):
            break
        try:
            committed = commit_to_send(candidate)
            if committed is None:
                continue
            tried += 1
            sent += deliver(committed)
        except channels.ChannelUnavailable as error:
            log.warning("reminders wait, the channel cannot be reached: %s", error)
            break
        except Exception as error:
            log.exception("installment %s could not be reminded of", candidate.installment_id)
            failures.append(error)
    if failures:
        raise ExceptionGroup("some reminders could not be sent", failures)
    return sent


def commit_to_send(candidate: choosing.Candidate) -> Committed | None:
    """
    Commit the message that is due for an installment and return it, or note why there is none and return None.

    A message that cannot be written raises and commits nothing. None also if another process holds the student's lock: the
    next run comes by. Call the channel after this and never before.
    """
    crash.point("reminder.before_lock")
    with transaction.atomic():
        student = locking.lock_student_if_free(student_id=candidate.student_id)
        if student is None:
            return None
        part = Installment.objects.select_related("invoice__enrollment").get(pk=candidate.installment_id)
        day = clock.today()
        step = _step_now(part, day)
        if step is None:
            return None  # paid, cancelled or told meanwhile
        reminder = _reminder(part, step, student, day)
        address = CHANNEL.address_of(student)
        reason = hindrances.hindrance_of(part=part, address=address, day=day)
        link = None if reason else _link_for(part)
        if link is None:
            _note_skipped(reminder, reason or Reminder.Reason.NO_LINK)
            return None
        reminder.link = link
        reminder.save()
        committed = Committed(reminder=reminder, words=message.compose(reminder=reminder, address=address))
        crash.point("reminder.before_commit")
    crash.point("reminder.after_commit")
    return committed


def deliver(committed: Committed) -> bool:
    """
    Hand a committed message to its channel, once, and note what became of it; return whether the channel took it.

    Raises ChannelUnavailable after noting it.
    """
    reminder = committed.reminder
    try:
        CHANNEL.send(committed.words)
    except channels.ChannelRefused as error:
        log.info("reminder %s was refused: %s", reminder.pk, error)
        return not outcomes.note(reminder, "fail", reason=Reminder.Reason.REFUSED)
    except channels.ChannelUnavailable:
        outcomes.note(reminder, "fail", reason=Reminder.Reason.UNAVAILABLE)
        raise
    except channels.AnswerLost as error:
        log.warning("the answer about reminder %s was lost: %s", reminder.pk, error)
        return not outcomes.note(reminder, "lose")
    crash.point("reminder.after_send")
    return outcomes.note(reminder, "arrive")


def _step_now(part: Installment, day: dt.date) -> ladder.Step | None:
    if part.invoice.cancelled_at is not None:
        return None
    schedule = balances.schedule_of(invoice_id=part.invoice_id)
    [remaining] = [line.remaining_minor for line in schedule if line.installment.pk == part.pk]
    step = choosing.step_of(part, choosing.steps_in_use(), remaining_minor=remaining, day=day)
    said = choosing.said_of(installment_ids=[part.pk])[part.pk]
    if step is None or choosing.is_settled(said, part=part, step=step, day=day):
        return None
    return step


def _reminder(part: Installment, step: ladder.Step, student: Student, day: dt.date) -> Reminder:
    return Reminder(
        student=student,
        installment=part,
        step=ReminderStep.objects.get(pk=step.id),
        due_date=part.due_date,
        day=day,
        channel=CHANNEL.code,
        language=student.language,
        message_id=f"reminder-{part.pk}-{step.id}-{part.due_date:%Y%m%d}@mutq",
    )


def _link_for(part: Installment) -> PaymentLink | None:
    link = hindrances.open_link_of(part=part)
    if link is None:
        try:
            link = links.create_payment_link(installment_ids=[part.pk], actor=timeline.SYSTEM)
        except links.LinkRefused as error:
            log.warning("no link for installment %s: %s", part.pk, error)
            return None
    return PaymentLink.objects.select_related("course", "group").get(pk=link.pk)


def _note_skipped(reminder: Reminder, reason: Reminder.Reason) -> None:
    """Write down why there is no message. The same reason is written once a day."""
    left_out = Reminder(
        student=reminder.student,
        installment=reminder.installment,
        step=reminder.step,
        due_date=reminder.due_date,
        day=reminder.day,
        channel=reminder.channel,
        language=reminder.language,
        state=Reminder.State.SKIPPED,
        reason=reason,
        ended_at=clock.now(),
    )
    Reminder.objects.bulk_create([left_out], ignore_conflicts=True)
    if reason == Reminder.Reason.NO_LINK:
        unanswered.ask_about_link(part=reminder.installment)
