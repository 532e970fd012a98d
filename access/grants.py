"""
How grounds are given and taken, and how the union's state follows.

Every function here needs the student's lock (students.locking) and returns the timeline events it caused, so that the caller
records them with its own in one statement. Giving a ground that is already there changes nothing.
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Sequence

from django.db import connection

from access import rules
from access.models import AccessGrant, CourseAccess
from common import clock, fsm
from students import timeline


@dataclasses.dataclass(slots=True)
class Standing:
    """The stored access of one student and course, with the live grounds it rests on."""

    student_id: int
    course_id: int
    access: CourseAccess
    grounds: list[rules.Ground]


READ_SQL = """
SELECT a.id, coalesce(a.state, 'none'), (
    SELECT coalesce(jsonb_agg(jsonb_build_array(g.kind, g.source, g.opens_at, g.closes_at, g.rule, g.module_id)), '[]')
    FROM access_accessgrant g
    WHERE g.student_id = p.student_id AND g.course_id = p.course_id AND g.withdrawn_at IS NULL)
FROM (SELECT %s::bigint AS student_id, %s::bigint AS course_id) p
LEFT JOIN access_courseaccess a ON a.student_id = p.student_id AND a.course_id = p.course_id
"""

WRITE_SQL = """
WITH given AS (
    INSERT INTO access_accessgrant
        (student_id, course_id, enrollment_id, kind, source, opens_at, closes_at, rule, module_id, reason, granted_at,
         granted_by_id, withdrawn_reason)
    SELECT %(student)s, %(course)s, %(enrollment)s, g.kind, g.source, g.opens_at, g.closes_at, g.rule, g.module_id,
           %(reason)s, %(now)s, %(by)s, ''
    FROM jsonb_to_recordset(%(grounds)s::jsonb) AS g(
        kind text, source text, opens_at timestamptz, closes_at timestamptz, rule text, module_id bigint)
    ON CONFLICT (source) WHERE withdrawn_at IS NULL DO NOTHING
)
INSERT INTO access_courseaccess (student_id, course_id, state, opens_at, closes_at, next_change_at, changed_at)
VALUES (%(student)s, %(course)s, %(state)s, %(opens_at)s, %(closes_at)s, %(next_change_at)s, %(now)s)
ON CONFLICT (student_id, course_id) DO UPDATE SET
    state = excluded.state, opens_at = excluded.opens_at, closes_at = excluded.closes_at,
    next_change_at = excluded.next_change_at,
    changed_at = CASE WHEN access_courseaccess.state = excluded.state THEN access_courseaccess.changed_at
                      ELSE excluded.changed_at END
