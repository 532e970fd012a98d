"""What the program asks of a learning platform, in words of our own; no model and no request object crosses."""

import dataclasses
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, Protocol

from common import http


class LmsError(Exception):
    """The platform did not do what was asked. The text is for people who look after it and holds no secret."""


class LmsUnavailable(LmsError):  # noqa: N818 -- plain words for what went wrong
    """Ask again: no answer, an answer that cannot be read, or a failure on its side. It may have done what was asked."""


class LmsRefused(LmsError):  # noqa: N818
    """Do not ask again by yourself: it understood and said no. Somebody corrects a setting or a record first."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LmsConfig:
    """Where the platform is and how we come in."""

    base_url: str
    token: str = dataclasses.field(repr=False)
    role_id: int = 5
    creates_users: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """Whom the platform knows: by user name, or by e-mail where we know no user name."""

    username: str
    email: str = ""
    full_name: str = dataclasses.field(default="", repr=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a learner belongs and when: course and group in the platform's ids, the window in UTC (until is open if None)."""

    course_id: str
    group_id: str = ""
    opens_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None
    reference: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LmsEnrolment:
    """What the platform holds of one learner in one course."""

    username: str
    email: str
    is_open: bool
    tells_window: bool = False  # whether closes_at means anything: not every platform shows its windows
    closes_at: dt.datetime | None = None


class Lms(Protocol):
    """
    A learning platform. Every method raises LmsUnavailable or LmsRefused; each may be repeated, a second time changes nothing.

    Closing suspends and never unenrols, so that grades and progress stay.
    """

    def enrol(self, *, learner: Learner, place: Place) -> None:
        """Let the learner in for the window; a learner who is in already gets the new window."""

    def suspend(self, *, learner: Learner, place: Place) -> None:
        """Close the course to the learner; nothing to do for one who is not there."""

    def resume(self, *, learner: Learner, place: Place) -> None:
        """Open again what was suspended."""

    def fetch_enrolment(self, *, learner: Learner, course_id: str) -> LmsEnrolment | None:
        """Return what the platform holds, None if it has no such enrolment."""

    def list_enrolments(self, *, course_id: str) -> Sequence[LmsEnrolment]:
        """Return every enrolment of a course, suspended ones too. What is held in memory is one course."""


def read_json(answer: http.Answer) -> Any:
    """Return the JSON of an answer. Raises LmsUnavailable where it is none, and for failures on the platform's side."""
    if answer.status >= 500 or answer.status in (408, 425, 429):
        raise LmsUnavailable(f"The platform answered with HTTP {answer.status}.")
    try:
        return json.loads(answer.body)
    except ValueError:
        pass
    raise LmsUnavailable("The platform's answer cannot be read.")
