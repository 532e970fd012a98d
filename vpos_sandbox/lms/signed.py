"""What a platform of the school's own making answers: each call is signed, as Standard Webhooks describes."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import sqlite3
import time
from typing import Any

import werkzeug

from vpos_sandbox import visits
from vpos_sandbox.lms import rows

TOLERANCE_SECONDS = 300
PAGE = 100


def refusal(code: str, *, status: int = 401) -> visits.Answer:
    """Answer as such a platform says no."""
    return visits.Answer(body={"error": code}, status=status)


def problem_of(db: sqlite3.Connection, *, site: str, request: werkzeug.Request) -> str:
    """Answer what is wrong with a call's signature, or nothing; a call that is right is remembered and never right again."""
    secret = rows.secret_of(db, site=site)
    message_id = request.headers.get("webhook-id", "")
    timestamp = request.headers.get("webhook-timestamp", "")
    if not secret or not message_id or not timestamp.isdecimal():
        return "unsigned"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + request.get_data()
    right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = request.headers.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(right.encode(), one.encode()) for one in given):
        return "bad_signature"
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return "too_old"
    return "" if rows.is_first(db, site=site, message_id=message_id) else "replayed"


def act_of(fields: dict[str, Any]) -> str:
    """Answer what a call is about: enrol, suspend, resume, fetch, list."""
    return str(fields.get("type", "")).removeprefix("enrolment.")


def perform(db: sqlite3.Connection, *, site: str, fields: dict[str, Any]) -> visits.Answer:
    """Do one call, or say that there is none of this kind."""
    data = fields.get("data")
    act = act_of(fields)
    if not isinstance(data, dict) or not data.get("course"):
        return refusal("no_course", status=422)
    if act == "list":
        return _list(db, site, str(data["course"]), str(data.get("cursor") or "0"))
    user = _user(db, site, data.get("learner") or {})
    if user is None:
        return refusal("no_such_user", status=404)
    if act in ("enrol", "resume", "suspend"):
        _write(db, site, user["id"], data, is_active=act != "suspend")
    elif act != "fetch":
        return refusal("no_such_type", status=400)
    row = rows.enrolment(db, site=site, course=str(data["course"]), user_id=user["id"])
    return _json({"enrolment": _shown(user, row) if row else None})


def _user(db: sqlite3.Connection, site: str, learner: dict[str, str]) -> sqlite3.Row | None:
    if learner.get("username"):
        return rows.find_user(db, site=site, field="username", value=learner["username"])
    return rows.find_user(db, site=site, field="email", value=learner.get("email", ""))


def _write(db: sqlite3.Connection, site: str, user_id: int, data: dict[str, Any], *, is_active: bool) -> None:
    course = str(data["course"])
    if not is_active and rows.enrolment(db, site=site, course=course, user_id=user_id) is None:
        return  # nothing to close
    rows.write(
        db,
        site=site,
        course=course,
        user_id=user_id,
        is_active=is_active,
        opens=_seconds(data.get("opens_at")),
        closes=_seconds(data.get("closes_at")),
    )
    if is_active and data.get("group"):
        rows.add_member(db, site=site, group=str(data["group"]), user_id=user_id)


def _list(db: sqlite3.Connection, site: str, course: str, cursor: str) -> visits.Answer:
    first = int(cursor) if cursor.isdecimal() else 0
    found = rows.enrolments(db, site=site, course=course)
    page = [_shown(row, row) for row in found[first : first + PAGE]]
    return _json({"enrolments": page, "next": str(first + PAGE) if len(found) > first + PAGE else None})


def _shown(user: sqlite3.Row, row: sqlite3.Row) -> dict[str, Any]:
    closes = dt.datetime.fromtimestamp(row["closes"], tz=dt.UTC).isoformat() if row["closes"] else None
    return {
        "username": user["username"],
        "email": user["email"],
        "is_open": bool(row["is_active"]),
        "closes_at": closes,
    }


def _seconds(text: str | None) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp()) if text else 0


def _json(body: dict[str, Any]) -> visits.Answer:
    return visits.Answer(body=json.dumps(body), content_type="application/json")
