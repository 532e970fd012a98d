"""A learning pause of an enrollment: what the school allows, and its days. Billing calls this where money and access follow."""

import dataclasses
import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import clock
from common.errors import DomainError
from courses.models import Enrollment, Pause, PauseLimits
from students import set_changes, timeline

YEAR = dt.timedelta(days=365)


class PauseRefused(DomainError):  # noqa: N818
    """The enrollment cannot be paused on these days, or its pause not be changed so."""

    code = "pause-refused"
    status = 409


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days of a pause, both included."""

    first: dt.date
    last: dt.date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1


def limits() -> PauseLimits:
    """Return what a pause may be like now."""
    found = PauseLimits.objects.filter(pk=1).first()
    return found or PauseLimits(pk=1)


def live_pauses(*, enrollment_id: int) -> QuerySet[Pause]:
    """Return the pause of an enrollment that runs or is to come, if there is one."""
    return Pause.objects.filter(
        enrollment_id=enrollment_id, cancelled_at__isnull=True, last_day__gte=clock.today()
    )


def is_paused(*, enrollment_id: int, day: dt.date) -> bool:
    """Return whether a day lies in a pause of the enrollment, whatever the calendar has written down yet."""
    return Pause.objects.filter(
        enrollment_id=enrollment_id, cancelled_at__isnull=True, first_day__lte=day, last_day__gte=day
    ).exists()


def require_pausable(*, enrollment: Enrollment, days: Days, may_backdate: bool) -> None:
    """Refuse a pause that the school's limits or the enrollment do not allow. Sure only under the student's lock."""
    if enrollment.state == Enrollment.State.ENDED:
        raise PauseRefused(_("The enrollment has ended, so there is nothing to pause."))
    if days.last < days.first:
        raise PauseRefused(_("The last day is before the first day."), field="last_day")
    if not enrollment.period_from <= days.first <= enrollment.period_to:
        raise PauseRefused(
            _("A pause begins while the student studies: from %(first)s to %(last)s.")
            % {"first": enrollment.period_from.isoformat(), "last": enrollment.period_to.isoformat()},
            field="first_day",
        )
    if days.first < clock.today() and not may_backdate:
        raise PauseRefused(
            _("This day is over. A pause begins today or later; an administrator can let it begin earlier."),
            field="first_day",
        )
    _require_within_limits(enrollment, days)
    if live_pauses(enrollment_id=enrollment.pk).exists():
        raise PauseRefused(_("A pause runs or is planned already. Change that one, or wait for its end."))
    if _overlaps(enrollment, days):
        raise PauseRefused(_("The student was paused on some of these days already."), field="first_day")
    _require_free_after(enrollment, days)


def store_pause(*, enrollment: Enrollment, days: Days, reason: str, actor: timeline.Actor) -> Pause:
    """Write a pause down and let the enrollment end as many days later. Needs the student's lock and `require_pausable`."""
    pause = Pause.objects.create(
        enrollment=enrollment,
        first_day=days.first,
        last_day=days.last,
        reason=reason,
        made_by_id=actor.user_id,
    )
    enrollment.period_to += dt.timedelta(days=days.count)
    enrollment.save(update_fields=["period_to"])
    return pause


def require_shorter(*, pause: Pause, last_day: dt.date) -> None:
    """Refuse to end a pause on a day that is not before its last, or long over. Raises PauseRefused."""
    _require_live(pause)
    yesterday = clock.today() - dt.timedelta(days=1)
    if last_day >= pause.last_day:
        raise PauseRefused(
            _("Choose a day before %(day)s, its last day now. A longer pause is a new one.")
            % {"day": pause.last_day.isoformat()},
            field="last_day",
        )
    if last_day < pause.first_day:
        raise PauseRefused(
            _("A pause has one day at least. Cancel it instead, if it has not begun."), field="last_day"
        )
    if last_day < yesterday:
        raise PauseRefused(
            _("These days are over. The earliest end is yesterday: the student studies again today."),
            field="last_day",
        )


def require_cancellable(*, pause: Pause) -> None:
    """Refuse to cancel a pause that has begun or was cancelled. Raises PauseRefused."""
    _require_live(pause)
    if pause.has_begun:
        raise PauseRefused(_("The pause has begun, so it cannot be cancelled. End it earlier instead."))