RETURNING id
"""


def give_grounds(
    *,
    student_id: int,
    course_id: int,
    enrollment_id: int | None,
    grounds: Sequence[rules.Ground],
    actor: timeline.Actor,
    reason: str = "",
    kind: str = "",
) -> list[timeline.Event]:
    """
    Give the grounds that are not there yet and bring the stored state in line; return the events to record.

    Needs the student's lock. Safe to repeat: a ground is one live row per source. Two statements.
    """
    standing = _read(student_id, course_id)
    present = {ground.source for ground in standing.grounds}
    fresh = [ground for ground in grounds if ground.source not in present]
    standing.grounds.extend(fresh)
    followed = _follow(standing, fresh, enrollment_id=enrollment_id, actor=actor, reason=reason)
    given = [
        _given_event(standing, ground, actor=actor, reason=reason, kind=kind)
        for ground in fresh
        if ground.kind != rules.PAUSE  # the pause itself is told
    ]
    return given + followed


def refresh(*, student_id: int, course_id: int) -> list[timeline.Event]:
    """Bring the stored state in line with what the grounds say now; return the events to record. Needs the lock."""
    return _follow(_read(student_id, course_id), [], enrollment_id=None, actor=timeline.SYSTEM, reason="")


def withdraw_grounds(
    *,
    student_id: int,
    course_id: int,
    sources: Iterable[str],
    reason: str,
    actor: timeline.Actor,
    kind: str = "access_withdrawn",
) -> list[timeline.Event]:
    """Take grounds away by their sources, leaving all others; return the events to record. Needs the lock."""
    taken = list(sources)
    _take(student_id, course_id, taken, reason, actor)
    events = [
        timeline.Event(
            kind=kind,
            student_id=student_id,
            actor=actor,
            reason=reason,
            data={"course": course_id, "source": source},
        )
        for source in taken
    ]
    return events + refresh(student_id=student_id, course_id=course_id)


def replace_grounds(
    *,
    student_id: int,
    course_id: int,
    enrollment_id: int | None,
    sources: Iterable[str],
    grounds: Sequence[rules.Ground],
    reason: str,
    actor: timeline.Actor,
    kind: str = "",
) -> list[timeline.Event]:
    """
    Give grounds in the place of those of some sources, in one step, so that access does not close and open in between.

    Returns the events to record. Needs the lock. What is replaced stays in the history.
    """
    _take(student_id, course_id, sources, reason, actor)
    return give_grounds(
        student_id=student_id,
        course_id=course_id,
        enrollment_id=enrollment_id,
        grounds=grounds,
        actor=actor,
        reason=reason,
        kind=kind,
    )


def live_grounds(*, student_id: int, course_id: int, enrollment_id: int | None = None) -> list[rules.Ground]:
    """Return the grounds that were not withdrawn, of a student and course or of one enrollment alone."""
    found = AccessGrant.objects.filter(
        student_id=student_id, course_id=course_id, withdrawn_at__isnull=True
    ).order_by("opens_at", "id")
    if enrollment_id is not None:
        found = found.filter(enrollment_id=enrollment_id, kind__in=[rules.PAID, rules.GRACE, rules.PAUSE])
    return [row.ground for row in found]


def _take(
    student_id: int, course_id: int, sources: Iterable[str], reason: str, actor: timeline.Actor
) -> None:
    AccessGrant.objects.filter(
        student_id=student_id, course_id=course_id, source__in=list(sources), withdrawn_at__isnull=True
    ).update(withdrawn_at=clock.now(), withdrawn_reason=reason, withdrawn_by_id=actor.user_id)


def _read(student_id: int, course_id: int) -> Standing:
    with connection.cursor() as cursor:
        cursor.execute(READ_SQL, [student_id, course_id])
        access_id, state, found = cursor.fetchone()
    return Standing(
        student_id=student_id,
        course_id=course_id,
        access=CourseAccess(id=access_id, student_id=student_id, course_id=course_id, state=state),
        grounds=[_ground(*item) for item in json.loads(found)],
    )


def _ground(
    kind: str, source: str, opens: str, closes: str | None, rule: str, module_id: int | None
) -> rules.Ground:
    return rules.Ground(
        kind=kind,
        source=source,
        opens_at=dt.datetime.fromisoformat(opens),
        closes_at=dt.datetime.fromisoformat(closes) if closes else None,
        rule=rule,
        module_id=module_id,
    )


def _given_event(
    standing: Standing, ground: rules.Ground, *, actor: timeline.Actor, reason: str, kind: str
) -> timeline.Event:
    usual = "access_opened_by_hand" if ground.kind == rules.MANUAL else "access_granted"
    return timeline.Event(
        kind=kind or usual,
        student_id=standing.student_id,
        actor=actor,
        reason=reason,
        data={
            "course": standing.course_id,
            "ground": ground.kind,
            "source": ground.source,
            "rule": ground.rule,
            "from": ground.opens_at.isoformat(),
            "until": ground.closes_at.isoformat() if ground.closes_at else None,
        },
        subject_kind="access.courseaccess",
        subject_id=standing.access.pk,
    )


def _follow(
    standing: Standing,
    fresh: Sequence[rules.Ground],
    *,
    enrollment_id: int | None,
    actor: timeline.Actor,
    reason: str,
) -> list[timeline.Event]:
    now = clock.now()
    verdict = rules.evaluate(grounds=standing.grounds, at=now)
    before = standing.access.state
    kind = _move(standing.access, verdict.state)
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_SQL,
            {
                "student": standing.student_id,
                "course": standing.course_id,
                "enrollment": enrollment_id,
                "grounds": json.dumps([dataclasses.asdict(ground) for ground in fresh], default=str),
                "reason": reason,
                "by": actor.user_id,
                "now": now,
                "state": standing.access.state,
                "opens_at": verdict.opens_at,
                "closes_at": verdict.closes_at,
                "next_change_at": verdict.next_change_at,
            },
        )
        (standing.access.pk,) = cursor.fetchone()
    if not kind:
        return []
    return [
        timeline.Event(
            kind=kind,
            student_id=standing.student_id,
            actor=timeline.SYSTEM,
            before={"state": before},
            after={"state": standing.access.state},
            data={
                "course": standing.course_id,
                "until": verdict.closes_at.isoformat() if verdict.closes_at else None,
            },
            subject_kind="access.courseaccess",
            subject_id=standing.access.pk,
        )
    ]


def _move(access: CourseAccess, state: str) -> str:
    """Move the record to what the union says; return the timeline kind of the change, or nothing if there is none."""
    if state == rules.NONE and access.state in (CourseAccess.State.OPEN, CourseAccess.State.GRACE):
        state = rules.SUSPENDED  # its last ground was taken away: it was open, and is closed now
    if access.state == state:
        return ""
    edge = {
        rules.OPEN: access.open,
        rules.IN_GRACE: access.enter_grace,
        rules.SUSPENDED: access.suspend,
        rules.PAUSED: access.pause,
    }.get(state)
    if edge is None:
        return ""  # no ground has begun yet: the stored state stays what it is
    kind = fsm.timeline_kind(edge, access.state)
    edge()
    return kind
