"""
Any other platform, over plain HTTP signed as Standard Webhooks; what the school writes on its side is in docs/lms.md.

| The platform | ours |
|---|---|
| 200 with `enrolment`, `is_open: true` | open |
| 200 with `enrolment`, `is_open: false` | suspended |
| 200 with `enrolment: null` | no such enrolment |
| 408, 425, 429, 5xx, no JSON, no answer | unavailable |
| any other status | refused |

A call carries an id of its own, also when it says the same again: an id that comes a second time is a copy that somebody
replays, and the platform refuses it.
"""

import datetime as dt
import time
import uuid
from collections.abc import Sequence
from typing import Any

from access.lms import base
from common import clock, http, webhook_signature


class SignedHttp:
    """One address of the platform and the secrets that both sides know."""

    def __init__(self, *, config: base.LmsConfig) -> None:
        self._config = config

    def enrol(self, *, learner: base.Learner, place: base.Place) -> None:
        self._write("enrol", learner, place, is_open=True)

    def suspend(self, *, learner: base.Learner, place: base.Place) -> None:
        self._write("suspend", learner, place, is_open=False)

    def resume(self, *, learner: base.Learner, place: base.Place) -> None:
        self._write("resume", learner, place, is_open=True)

    def fetch_enrolment(self, *, learner: base.Learner, course_id: str) -> base.LmsEnrolment | None:
        told = self._ask("fetch", {"learner": _learner(learner), "course": course_id})
        return _enrolment_or_none(told)

    def list_enrolments(self, *, course_id: str) -> Sequence[base.LmsEnrolment]:
        found: list[base.LmsEnrolment] = []
        cursor = ""
        while True:
            told = self._ask("list", {"course": course_id, "cursor": cursor})
            if not isinstance(told.get("enrolments"), list):
                raise base.LmsUnavailable("The platform's list of learners cannot be read.")
            found += [_enrolment(one) for one in told["enrolments"]]
            after = str(told.get("next") or "")
            if not after or after == cursor:
                return found
            cursor = after

    def _write(self, act: str, learner: base.Learner, place: base.Place, *, is_open: bool) -> None:
        told = self._ask(
            act,
            {
                "learner": _learner(learner),
                "course": place.course_id,
                "group": place.group_id,
                "opens_at": place.opens_at.isoformat() if place.opens_at else None,
                "closes_at": place.closes_at.isoformat() if place.closes_at else None,
                "reference": place.reference,
            },
        )
        held = _enrolment_or_none(told)
        if (held is not None and held.is_open) is not is_open:
            raise base.LmsUnavailable("The platform did not confirm what was asked.")

    def _ask(self, act: str, data: dict[str, Any]) -> dict[str, Any]:
        body = http.json_bytes(
            {"type": f"enrolment.{act}", "timestamp": clock.now().isoformat(), "data": data}
        )
        headers = webhook_signature.headers(
            secrets=webhook_signature.read_secrets(self._config.token),
            message_id=f"msg_{uuid.uuid4().hex}",
            timestamp=int(time.time()),
            body=body,
        )
        try:
            answer = http.post_json_bytes(url=self._config.base_url, body=body, headers=headers)
        except http.HttpFailure as failure:
            raise base.LmsUnavailable(f"No answer: {failure}.") from None
        told = base.read_json(answer)
        if answer.status != 200:
            raise base.LmsRefused(f"The platform refused {act} with HTTP {answer.status}{_reason(told)}.")
        if not isinstance(told, dict):
            raise base.LmsUnavailable("The platform's answer cannot be read.")
        return told


def _learner(learner: base.Learner) -> dict[str, str]:
    if not learner.username and not learner.email:
        raise base.LmsRefused("The student has neither an LMS id nor an e-mail address.")
    return {"username": learner.username, "email": learner.email, "full_name": learner.full_name}


def _enrolment_or_none(told: dict[str, Any]) -> base.LmsEnrolment | None:
    if "enrolment" not in told:
        raise base.LmsUnavailable("The platform's answer about an enrolment cannot be read.")
    return None if told["enrolment"] is None else _enrolment(told["enrolment"])


def _enrolment(one: Any) -> base.LmsEnrolment:
    if (
        not isinstance(one, dict)
        or not isinstance(one.get("username"), str)
        or not isinstance(one.get("is_open"), bool)
    ):
        raise base.LmsUnavailable("The platform's answer about an enrolment cannot be read.")
    return base.LmsEnrolment(
        username=one["username"],
        email=str(one.get("email") or ""),
        is_open=one["is_open"],
        tells_window="closes_at" in one,
        closes_at=_moment(one.get("closes_at")),
    )


def _moment(text: Any) -> dt.datetime | None:
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(str(text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise base.LmsUnavailable("A moment in the platform's answer cannot be read.")
    return moment


def _reason(told: Any) -> str:
    """Return the platform's own code of a refusal. It is shown to people, so no more than a code is taken over."""
    code = told.get("error") if isinstance(told, dict) else None
    return f": {code}" if isinstance(code, str) and code.isascii() and code.replace("_", "").isalnum() else ""
