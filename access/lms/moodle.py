"""
Moodle, over its REST web services.

| Moodle | ours |
|---|---|
| `enrol_manual_enrol_users`, `suspend=0` | enrol, resume, new window |
| the same, `suspend=1` | suspend |
| 200 with `exception`, `errorcode` of ASK_AGAIN | unavailable |
| 200 with any other `exception` | refused |

The enrolment call is also the update call: a window that is not sent is wiped, so all fields go each time (PRACTICE 12.2).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from access.lms import base
from common import http

ASK_AGAIN = {
    "dmlreadexception",
    "dmlwriteexception",
    "dmlconnectionexception",
    "sitemaintenance",
    "locktimeout",
}
PAGE = 500  # learners of one answer; an answer stays far below what we read


class Moodle:
    """One Moodle site and a token of its service user."""

    def __init__(self, *, config: base.LmsConfig) -> None:
        self._config = config

    def enrol(self, *, learner: base.Learner, place: base.Place) -> None:
        user_id = self._find_user(learner) or self._create_user(learner)
        self._write(user_id, place, suspend=False)
        if place.group_id:
            self._ask(
                "core_group_add_group_members",
                {"members[0][groupid]": _number(place.group_id), "members[0][userid]": str(user_id)},
            )

    def suspend(self, *, learner: base.Learner, place: base.Place) -> None:
        # Writing an enrolment would make one, so only one that is there is suspended.
        if self.fetch_enrolment(learner=learner, course_id=place.course_id) is None:
            return
        user_id = self._find_user(learner)
        if user_id is not None:
            self._write(user_id, place, suspend=True)

    def resume(self, *, learner: base.Learner, place: base.Place) -> None:
        self.enrol(learner=learner, place=place)

    def fetch_enrolment(self, *, learner: base.Learner, course_id: str) -> base.LmsEnrolment | None:
        return next(
            (one for one in self.list_enrolments(course_id=course_id) if _is_same(one, learner)), None
        )

    def list_enrolments(self, *, course_id: str) -> Sequence[base.LmsEnrolment]:
        active = self._list(course_id, "onlyactive")
        # Active by any method is open: Moodle lets in whom one enrolment method lets in (PRACTICE 12.7).
        names = {one["username"] for one in active}
        suspended = [one for one in self._list(course_id, "onlysuspended") if one["username"] not in names]
        return [_enrolment(one, is_open=True) for one in active] + [
            _enrolment(one, is_open=False) for one in suspended
        ]

    def _list(self, course_id: str, which: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            options = {which: "1", "limitfrom": str(len(found)), "limitnumber": str(PAGE)}
            options["userfields"] = "username,email"
            fields = {"courseid": _number(course_id)}
            for place, (name, value) in enumerate(options.items()):
                fields |= {f"options[{place}][name]": name, f"options[{place}][value]": value}
            page = self._ask("core_enrol_get_enrolled_users", fields)
            if not isinstance(page, list) or not all(_is_user(one) for one in page):
                raise base.LmsUnavailable("The platform's list of learners cannot be read.")
            found += page
            if len(page) < PAGE:
                return found

    def _write(self, user_id: int, place: base.Place, *, suspend: bool) -> None:
        row = {
            "roleid": self._config.role_id,
            "userid": user_id,
            "courseid": _number(place.course_id),
            "timestart": _seconds(place.opens_at),
            "timeend": _seconds(place.closes_at),
            "suspend": int(suspend),
        }
        self._ask(
            "enrol_manual_enrol_users", {f"enrolments[0][{name}]": str(value) for name, value in row.items()}
        )

    def _find_user(self, learner: base.Learner) -> int | None:
        field, value = ("username", learner.username) if learner.username else ("email", learner.email)
        if not value:
            raise base.LmsRefused("The student has neither an LMS id nor an e-mail address.")
        found = self._ask("core_user_get_users_by_field", {"field": field, "values[0]": value.lower()})
        if not isinstance(found, list) or not all(isinstance(one, dict) and "id" in one for one in found):
            raise base.LmsUnavailable("The platform's answer about a user cannot be read.")
        if len(found) > 1:
            raise base.LmsRefused("More than one user of the platform has this e-mail address.")
        return int(found[0]["id"]) if found else None

    def _create_user(self, learner: base.Learner) -> int:
        if not self._config.creates_users:
            raise base.LmsRefused("The platform has no such user. Create the user there or write the LMS id.")
        if not learner.email:
            raise base.LmsRefused("The platform needs an e-mail address to create the user.")
        first, _space, last = learner.full_name.partition(" ")
        user = {
            "createpassword": "1",
            "username": (learner.username or learner.email).lower(),
            "firstname": first,
            "lastname": last or first,
            "email": learner.email,
        }
        fields = {f"users[0][{name}]": text for name, text in user.items()}
        try:
            made = self._ask("core_user_create_users", fields)
        except base.LmsRefused:
            # For another course of the same student another process may have created the user just now.
            found = self._find_user(learner)
            if found is None:
                raise
            return found
        if not isinstance(made, list) or not made or not isinstance(made[0], dict) or "id" not in made[0]:
            raise base.LmsUnavailable("The platform's answer about a new user cannot be read.")
        return int(made[0]["id"])

    def _ask(self, function: str, fields: dict[str, str]) -> Any:
        call = {"wstoken": self._config.token, "wsfunction": function, "moodlewsrestformat": "json"}
        try:
            answer = http.post_form(
                url=f"{self._config.base_url.rstrip('/')}/webservice/rest/server.php", fields=call | fields
            )
        except http.HttpFailure as failure:
            raise base.LmsUnavailable(f"No answer: {failure}.") from None
        told = base.read_json(answer)
        if isinstance(told, dict) and "exception" in told:
            code = str(told.get("errorcode", ""))[:60]
            kind = base.LmsUnavailable if code in ASK_AGAIN else base.LmsRefused
            raise kind(f"The platform refused {function}: {code}.")
        if answer.status != 200:
            raise base.LmsRefused(f"The platform answered {function} with HTTP {answer.status}.")
        return told


def _is_user(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("username"), str)


def _enrolment(one: dict[str, Any], *, is_open: bool) -> base.LmsEnrolment:
    return base.LmsEnrolment(username=one["username"], email=str(one.get("email", "")), is_open=is_open)


def _is_same(one: base.LmsEnrolment, learner: base.Learner) -> bool:
    if learner.username:
        return one.username.lower() == learner.username.lower()
    return bool(learner.email) and one.email.lower() == learner.email.lower()


def _number(lms_id: str) -> str:
    if not (lms_id.isascii() and lms_id.isdecimal()):
        raise base.LmsRefused(f"“{lms_id[:40]}” is no id of Moodle: it is a number.")
    return lms_id


def _seconds(moment: dt.datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
