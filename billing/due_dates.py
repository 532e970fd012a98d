"""Moving a due date: by a person, for a reason, with the grace behind it; nothing that is owed changes."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from access import grants, pause_grounds
from billing import allocation, balances, entitlement
from billing.models import Installment
from common import clock, crash, fsm
from common.errors import DomainError
from students import locking, timeline

LATEST_DAYS = 366  # from today; later than that is a new agreement, not another day


class BadDueDate(DomainError):  # noqa: N818
    """A due date can be moved to another day, not over and within a year, for a reason."""

    code = "bad-due-date"


class NotOwed(DomainError):  # noqa: N818
    """Only what is still owed has a due date to move."""

    code = "not-owed"
    status = 409


def move_due_date(*, installment_id: int, to: dt.date, reason: str, actor: timeline.Actor) -> Installment:
    """
    Move the due date of an installment that is still owed to a day; return the installment as it is then.

    Its grace keeps its length, and the access that hangs on it ends with it. What was due or overdue and is not any more waits
    again. Amounts, links and the days that are paid for stay. Raises BadDueDate for a day that is over, too far or the same, and
    without a reason; NotOwed for what is paid, cancelled or moved. A repeat is refused as the same day and changes nothing.
    """
    if not reason.strip():
        raise BadDueDate(_("Write why the due date is moved."), field="reason")
    if to < clock.today():
        raise BadDueDate(_("This day is over. Choose today or a later day."), field="to")
    if to > clock.today() + dt.timedelta(days=LATEST_DAYS):
        raise BadDueDate(_("Choose a day within a year."), field="to")
    with transaction.atomic():
        student_id = Installment.objects.values_list("invoice__student_id", flat=True).get(pk=installment_id)
        locking.lock_student(student_id=student_id)
        installment = Installment.objects.select_for_update(no_key=True, of=["self"]).get(pk=installment_id)
        if not installment.is_open:
            raise NotOwed(_("Nothing is owed here any more, so nothing falls due."))
        if to == installment.due_date:
            raise BadDueDate(_("It is due on this day already."), field="to")
        before = _dates(installment)
        waits = wait_again(installment, to, student_id, actor)
        installment.grace_date = to + (installment.grace_date - installment.due_date)
        installment.due_date = to
        installment.save()
        crash.point("due_date.after_save")
        moved = timeline.Event(
            kind="due_date_moved",
            student_id=student_id,
            actor=actor,
            reason=reason.strip(),
            before=before,
            after=_dates(installment),
            data={"number": installment.number, "due_date": to.isoformat()},
            subject_kind="billing.installment",
            subject_id=installment.pk,
        )
        timeline.record([moved, *waits, *_move_grace(installment, reason.strip(), actor)])
        crash.point("due_date.before_commit")
    return installment


def _dates(installment: Installment) -> dict[str, str]:
    return {"due_date": installment.due_date.isoformat(), "grace_date": installment.grace_date.isoformat()}


def wait_again(
    installment: Installment, to: dt.date, student_id: int, actor: timeline.Actor
) -> list[timeline.Event]:
    """
    Take back that an installment was due or overdue; return the events to record. The caller stores it.

    What falls due today the calendar marks by itself.
    """
    before = installment.state
    if before == Installment.State.OVERDUE and _is_partly_paid(installment):
        edge = installment.wait_partly_paid
    elif before in (Installment.State.DUE, Installment.State.OVERDUE):
        edge = installment.wait_again
    else:
        return []
    kind = fsm.timeline_kind(edge, before)
    edge()
    return [
        timeline.Event(
            kind=kind,
            student_id=student_id,
            actor=actor,
            before={"state": before},
            after={"state": installment.state},
            data={"number": installment.number, "due_date": to.isoformat()},
            subject_kind="billing.installment",
            subject_id=installment.pk,
        )
    ]


def _is_partly_paid(installment: Installment) -> bool:
    lines = balances.schedule_of(invoice_id=installment.invoice_id)
    return any(line.paid_minor > 0 for line in lines if line.installment.pk == installment.pk)


def _move_grace(installment: Installment, reason: str, actor: timeline.Actor) -> list[timeline.Event]:
    """Let the access that carries through the grace end with it. What was never given, or was taken away, stays so."""
    invoice, source = installment.invoice, entitlement.grace_source(installment.pk)
    live = [
        ground.source
        for ground in grants.live_grounds(
            student_id=invoice.student_id, course_id=invoice.enrollment.group.course_id
        )
        if pause_grounds.source_before(ground.source) == source
    ]
    if not live:
        return []
    deserved = entitlement.grounds_of(
        rule=entitlement.rule_of(invoice.access_rule_version),
        schedule=[
            allocation.Line(line.installment, line.paid_minor, line.adjusted_minor)
            for line in balances.schedule_of(invoice_id=invoice.pk)
        ],
        touched=(),
        paid_at=clock.now(),
        pauses=entitlement.pauses_of(enrollment_id=invoice.enrollment_id),
    )
    return grants.replace_grounds(
        student_id=invoice.student_id,
        course_id=invoice.enrollment.group.course_id,
        enrollment_id=invoice.enrollment_id,
        sources=live,
        grounds=[ground for ground in deserved if pause_grounds.source_before(ground.source) == source],
        reason=reason,
        actor=actor,
    )
