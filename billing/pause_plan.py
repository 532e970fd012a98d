"""What a learning pause, or its earlier end, would do to schedule and access. Reads only; the verbs do exactly this."""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Sequence

from access import grants, rules
from billing import balances, entitlement, pause_access, pause_shift
from billing.models import Installment, Invoice, PaymentLink
from common import clock
from courses import pausing
from courses.models import Enrollment, Lesson, Pause


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One installment and its days: as they are, as they are without a pause, and as they would be."""

    installment: Installment
    before: pause_shift.PartDays
    bare: pause_shift.PartDays
    after: pause_shift.PartDays

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole effect: of a new pause, of an earlier end, or of cancelling (`days` is None then)."""

    enrollment: Enrollment
    invoice: Invoice | None
    pause: Pause | None
    days: pausing.Days | None
    ends_before: dt.date
    ends_after: dt.date
    parts: Sequence[Part]
    grounds_before: Sequence[rules.Ground]
    grounds_after: Sequence[rules.Ground]
    access: pause_access.Access
    lessons: int
    open_links: int

    @property
    def changed(self) -> Sequence[Part]:
        return [part for part in self.parts if part.is_changed]

    @property
    def unmoved(self) -> Sequence[Part]:
        """Return what is still owed and keeps its due date."""
        return [
            part
            for part in self.parts
            if part.installment.is_open and part.before.due_date == part.after.due_date
        ]

    @property
    def seen(self) -> str:
        """Return a mark that changes with any day or sentence of the effect."""
        facts = (
            self.enrollment.pk,
            self.days,
            self.ends_after,
            [(part.installment.pk, part.after) for part in self.parts],
            [(ground.source, ground.opens_at.date(), ground.closes_at) for ground in self.grounds_after],
            self.lessons,
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def preview_pause(*, enrollment_id: int, days: pausing.Days, may_backdate: bool = False) -> Plan:
    """Return what pausing an enrollment on these days would do. Raises PauseRefused. Sure only under the student's lock."""
    enrollment = _enrollment(enrollment_id)
    pausing.require_pausable(enrollment=enrollment, days=days, may_backdate=may_backdate)
    return _plan(enrollment, pause=None, days=days)


def preview_end(*, pause_id: int, last_day: dt.date | None) -> Plan:
    """Return what ending a pause on an earlier day, or cancelling it (None), would do. Raises PauseRefused."""
    pause = Pause.objects.get(pk=pause_id)
    enrollment = _enrollment(pause.enrollment_id)
    pause.enrollment = enrollment
    if last_day is None:
        pausing.require_cancellable(pause=pause)
        return _plan(enrollment, pause=pause, days=None)
    pausing.require_shorter(pause=pause, last_day=last_day)
    return _plan(enrollment, pause=pause, days=pausing.Days(first=pause.first_day, last=last_day))


def _enrollment(enrollment_id: int) -> Enrollment:
    return Enrollment.objects.select_related("student", "group__course").get(pk=enrollment_id)


def _plan(enrollment: Enrollment, *, pause: Pause | None, days: pausing.Days | None) -> Plan:
    invoice = Invoice.objects.filter(enrollment=enrollment, cancelled_at__isnull=True).first()
    old = _shift(pausing.Days(first=pause.first_day, last=pause.last_day)) if pause else None
    new = _shift(days) if days else None
    lines = balances.schedule_of(invoice_id=invoice.pk) if invoice else []
    parts = [_part(line.installment, old, new) for line in lines if line.installment.state not in _OUT]
    every = grants.live_grounds(student_id=enrollment.student_id, course_id=enrollment.group.course_id)
    own = grants.live_grounds(
        student_id=enrollment.student_id,
        course_id=enrollment.group.course_id,
        enrollment_id=enrollment.pk,
    )
    after = pause_access.grounds_after(own, pause=pause, days=days, graces=_unmoved_graces(parts, old or new))
    kept = [ground for ground in every if ground.source not in {mine.source for mine in own}]
    longer = (new.days if new else 0) - (old.days if old else 0)
    return Plan(
        enrollment=enrollment,
        invoice=invoice,
        pause=pause,
        days=days,
        ends_before=enrollment.period_to,
        ends_after=enrollment.period_to + dt.timedelta(days=longer),
        parts=parts,
        grounds_before=own,
        grounds_after=after,
        access=pause_access.told([*kept, *after], days=days),
        lessons=_lessons(enrollment, days),
        open_links=PaymentLink.objects.filter(enrollment=enrollment, state=PaymentLink.State.ACTIVE).count(),
    )


_OUT = (Installment.State.CANCELLED, Installment.State.MOVED)


def _shift(days: pausing.Days) -> pause_shift.Shift:
    return pause_shift.Shift(first=days.first, days=days.count)


def _part(installment: Installment, old: pause_shift.Shift | None, new: pause_shift.Shift | None) -> Part:
    before = pause_shift.PartDays(
        period_from=installment.period_from,
        period_to=installment.period_to,
        due_date=installment.due_date,
        grace_date=installment.grace_date,
        is_overdue=installment.state == Installment.State.OVERDUE,
    )
    bare = pause_shift.without_pause(before, old) if old else before
    return Part(installment, before, bare, pause_shift.with_pause(bare, new) if new else bare)


def _unmoved_graces(parts: Sequence[Part], shift: pause_shift.Shift | None) -> dict[str, dt.datetime]:
    """Return the ends of the graces that a pause does not move, by the sources of their grounds."""
    return {
        entitlement.grace_source(part.installment.pk): clock.end_of(part.before.grace_date)
        for part in parts
        if shift is not None and (part.bare.is_overdue or not shift.moves(part.bare.due_date))
    }


def _lessons(enrollment: Enrollment, days: pausing.Days | None) -> int:
    """Return how many lessons of the group fall into the pause; they do not count as the student's."""
    if days is None:
        return 0
    return Lesson.objects.filter(
        group_id=enrollment.group_id,
        cancelled_at__isnull=True,
        starts_at__gte=clock.start_of(days.first),
        starts_at__lt=clock.end_of(days.last),
    ).count()