def change_pause(*, pause: Pause, last_day: dt.date | None) -> Pause:
    """Let a pause end earlier, or cancel it (None), and the enrollment with it. Needs the lock and one of the checks above."""
    before = pause.days
    enrollment = pause.enrollment
    if last_day is None:
        pause.cancelled_at = clock.now()
    else:
        pause.last_day = last_day
    pause.save()
    enrollment.period_to -= dt.timedelta(days=before - (0 if last_day is None else pause.days))
    enrollment.save(update_fields=["period_to"])
    return pause


def end_with(*, enrollment: Enrollment) -> None:
    """End the pause of an enrollment that ends: cancelled if no day of it is over, else until yesterday. Needs the lock."""
    yesterday = clock.today() - dt.timedelta(days=1)
    for pause in live_pauses(enrollment_id=enrollment.pk):
        if pause.first_day > yesterday:
            pause.cancelled_at = clock.now()
        else:
            pause.last_day = yesterday
        pause.save()


def days_of(*, enrollment_id: int) -> list[Days]:
    """Return the days on which a student is or was paused."""
    rows = Pause.objects.filter(enrollment_id=enrollment_id, cancelled_at__isnull=True).order_by("first_day")
    return [Days(first=row.first_day, last=row.last_day) for row in rows]


def follow_calendar(*, only: Enrollment | None = None) -> int:
    """
    Write down where a pause began or is over; return how many enrollments moved. Safe to repeat.

    Access does not wait for this: the windows of its grounds leave the days of a pause out.
    """
    today = clock.today()
    scope: dict[str, Any] = {"pk": only.pk} if only else {}
    covering = Pause.objects.filter(cancelled_at__isnull=True, first_day__lte=today, last_day__gte=today)
    everyone = Enrollment.objects.filter(**scope)
    begin = everyone.filter(state=Enrollment.State.ACTIVE, pk__in=covering.values("enrollment"))
    over = everyone.filter(state=Enrollment.State.PAUSED).exclude(pk__in=covering.values("enrollment"))
    moved = set_changes.apply_to_set(begin, Enrollment.begin_pause, student="student_id")
    return moved + set_changes.apply_to_set(over, Enrollment.resume, student="student_id")


def _require_live(pause: Pause) -> None:
    if pause.cancelled_at is not None:
        raise PauseRefused(_("This pause was cancelled already."))
    if not pause.is_live:
        raise PauseRefused(_("This pause is over, so there is nothing to change."))


def _require_within_limits(enrollment: Enrollment, days: Days) -> None:
    allowed = limits()
    if not allowed.min_days <= days.count <= allowed.max_days:
        raise PauseRefused(
            _("This pause takes %(days)s days. The school allows %(least)s to %(most)s.")
            % {"days": days.count, "least": allowed.min_days, "most": allowed.max_days},
            field="last_day",
        )
    made = Pause.objects.filter(
        enrollment__student_id=enrollment.student_id,
        enrollment__group__course_id=enrollment.group.course_id,
        cancelled_at__isnull=True,
        first_day__gt=days.first - YEAR,
        first_day__lt=days.first + YEAR,
    ).count()
    if made >= allowed.times_a_year:
        raise PauseRefused(
            ngettext(
                "The school allows %(count)d pause of a course within a year, and the student had it.",
                "The school allows %(count)d pauses of a course within a year, and the student had them.",
                allowed.times_a_year,
            )
            % {"count": allowed.times_a_year}
        )


def _overlaps(enrollment: Enrollment, days: Days) -> bool:
    return enrollment.pauses.filter(
        cancelled_at__isnull=True, first_day__lte=days.last, last_day__gte=days.first
    ).exists()


def _require_free_after(enrollment: Enrollment, days: Days) -> None:
    """The same group may be studied again later; a pause must not run into that."""
    end = enrollment.period_to + dt.timedelta(days=days.count)
    again = (
        Enrollment.objects.filter(
            Q(period_from__lte=end) & Q(period_from__gt=enrollment.period_to),
            student_id=enrollment.student_id,
            group_id=enrollment.group_id,
        )
        .exclude(state=Enrollment.State.ENDED)
        .first()
    )
    if again is not None:
        raise PauseRefused(
            _(
                "The student is enrolled in this group again from %(day)s; a pause this long would run into it."
            )
            % {"day": again.period_from.isoformat()},
            field="last_day",
        )
