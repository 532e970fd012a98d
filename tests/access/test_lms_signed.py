"""The signed door: only what carries our signature, is fresh and came for the first time is served."""

import base64
import itertools
import json
import os
import time

import httpx
import pytest

from access import checks
from access.lms import base, registry
from common import webhook_signature

_numbers = itertools.count(1)
OLD = "whsec_" + base64.b64encode(b"the secret that both sides had").decode()
NEW = "whsec_" + base64.b64encode(b"the secret that follows the old").decode()
ASKS = {
    "type": "enrolment.fetch",
    "timestamp": "2026-09-01T00:00:00+00:00",
    "data": {"learner": {"username": "ani"}, "course": "77"},
}


@pytest.fixture
def door(sandbox, settings):
    name = f"signed-{os.getpid()}-{next(_numbers)}"
    sandbox.ask("PUT", f"lms/{name}", json={"users": [{"username": "ani"}], "secret": OLD})
    settings.LMS_KIND, settings.LMS_TOKEN = "signed_http", OLD
    settings.LMS_BASE_URL = f"{sandbox.url}/lms/signed/{name}"
    return settings.LMS_BASE_URL


def signed(*, secret=OLD, at=None, body=None, message_id="msg_1"):
    body = body if body is not None else json.dumps(ASKS).encode()
    headers = webhook_signature.headers(
        secrets=webhook_signature.read_secrets(secret),
        message_id=message_id,
        timestamp=int(at if at is not None else time.time()),
        body=body,
    )
    return {"content": body, "headers": {**headers, "Content-Type": "application/json"}}


def told(answer):
    return answer.status_code, answer.json().get("error")


def test_the_signature_is_the_one_of_the_standard():
    """The example of the standard's own libraries, so that a school can take one of them."""
    headers = webhook_signature.headers(
        secrets=webhook_signature.read_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_right_signature_is_served_once(door):
    assert httpx.post(door, **signed()).status_code == 200
    assert told(httpx.post(door, **signed())) == (401, "replayed")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"secret": NEW}, "bad_signature"),
        ({"at": time.time() - 3600}, "too_old"),
        ({"at": time.time() + 3600}, "too_old"),
    ],
)
def test_a_wrong_key_or_time_is_refused(door, given, problem):
    assert told(httpx.post(door, **signed(**given))) == (401, problem)


def test_a_body_that_was_changed_on_the_way_is_refused(door):
    call = signed()
    call["content"] = call["content"].replace(b"fetch", b"enrol")
    assert told(httpx.post(door, **call)) == (401, "bad_signature")


def test_while_the_secret_changes_both_are_understood(door, settings):
    settings.LMS_TOKEN = f"{NEW} {OLD}"
    learner = base.Learner(username="ani")
    assert registry.adapter().fetch_enrolment(learner=learner, course_id="77") is None
    settings.LMS_TOKEN = NEW
    with pytest.raises(base.LmsRefused, match="bad_signature"):
        registry.adapter().fetch_enrolment(learner=learner, course_id="77")


def test_a_long_course_comes_page_after_page(door, sandbox):
    name = door.rpartition("/")[2]
    for number in range(101):
        hand = {"username": f"learner-{number}", "course": "77", "is_active": True}
        sandbox.ask("POST", f"lms/{name}/enrolments", json=hand)
    assert len(registry.adapter().list_enrolments(course_id="77")) == 101


@pytest.mark.parametrize("secret", ["plain", "whsec_AAAA", "whsec_bm8=!", "whsec_c2hvcnQ="])
def test_a_secret_that_cannot_sign_stops_the_start(settings, secret):
    settings.LMS_KIND, settings.LMS_BASE_URL, settings.LMS_TOKEN = (
        "signed_http",
        "https://lms.example",
        secret,
    )
    [problem] = checks.check_lms()
    assert problem.id == "access.E005"
    assert secret not in problem.msg
