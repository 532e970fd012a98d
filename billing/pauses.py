"""
A learning pause: due dates, paid days and the end of the enrollment move together, in one transaction, each shown before
(promises 15, 16). What is overdue stays so, and links that were given out keep what they fixed (docs/pause.md).
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from access import grants, pause_grounds, rules
from billing import due_dates, pause_access, pause_plan
from billing.models import Installment
from common import clock, crash
from courses import pausing
from courses.models import Enrollment, Pause
from students import locking, timeline


class ChangedMeanwhile(pausing.PauseRefused):
    """The effect is no longer the one that was looked at."""

    code = "changed-meanwhile"


def pause_student(
    *,
    enrollment_id: int,
    days: pausing.Days,
    reason: str,
    actor: timeline.Actor,
    may_backdate: bool = False,
    seen: str = "",
) -> Pause:
    """
    Pause an enrollment on these days, exactly as `pause_plan.preview_pause` tells; return the pause.

    With `seen`, the mark of the preview, it raises ChangedMeanwhile if anything differs by now. Raises what the preview raises; a
    repeat is refused and changes nothing.
    """
    _require_reason(reason)
    with transaction.atomic():
        enrollment = _locked_enrollment(enrollment_id)
        plan = pause_plan.preview_pause(enrollment_id=enrollment.pk, days=days, may_backdate=may_backdate)
        _require_seen(plan, seen)
        pause = pausing.store_pause(enrollment=enrollment, days=days, reason=reason.strip(), actor=actor)
        crash.point("pause.after_pause")
        events = _carry_out(plan, pause, reason=reason.strip(), actor=actor)
        timeline.record([_event("pause_made", plan, pause, reason=reason.strip(), actor=actor), *events])
        pausing.follow_calendar(only=enrollment)
        crash.point("pause.before_commit")
    return pause


def end_pause(
    *,
    pause_id: int,
    last_day: dt.date | None,
    reason: str,
    actor: timeline.Actor,
    seen: str = "",
) -> Pause:
    """
    Let a pause end on an earlier day, or cancel it before it begins (None), exactly as `pause_plan.preview_end` tells.

    Raises ChangedMeanwhile and what the preview raises; a repeat is refused and changes nothing.
    """
    _require_reason(reason)
    with transaction.atomic():
        enrollment_id = Pause.objects.values_list("enrollment_id", flat=True).get(pk=pause_id)
        enrollment = _locked_enrollment(enrollment_id)
        plan = pause_plan.preview_end(pause_id=pause_id, last_day=last_day)
        _require_seen(plan, seen)
        pause = Pause.objects.select_for_update(no_key=True).get(pk=pause_id)
        pause.enrollment = enrollment
        before = pause.last_day
        pausing.change_pause(pause=pause, last_day=last_day)
        crash.point("pause.after_pause")
        events = _carry_out(plan, pause, reason=reason.strip(), actor=actor)
        kind = "pause_cancelled" if last_day is None else "pause_shortened"
        told = _event(kind, plan, pause, reason=reason.strip(), actor=actor, was=before)
        timeline.record([told, *events])
        pausing.follow_calendar(only=enrollment)
        crash.point("pause.before_commit")
    return pause


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise pausing.PauseRefused(_("Write why."), field="reason")


def _require_seen(plan: pause_plan.Plan, seen: str) -> None:
    if seen and seen != plan.seen:
        raise ChangedMeanwhile(_("Something changed meanwhile. Look at the effect again, then confirm."))


def _locked_enrollment(enrollment_id: int) -> Enrollment:
    student_id = Enrollment.objects.values_list("student_id", flat=True).get(pk=enrollment_id)
    locking.lock_student(student_id=student_id)
    return (
        Enrollment.objects.select_for_update(no_key=True, of=["self"])
        .select_related("group")
        .get(pk=enrollment_id)
    )


def _carry_out(
    plan: pause_plan.Plan, pause: Pause, *, reason: str, actor: timeline.Actor
) -> list[timeline.Event]:
    events = _move_days(plan.changed, plan.enrollment.student_id, actor)
    crash.point("pause.after_schedule")
    events += _move_grounds(plan, pause, reason=reason, actor=actor)
    crash.point("pause.after_access")
    return events


def _move_days(
    parts: Sequence[pause_plan.Part], student_id: int, actor: timeline.Actor
) -> list[timeline.Event]:
    events: list[timeline.Event] = []
    for part in parts:
        installment = part.installment
        if part.after.due_date > part.before.due_date:
            waits = due_dates.wait_again(installment, part.after.due_date, student_id, actor)
            if waits:  # that of today, seldom more
                installment.save(update_fields=["state"])
            events += waits
        installment.period_from, installment.period_to = part.after.period_from, part.after.period_to
        installment.due_date, installment.grace_date = part.after.due_date, part.after.grace_date
    Installment.objects.bulk_update(
        [part.installment for part in parts],
        ["period_from", "period_to", "due_date", "grace_date"],
    )
    return events


def _move_grounds(
    plan: pause_plan.Plan, pause: Pause, *, reason: str, actor: timeline.Actor
) -> list[timeline.Event]:
    before = set(plan.grounds_before)
    after = [_of_pause(ground, pause) for ground in plan.grounds_after]
    fresh = [ground for ground in after if ground not in before]
    gone = [ground.source for ground in before if ground not in set(after)]
    if not fresh and not gone:
        return []
    return grants.replace_grounds(
        student_id=plan.enrollment.student_id,
        course_id=plan.enrollment.group.course_id,
        enrollment_id=plan.enrollment.pk,
        sources=gone,
        # What would only have held in the past was never there.
        grounds=[
            ground
            for ground in fresh
            if ground.source in gone or ground.closes_at is None or ground.closes_at > clock.now()
        ],
        reason=reason,
        actor=actor,
        kind="access_moved",
    )


def _of_pause(ground: rules.Ground, pause: Pause) -> rules.Ground:
    """Return a ground of the preview under the name of the pause, which has its id by now."""
    was, now = (f"{pause_grounds.AFTER}{pause_access.NOT_YET}", f"{pause_grounds.AFTER}{pause.pk}")
    source = ground.source
    if ground.kind == rules.PAUSE:
        source = f"pause:{pause.pk}"
    elif source.endswith(was):
        source = source.removesuffix(was) + now
    return dataclasses.replace(ground, source=source)


def _event(
    kind: str,
    plan: pause_plan.Plan,
    pause: Pause,
    *,
    reason: str,
    actor: timeline.Actor,
    was: dt.date | None = None,
) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=plan.enrollment.student_id,
        actor=actor,
        reason=reason,
        before={"period_to": plan.ends_before.isoformat(), **({"last_day": was.isoformat()} if was else {})},
        after={"period_to": plan.ends_after.isoformat()},
        data={
            "pause": pause.pk,
            "first_day": pause.first_day.isoformat(),
            "last_day": pause.last_day.isoformat(),
            "days": pause.days,
            "moved_parts": len(plan.changed),
            "lessons": plan.lessons,
        },
        subject_kind="courses.enrollment",
        subject_id=plan.enrollment.pk,
    )
