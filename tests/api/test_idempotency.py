"""A request that is sent again is answered again, not done again."""

import threading
import time

import pytest
from django.db import connection

from common import clock
from common.models import IdempotencyRecord
from config.backoffice.api import idempotency
from students import registration
from students.models import Student
from tests.api.conftest import program_with

pytestmark = pytest.mark.django_db
BODY = {"full_name": "Ani", "crm_id": "1"}


def send(program, body=BODY, key="k-1", path="/api/v1/students"):
    return program.post(path, body, Idempotency_Key=key)


def test_same_request_gets_the_kept_answer(crm):
    first, second = send(crm), send(crm)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Student.objects.count() == 1


def test_order_of_fields_and_white_space_do_not_matter(crm):
    send(crm)
    again = crm.client.post(
        "/api/v1/students",
        data=b'{ "crm_id":"1",\n "full_name":"Ani"}',
        content_type="application/json",
        headers={"Authorization": f"Bearer {crm.key}", "Idempotency-Key": "k-1"},
    )
    assert again.headers["Idempotency-Replayed"] == "true"


def test_key_of_another_body_or_address_is_refused(crm):
    send(crm)
    for answer in (send(crm, {**BODY, "full_name": "Eva"}), send(crm, BODY, path="/api/v1/courses")):
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency-key-reused"
    assert Student.objects.count() == 1


def test_keys_of_two_programs_do_not_meet(crm):
    other = program_with("students.add_student")
    assert send(crm).status_code == 201
    assert send(other, {"full_name": "Eva"}).status_code == 201


def test_without_a_key_each_request_is_done(crm):
    for _ in range(2):
        assert crm.post("/api/v1/students", {"full_name": "Ani"}).status_code == 201
    assert not IdempotencyRecord.objects.exists()


def test_refusals_leave_the_key_free(crm):
    assert send(crm, {"full_name": ""}).status_code == 422
    assert send(crm, {"full_name": "Ani", "email": "nobody"}).status_code == 422
    assert not IdempotencyRecord.objects.exists()
    assert send(crm).status_code == 201


def test_unexpected_error_leaves_the_key_free_and_nothing_behind(crm, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "_keep", lambda *_facts: 1 / 0)
        crm.client.raise_request_exception = False
        assert send(crm).status_code == 500
    assert not Student.objects.exists()
    assert send(crm).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "հայ"])
def test_unusable_keys_are_refused(crm, key):
    answer = crm.client.post(
        "/api/v1/students",
        data=BODY,
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {crm.key}",
        HTTP_IDEMPOTENCY_KEY=key,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")


def test_claim_of_a_running_request_is_respected_until_its_lease_is_over(crm, shift_clock):
    send(crm)
    now = clock.now()
    IdempotencyRecord.objects.update(
        answered_at=None, status=None, body=None, claimed_at=now, lease_until=now + idempotency.LEASE
    )
    refused = send(crm)
    assert (refused.status_code, refused.json()["code"]) == (409, "request-in-progress")
    assert refused.headers["Retry-After"] == "2"
    shift_clock(seconds=61)
    assert send(crm).json()["code"] == "student-exists"  # the work is done anew, and sees what is there


def test_slow_request_whose_claim_was_taken_over_does_nothing(crm, monkeypatch):
    claim = idempotency._claim

    def overtaken(**facts):
        record = claim(**facts)
        IdempotencyRecord.objects.filter(pk=record.pk).update(lease_until=clock.now() + 2 * idempotency.LEASE)
        return record

    monkeypatch.setattr(idempotency, "_claim", overtaken)
    assert send(crm).json()["code"] == "request-in-progress"
    assert not Student.objects.exists()
    assert IdempotencyRecord.objects.exists()  # it belongs to the other now


def test_answers_are_kept_thirty_days(crm, shift_clock):
    send(crm)
    shift_clock(seconds=29 * 86_400)
    assert idempotency.purge() == 0
    assert send(crm).headers["Idempotency-Replayed"] == "true"
    shift_clock(seconds=30 * 86_400 + 60)
    assert idempotency.purge() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_make_one_student(crm, monkeypatch):
    at_work, may_go_on = threading.Event(), threading.Event()
    register = registration.register_student
    answers = {}

    def slow(**facts):
        at_work.set()
        assert may_go_on.wait(20)
        return register(**facts)

    def first():
        answers["first"] = send(crm)
        connection.close()

    monkeypatch.setattr(registration, "register_student", slow)
    thread = threading.Thread(target=first)
    thread.start()
    assert at_work.wait(20)
    began = time.monotonic()
    during = send(crm)
    assert time.monotonic() - began < 3  # refused at once, not after waiting for the first
    may_go_on.set()
    thread.join(20)
    assert (during.status_code, during.json()["code"]) == (409, "request-in-progress")
    assert answers["first"].status_code == 201
    after = send(crm)
    assert after.headers["Idempotency-Replayed"] == "true"
    assert after.json() == answers["first"].json()
    assert Student.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_living_worker_cannot_be_overtaken_however_slow(crm, monkeypatch, shift_clock):
    at_work, may_go_on = threading.Event(), threading.Event()
    register = registration.register_student

    def slow(**facts):
        at_work.set()
        assert may_go_on.wait(20)
        return register(**facts)

    def first():
        send(crm)
        connection.close()

    monkeypatch.setattr(registration, "register_student", slow)
    thread = threading.Thread(target=first)
    thread.start()
    assert at_work.wait(20)
    shift_clock(seconds=120)  # the lease is long over, the worker is not
    during = send(crm)
    may_go_on.set()
    thread.join(20)
    assert during.json()["code"] == "request-in-progress"
    assert Student.objects.count() == 1
