"""One suite for every learning platform: over real HTTP against the sandbox that answers as it does."""

import base64
import dataclasses
import datetime as dt
import itertools
import os
from typing import Any

import pytest

from access.lms import base, registry
from tests.sandbox_server import SandboxServer

_numbers = itertools.count(1)
COURSE = "77"
OPENS = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


@dataclasses.dataclass
class Site:
    sandbox: SandboxServer
    name: str
    lms: base.Lms
    kind: str

    def held(self):
        return self.sandbox.ask("GET", f"lms/{self.name}")

    def fault(self, kind, **facts):
        self.sandbox.fault(kind, login=self.name, **facts)

    @property
    def enrolment(self):
        (one,) = self.held()["enrolments"]
        return one


SECRET = "whsec_" + base64.b64encode(b"a secret of the contract test").decode()


@pytest.fixture(params=["moodle", "openedx", "signed_http"])
def site(request, sandbox, settings):
    name = f"lms-{os.getpid()}-{next(_numbers)}"
    users = [{"username": "ani", "email": "ani@example.am"}]
    sandbox.ask("PUT", f"lms/{name}", json={"users": users, "secret": SECRET})
    settings.LMS_KIND, settings.LMS_TOKEN = request.param, name
    settings.LMS_BASE_URL = f"{sandbox.url}/lms"
    if request.param == "signed_http":
        settings.LMS_TOKEN, settings.LMS_BASE_URL = SECRET, f"{sandbox.url}/lms/signed/{name}"
    return Site(sandbox, name, registry.adapter(), request.param)


ANI = base.Learner(username="ani", email="ani@example.am", full_name="Ani Sargsyan")
PLACE = base.Place(course_id=COURSE, opens_at=OPENS, closes_at=OPENS + dt.timedelta(days=30), reference="1")
CHANGE = {"moodle": "enrol_manual_enrol_users", "openedx": "enrollment", "signed_http": "enrol"}


def test_enrolling_twice_is_enrolling_once(site):
    site.lms.enrol(learner=ANI, place=PLACE)
    site.lms.enrol(learner=ANI, place=PLACE)
    assert site.enrolment["changes"] == 1
    assert site.lms.fetch_enrolment(learner=ANI, course_id=COURSE).is_open


def test_suspending_keeps_the_enrolment_and_resuming_opens_it(site):
    site.lms.enrol(learner=ANI, place=PLACE)
    site.lms.suspend(learner=ANI, place=PLACE)
    assert site.lms.fetch_enrolment(learner=ANI, course_id=COURSE).is_open is False
    assert [one.is_open for one in site.lms.list_enrolments(course_id=COURSE)] == [False]
    site.lms.resume(learner=ANI, place=PLACE)
    assert site.lms.fetch_enrolment(learner=ANI, course_id=COURSE).is_open is True


def test_suspending_who_is_not_there_makes_no_enrolment(site):
    site.lms.suspend(learner=ANI, place=PLACE)
    assert site.held()["enrolments"] == []
    assert site.lms.fetch_enrolment(learner=ANI, course_id=COURSE) is None


def test_a_missing_user_is_refused(site):
    with pytest.raises(base.LmsRefused, match=r"no.such.user"):
        site.lms.enrol(learner=base.Learner(username="nobody"), place=PLACE)


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("fault500", {}),
        ("http-status", {"status": 503}),
        ("drop-before", {}),
        ("drop-after", {}),
        ("malformed-json", {}),
        ("cut-body", {}),
    ],
)
def test_what_is_not_known_is_asked_again(site, kind, facts):
    site.fault(kind, operation=CHANGE[site.kind], **facts)
    with pytest.raises(base.LmsUnavailable):
        site.lms.enrol(learner=ANI, place=PLACE)
    site.lms.enrol(learner=ANI, place=PLACE)
    assert site.enrolment["changes"] == 1


def test_an_answer_lost_after_it_was_done_changes_nothing_more(site):
    site.fault("drop-after", operation=CHANGE[site.kind])
    with pytest.raises(base.LmsUnavailable):
        site.lms.enrol(learner=ANI, place=PLACE)
    assert site.enrolment["is_active"]
    site.lms.enrol(learner=ANI, place=PLACE)
    assert site.enrolment["changes"] == 1


def test_a_wrong_token_is_refused(site):
    site.fault("wrong-password")
    with pytest.raises(base.LmsRefused):
        site.lms.enrol(learner=ANI, place=PLACE)


def test_each_platform_gets_what_it_can_hold_of_the_window(site):
    if site.kind == "moodle":
        site.lms.enrol(learner=ANI, place=dataclasses.replace(PLACE, group_id="9"))
        site.lms.suspend(learner=ANI, place=PLACE)
        held = site.enrolment
        assert (held["opens"], held["closes"]) == (OPENS.timestamp(), PLACE.closes_at.timestamp())
        assert held["role"] == "5"
        assert [one["group_id"] for one in site.held()["members"]] == ["9"]
    elif site.kind == "signed_http":
        site.lms.enrol(learner=ANI, place=dataclasses.replace(PLACE, group_id="9"))
        held = site.enrolment
        assert (held["opens"], held["closes"]) == (OPENS.timestamp(), PLACE.closes_at.timestamp())
        [listed] = site.lms.list_enrolments(course_id=COURSE)
        assert (listed.tells_window, listed.closes_at) == (True, PLACE.closes_at)
        assert [one["group_id"] for one in site.held()["members"]] == ["9"]
    else:  # Open edX has no window; it closes in the mode it has
        site.sandbox.ask("GET", f"lms/{site.name}")
        site.lms.enrol(learner=ANI, place=PLACE)
        assert site.enrolment["mode"] == "audit"


def test_already_enrolled_is_success(site):
    if site.kind == "openedx":
        site.fault("http-status", operation="enrollment", status=409, done=True)
    site.lms.enrol(learner=ANI, place=PLACE)
    assert site.lms.fetch_enrolment(learner=ANI, course_id=COURSE).is_open


def test_a_user_is_created_only_where_that_is_switched_on(sandbox, site, settings):
    if site.kind != "moodle":
        with pytest.raises(base.LmsRefused):
            site.lms.enrol(learner=base.Learner(username="", email="new@example.am"), place=PLACE)
        return
    new = base.Learner(username="", email="new@example.am", full_name="New One")
    with pytest.raises(base.LmsRefused):
        site.lms.enrol(learner=new, place=PLACE)
    settings.LMS_CREATES_USERS = True
    registry.adapter().enrol(learner=new, place=PLACE)
    registry.adapter().enrol(learner=new, place=PLACE)
    assert site.enrolment["username"] == "new@example.am"


@pytest.mark.parametrize("site", ["moodle"], indirect=True)
def test_two_processes_may_find_no_user_at_the_same_moment(site, settings, monkeypatch):
    settings.LMS_CREATES_USERS = True
    new = base.Learner(username="", email="new@example.am", full_name="New One")
    lms: Any = registry.adapter()
    find = lms._find_user

    def find_none_and_let_the_other_create(learner):
        monkeypatch.setattr(lms, "_find_user", find)
        registry.adapter().enrol(learner=learner, place=PLACE)

    monkeypatch.setattr(lms, "_find_user", find_none_and_let_the_other_create)
    lms.enrol(learner=new, place=PLACE)
    assert site.enrolment["changes"] == 1
