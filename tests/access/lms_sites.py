"""A learning platform of one test at the sandbox, and a student whose course in it was paid."""

import base64
import itertools
import os
from typing import Any, Self

from billing.models import Payment
from tests import processes
from tests.access import lms_jobs

KINDS = ["moodle", "openedx", "signed_http"]
SECRET = "whsec_" + base64.b64encode(b"a secret of these tests alone").decode()
_numbers = itertools.count(1)


class Site:
    """One site; `token` names it at the sandbox."""

    def __init__(self, sandbox: Any, *, kind: str) -> None:
        self.sandbox, self.kind = sandbox, kind
        self.token = f"site-{os.getpid()}-{next(_numbers)}"
        self.url = f"{sandbox.url}/lms"
        self.secret = self.token
        if kind == "signed_http":
            self.url, self.secret = f"{self.url}/signed/{self.token}", SECRET
        self.users("ani")

    def use(self, settings: Any) -> Self:
        """Let the school have this platform."""
        settings.LMS_KIND, settings.LMS_BASE_URL, settings.LMS_TOKEN = self.kind, self.url, self.secret
        return self

    def users(self, *names: str) -> None:
        """Forget everything and know these users alone."""
        fields = {"users": [{"username": name} for name in names], "secret": SECRET}
        self.sandbox.ask("PUT", f"lms/{self.token}", json=fields)

    def by_hand(self, username: str, *, is_active: bool, closes: int = 0) -> None:
        """Do in the platform's own pages what its staff do."""
        fields = {"username": username, "course": "77", "is_active": is_active, "closes": closes}
        self.sandbox.ask("POST", f"lms/{self.token}/enrolments", json=fields)

    @property
    def enrolments(self) -> list[dict[str, Any]]:
        return list(self.sandbox.ask("GET", f"lms/{self.token}")["enrolments"])

    def job(self, **facts: Any) -> processes.Job:
        arguments = {"kind": self.kind, "url": self.url, "token": self.secret}
        return processes.Job(act=lms_jobs.sweep, arguments=arguments, **facts)


def course_of(world: Any) -> Any:
    """Return a group whose course the platform has."""
    group = world.group()
    group.course.lms_id = "77"
    group.course.save()
    return group


def opened(world: Any, *, lms_id: str = "ani", group: Any = None) -> Any:
    """Return the paid link of a student whose course is open here."""
    student = world.student(lms_id=lms_id)
    link = world.link(world.invoice(student=student, group=group or course_of(world)))
    assert world.paid(link).state == Payment.State.VERIFIED
    return link
