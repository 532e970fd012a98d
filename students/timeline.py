"""
The history of a student: written in the transaction of the fact, never changed.

`record` inserts events and the slips that carry them further, in one statement. Which sentence a kind becomes is told by
each app's `timeline_kinds.py`, registered at start.
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import connection

from common import clock
from students.models.timeline_event import ActorKind


@dataclasses.dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a person, a student by link, a provider, a program, or a rule of the system."""

    kind: ActorKind
    user_id: int | None = None
    name: str = ""

    @classmethod
    def person(cls, user: AbstractBaseUser | AnonymousUser) -> "Actor":
        if not user.is_authenticated:
            raise PermissionError("Only somebody who is logged in acts as a person.")
        return cls(kind=ActorKind.PERSON, user_id=user.pk, name=user.get_username())

    @classmethod
    def program(cls, name: str) -> "Actor":
        return cls(kind=ActorKind.PROGRAM, name=name)

    @classmethod
    def provider(cls, code: str) -> "Actor":
        return cls(kind=ActorKind.PROVIDER, name=code)


SYSTEM = Actor(kind=ActorKind.SYSTEM)
STUDENT = Actor(kind=ActorKind.STUDENT)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of history. `data`, `before` and `after` hold ids, amounts and codes, never names or contacts."""

    kind: str
    student_id: int | None
    actor: Actor
    at: dt.datetime | None = None
    reason: str = ""
    before: Any = None
    after: Any = None
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    subject_kind: str = ""
    subject_id: int | None = None


RECORD_SQL = """
WITH given AS (
    SELECT * FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS (
        student_id bigint, kind text, at timestamptz, actor_kind text, actor_id int, actor_name text, reason text,
        before jsonb, after jsonb, data jsonb, subject_kind text, subject_id bigint, recorded_at timestamptz
    )) WITH ORDINALITY
), events AS (
    INSERT INTO students_timelineevent
        (student_id, kind, at, actor_kind, actor_id, actor_name, reason, before, after, data, subject_kind, subject_id,
         recorded_at)
    SELECT student_id, kind, at, actor_kind, actor_id, actor_name, reason, before, after, data, subject_kind, subject_id,
           recorded_at
    FROM given ORDER BY ordinality
    RETURNING id, student_id
)
INSERT INTO students_timelinedispatch (event_id, student_id) SELECT id, student_id FROM events
"""


def record(events: Sequence[Event]) -> None:
    """Write events and their slips in one statement; call it in the transaction of the fact. Nothing given, nothing done."""
    if not events:
        return
    with connection.cursor() as cursor:
        cursor.execute(RECORD_SQL, [as_parameter(events)])


def as_parameter(events: Sequence[Event]) -> str:
    """Return the parameter of RECORD_SQL for these events, for callers that send statements in a batch."""
    moment = clock.now()
    return json.dumps([_as_row(event, moment) for event in events], default=str)


def _as_row(event: Event, moment: dt.datetime) -> dict[str, Any]:
    return {
        "student_id": event.student_id,
        "kind": event.kind,
        "at": (event.at or moment).isoformat(),
        "actor_kind": str(event.actor.kind),
        "actor_id": event.actor.user_id,
        "actor_name": event.actor.name,
        "reason": event.reason,
        "before": event.before,
        "after": event.after,
        "data": dict(event.data),
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "recorded_at": moment.isoformat(),
    }
