"""What a learning pause, or its earlier end, would do to schedule and access. Reads only; the verbs do exactly this."""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Sequence

from access import grants, pause_grounds, rules, why
from billing import balances, entitlement, pause_shift
from billing.models import Installment, Invoice, PaymentLink
from common import clock
from courses import pausing
from courses.models import Enrollment, Lesson, Pause

NOT_YET = 0  # the id of a pause that is not stored; its windows are made anew when it is


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One installment and its days, as they are and as they would be."""

    installment: Installment
    before: pause_shift.PartDays
    after: pause_shift.PartDays

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclasses.dataclass(frozen=True, slots=True)
class Access:
    """Why the course is open or closed at the moments that matter to the student."""

    now: why.Explanation
    on_first_day: why.Explanation | None
    after_it: why.Explanation | None


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
    access: Access
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
    window = _window(pause, days) if days else None
    every = grants.live_grounds(student_id=enrollment.student_id, course_id=enrollment.group.course_id)
    own = grants.live_grounds(
        student_id=enrollment.student_id,
        course_id=enrollment.group.course_id,
        enrollment_id=enrollment.pk,
    )
    after = _grounds(own, parts, pause, old, new, window)
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
        access=_access([*kept, *after], days),
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
    return Part(installment, before, pause_shift.with_pause(bare, new) if new else bare)


def _window(pause: Pause | None, days: pausing.Days) -> pause_grounds.Window:
    return pause_grounds.window_of(
        pause_id=pause.pk if pause else NOT_YET,
        first_day=days.first,
        last_day=days.last,
        made_at=pause.made_at if pause else clock.now(),
    )


def _grounds(
    own: Sequence[rules.Ground],
    parts: Sequence[Part],
    pause: Pause | None,
    old: pause_shift.Shift | None,
    new: pause_shift.Shift | None,
    window: pause_grounds.Window | None,
) -> list[rules.Ground]:
    """Return the enrollment's own grounds as they would be, with the one that names the pause."""
    shift = old or new
    graces = {
        entitlement.grace_source(part.installment.pk): clock.end_of(part.before.grace_date)
        for part in parts
        if shift is not None and not _is_due_moved(part, shift, has_pause=old is not None)
    }
    known = [ground for ground in own if ground.kind != rules.PAUSE]
    if pause is not None:
        before = pause_grounds.window_of(
            pause_id=pause.pk,
            first_day=pause.first_day,
            last_day=pause.last_day,
            made_at=pause.made_at,
        )
        known = pause_grounds.restored(known, before, unmoved=graces)
    if window is None:
        return known
    return [
        *pause_grounds.apply(known, window, unmoved=graces),
        *pause_grounds.reason_for(window),
    ]


def _is_due_moved(part: Part, shift: pause_shift.Shift, *, has_pause: bool) -> bool:
    bare = pause_shift.without_pause(part.before, shift) if has_pause else part.before
    return shift.moves(bare.due_date) and not bare.is_overdue


def _access(grounds: Sequence[rules.Ground], days: pausing.Days | None) -> Access:
    now = clock.now()
    if days is None:
        return Access(why.explain_grounds(grounds=grounds, at=now), None, None)
    first, resume = max(now, clock.start_of(days.first)), clock.end_of(days.last)
    return Access(
        now=why.explain_grounds(grounds=grounds, at=now),
        on_first_day=why.explain_grounds(grounds=grounds, at=first) if first < resume else None,
        after_it=why.explain_grounds(grounds=grounds, at=max(now, resume)),
    )


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
