"""
Open edX, over its enrollment API.

| Open edX | ours |
|---|---|
| `is_active: true` | open |
| `is_active: false` with the current mode | suspended |
| 400, 403, 404, 406 (no such user) | refused |
| 409 | asked back: what it holds decides |

It knows no window: our sweeper closes in time. With another mode than the current one it does not close (PRACTICE 13.2).
"""

import urllib.parse
from collections.abc import Sequence
from typing import Any

from access.lms import base
from common import http

MODE = "audit"  # for a learner who was never enrolled


class OpenEdx:
    """One Open edX site and a token of a staff user."""

    def __init__(self, *, config: base.LmsConfig) -> None:
        self._config = config

    def enrol(self, *, learner: base.Learner, place: base.Place) -> None:
        self._write(learner, place, self._read(learner, place.course_id), is_open=True)

    def suspend(self, *, learner: base.Learner, place: base.Place) -> None:
        current = self._read(learner, place.course_id)
        if current is not None:
            self._write(learner, place, current, is_open=False)

    def resume(self, *, learner: base.Learner, place: base.Place) -> None:
        self.enrol(learner=learner, place=place)

    def fetch_enrolment(self, *, learner: base.Learner, course_id: str) -> base.LmsEnrolment | None:
        current = self._read(learner, course_id)
        return _enrolment(current, username=learner.username) if current else None

    def list_enrolments(self, *, course_id: str) -> Sequence[base.LmsEnrolment]:
        found: list[base.LmsEnrolment] = []
        query = {"course_id": course_id}
        while True:
            told = self._get(f"enrollments?{urllib.parse.urlencode(query)}")
            if not isinstance(told, dict) or not isinstance(told.get("results"), list):
                raise base.LmsUnavailable("The platform's list of learners cannot be read.")
            found += [_enrolment(one) for one in told["results"]]
            # Only the cursor is taken from the answer: the address stays ours.
            after = urllib.parse.parse_qs(urllib.parse.urlsplit(str(told.get("next") or "")).query)
            if "cursor" not in after or after["cursor"][0] == query.get("cursor"):
                return found
            query["cursor"] = after["cursor"][0]

    def _write(
        self, learner: base.Learner, place: base.Place, current: dict[str, Any] | None, *, is_open: bool
    ) -> None:
        fields = {
            "user": _name_of(learner),
            "mode": current["mode"] if current else MODE,
            "is_active": is_open,
            "course_details": {"course_id": place.course_id},
            "enrollment_attributes": [{"namespace": "mutq", "name": "reference", "value": place.reference}],
        }
        try:
            answer = http.post_json(url=self._address("enrollment"), fields=fields, headers=self._headers)
        except http.HttpFailure as failure:
            raise base.LmsUnavailable(f"No answer: {failure}.") from None
        if answer.status == 409:  # "already": what it holds now decides
            told: Any = self._read(learner, place.course_id)
        else:
            told = _checked(answer)
        if not isinstance(told, dict) or told.get("is_active") is not is_open:
            raise base.LmsUnavailable("The platform did not confirm what was asked.")

    def _read(self, learner: base.Learner, course_id: str) -> dict[str, Any] | None:
        name = urllib.parse.quote(f"{_name_of(learner)},{course_id}", safe=",")
        told = self._get(f"enrollment/{name}")
        if told is None:
            return None
        if not isinstance(told, dict) or not isinstance(told.get("mode"), str):
            raise base.LmsUnavailable("The platform's answer about an enrolment cannot be read.")
        return told

    def _get(self, path: str) -> Any:
        try:
            answer = http.get(url=self._address(path), headers=self._headers)
        except http.HttpFailure as failure:
            raise base.LmsUnavailable(f"No answer: {failure}.") from None
        if answer.status == 200 and not answer.body:
            return None  # this is how it says "no such enrolment"
        return _checked(answer)

    def _address(self, path: str) -> str:
        return f"{self._config.base_url.rstrip('/')}/api/enrollment/v1/{path}"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._config.token}"}


def _checked(answer: http.Answer) -> Any:
    told = base.read_json(answer)
    if answer.status == 406:
        raise base.LmsRefused("The platform has no such user. Create the user there or write the LMS id.")
    if answer.status != 200:
        raise base.LmsRefused(f"The platform refused with HTTP {answer.status}.")
    return told


def _name_of(learner: base.Learner) -> str:
    if not learner.username:
        raise base.LmsRefused("The student has no LMS id: Open edX knows people by user name.")
    return learner.username


def _enrolment(one: Any, *, username: str = "") -> base.LmsEnrolment:
    if not isinstance(one, dict) or not isinstance(one.get("is_active"), bool):
        raise base.LmsUnavailable("The platform's answer about an enrolment cannot be read.")
    return base.LmsEnrolment(username=str(one.get("user") or username), email="", is_open=one["is_active"])
