"""What Moodle's web services answer. Errors come with status 200 and an `exception`."""

import json
import sqlite3
from typing import Any

from vpos_sandbox import visits
from vpos_sandbox.lms import rows


def exception(code: str) -> visits.Answer:
    """Answer as Moodle says no."""
    return visits.Answer(body={"exception": "moodle_exception", "errorcode": code, "message": code})


def perform(db: sqlite3.Connection, *, site: str, function: str, fields: dict[str, str]) -> visits.Answer:
    """Do one function, or say that there is none."""
    act = _FUNCTIONS.get(function)
    return exception("invalidrecord") if act is None else act(db, site, fields)


def _enrol(db: sqlite3.Connection, site: str, fields: dict[str, str]) -> visits.Answer:
    row = {name: fields.get(f"enrolments[0][{name}]", "") for name in ("roleid", "userid", "courseid")}
    if not all(value.isdigit() for value in row.values()):
        return exception("invalidparameter")
    user = rows.find_user(db, site=site, field="id", value=row["userid"])
    if user is None:
        return exception("invaliduser")
    # What is not sent is wiped, as in Moodle.
    rows.write(
        db,
        site=site,
        course=row["courseid"],
        user_id=user["id"],
        is_active=fields.get("enrolments[0][suspend]", "0") != "1",
        role=row["roleid"],
        opens=int(fields.get("enrolments[0][timestart]", "0")),
        closes=int(fields.get("enrolments[0][timeend]", "0")),
    )
    return visits.Answer(body="null", content_type="application/json")


def _find_user(db: sqlite3.Connection, site: str, fields: dict[str, str]) -> visits.Answer:
    user = rows.find_user(db, site=site, field=fields.get("field", ""), value=fields.get("values[0]", ""))
    return _json([{"id": user["id"], "username": user["username"], "email": user["email"]}] if user else [])


def _create_user(db: sqlite3.Connection, site: str, fields: dict[str, str]) -> visits.Answer:
    username, email = fields.get("users[0][username]", ""), fields.get("users[0][email]", "")
    if not username or rows.find_user(db, site=site, field="email", value=email):
        return exception("invalidparameter")
    return _json([{"id": rows.add_user(db, site=site, username=username, email=email), "username": username}])


def _add_member(db: sqlite3.Connection, site: str, fields: dict[str, str]) -> visits.Answer:
    rows.add_member(
        db, site=site, group=fields["members[0][groupid]"], user_id=int(fields["members[0][userid]"])
    )
    return visits.Answer(body="null", content_type="application/json")


def _list(db: sqlite3.Connection, site: str, fields: dict[str, str]) -> visits.Answer:
    options = {
        fields[f"options[{place}][name]"]: fields[f"options[{place}][value]"]
        for place in range(10)
        if f"options[{place}][name]" in fields
    }
    found = rows.enrolments(db, site=site, course=fields.get("courseid", ""))
    if options.get("onlyactive") == "1":
        found = [row for row in found if row["is_active"]]
    if options.get("onlysuspended") == "1":
        found = [row for row in found if not row["is_active"]]
    first = int(options.get("limitfrom", 0))
    page = found[first : first + (int(options.get("limitnumber", 0)) or len(found))]
    return _json([{"id": row["user_id"], "username": row["username"], "email": row["email"]} for row in page])


def _json(body: list[dict[str, Any]]) -> visits.Answer:
    return visits.Answer(body=json.dumps(body), content_type="application/json")


_FUNCTIONS = {
    "enrol_manual_enrol_users": _enrol,
    "core_user_get_users_by_field": _find_user,
    "core_user_create_users": _create_user,
    "core_group_add_group_members": _add_member,
    "core_enrol_get_enrolled_users": _list,
}
