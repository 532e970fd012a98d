"""What the enrollment API of Open edX answers."""

import sqlite3
from typing import Any

from vpos_sandbox import visits
from vpos_sandbox.lms import rows

PAGE = 100


def refusal(status: int, message: str) -> visits.Answer:
    """Answer as Open edX says no."""
    return visits.Answer(body={"message": message}, status=status)


def change(db: sqlite3.Connection, site: str, fields: dict[str, Any]) -> visits.Answer:
    """Make or change an enrollment."""
    name, is_active = str(fields.get("user", "")), fields.get("is_active", True)
    course = str((fields.get("course_details") or {}).get("course_id", ""))
    if not course or not isinstance(is_active, bool):
        return refusal(400, "Course ID must be specified; is_active is a boolean.")
    user = rows.find_user(db, site=site, field="username", value=name)
    if user is None:
        return refusal(406, "The user does not exist.")
    mode = str(fields.get("mode") or "audit")
    before = rows.enrolment(db, site=site, course=course, user_id=user["id"])
    if before is not None and not is_active and before["mode"] != mode:
        return refusal(400, "Enrollment mode mismatch. Won't deactivate.")
    rows.write(db, site=site, course=course, user_id=user["id"], is_active=is_active, mode=mode)
    return read(db, site, name, course)


def read(db: sqlite3.Connection, site: str, name: str, course: str) -> visits.Answer:
    """Show one enrollment, an empty body if there is none."""
    user = rows.find_user(db, site=site, field="username", value=name)
    row = rows.enrolment(db, site=site, course=course, user_id=user["id"]) if user else None
    if row is None:
        return visits.Answer(body="", content_type="application/json")
    return visits.Answer(body=_shown(name, row))


def listed(db: sqlite3.Connection, site: str, course: str, cursor: str, base: str) -> visits.Answer:
    """Answer one page of a course's enrollments."""
    first = int(cursor) if cursor.isdecimal() else 0
    found = rows.enrolments(db, site=site, course=course)
    more = f"{base}?course_id={course}&cursor={first + PAGE}" if len(found) > first + PAGE else None
    page = [_shown(row["username"], row) for row in found[first : first + PAGE]]
    return visits.Answer(body={"next": more, "previous": None, "results": page})


def _shown(name: str, row: sqlite3.Row) -> dict[str, Any]:
    return {
        "user": name,
        "mode": row["mode"],
        "is_active": bool(row["is_active"]),
        "course_details": {"course_id": row["course"]},
    }
