"""When reminding has come to its end: somebody did not answer, or no link can be given. A person is asked once."""

import datetime as dt

from django.db import transaction

from billing.models import Installment, Reminder, ReminderStep
from billing.reminders import choosing, hindrances
from common import clock
from courses import pausing
from courses.models import Enrollment
from students import locking, operator_tasks
from students.models import OperatorTask

UNANSWERED, WITHOUT_LINK = "reminders_unanswered", "reminder_without_link"
ASKED_WITHIN_DAYS = 7  # older debts are in the report of what is overdue
BATCH = 500


def sweep() -> int:
    """
    Ask a person to call those whose last step went by unpaid; return how many. Closes the tasks that the facts have overtaken.

    Nobody is asked about a payment that is open at a bank, a pause or an enrollment that has ended. Safe to repeat and to run in
    several processes at once: one task for an installment, step and due date, whether resolved or not.
    """
    _close_overtaken()
    asked = 0
    steps = [step for step in choosing.steps_in_use() if step.id in _closing_steps()]
    today = clock.today()
    for step in steps:
        for late in range(1, ASKED_WITHIN_DAYS + 1):
            date = today - dt.timedelta(days=step.offset_days + late)
            dates = {"grace_date": date} if step.anchor == ReminderStep.Anchor.GRACE else {"due_date": date}
            waiting = Installment.objects.filter(
                **dates,
                state__in=Installment.OPEN_STATES,
                invoice__cancelled_at__isnull=True,
            ).exclude(invoice__enrollment__state=Enrollment.State.ENDED)
            asked += sum(_ask(part) for part in waiting.select_related("invoice").order_by("pk"))
    return asked


def ask_about_link(*, part: Installment) -> None:
    """Ask a person why no link can be given. Call it in the transaction of the fact; safe to repeat."""
    operator_tasks.open_task(
        kind=WITHOUT_LINK,
        key=f"{WITHOUT_LINK}:{part.pk}",
        student_id=part.invoice.student_id,
        due_in_hours=24,
        subject_kind="billing.installment",
        subject_id=part.pk,
        data={"number": part.number, "invoice": part.invoice.number},
    )


def _closing_steps() -> set[int]:
    return set(ReminderStep.objects.filter(is_active=True, opens_task=True).values_list("pk", flat=True))


def _ask(part: Installment) -> bool:
    key = f"{UNANSWERED}:{part.pk}:{part.due_date}"
    if OperatorTask.objects.filter(kind=UNANSWERED, key=key).exists():
        return False
    with transaction.atomic():
        if locking.lock_student_if_free(student_id=part.invoice.student_id) is None:
            return False  # the next run comes by
        part = Installment.objects.select_related("invoice__enrollment").get(pk=part.pk)
        enrollment = part.invoice.enrollment
        if not _is_owed(part) or enrollment.state == Enrollment.State.ENDED:
            return False
        if pausing.is_paused(enrollment_id=enrollment.pk, day=clock.today()):
            return False
        if (
            hindrances.is_being_paid(part=part)
            or OperatorTask.objects.filter(kind=UNANSWERED, key=key).exists()
        ):
            return False
        return bool(
            operator_tasks.open_task(
                kind=UNANSWERED,
                key=key,
                student_id=part.invoice.student_id,
                due_in_hours=48,
                subject_kind="billing.installment",
                subject_id=part.pk,
                data={"number": part.number, "invoice": part.invoice.number},
            )
        )


def _close_overtaken() -> None:
    tasks = list(
        OperatorTask.objects.filter(kind__in=[UNANSWERED, WITHOUT_LINK]).exclude(
            state=OperatorTask.State.RESOLVED
        )
    )
    parts = Installment.objects.select_related("invoice").in_bulk([task.subject_id or 0 for task in tasks])
    for task in tasks:
        part = parts.get(task.subject_id or 0)
        if part is not None and (not _is_owed(part) or _went_out_since(task)):
            operator_tasks.close_by_facts(key=task.key, reason="overtaken by facts")


def _is_owed(part: Installment) -> bool:
    return part.is_open and part.invoice.cancelled_at is None


def _went_out_since(task: OperatorTask) -> bool:
    return (
        task.kind == WITHOUT_LINK
        and Reminder.objects.filter(
            installment=task.subject_id, state__in=Reminder.GONE_OUT, began_at__gt=task.created_at
        ).exists()
    )
