"""Every refusal is a problem with a stable type and a sentence in the caller's language."""

import json

import pytest
from django.db import OperationalError
from rest_framework import exceptions

from common.errors import DomainError
from config.backoffice.api import problems
from config.backoffice.api.resources import students
from students import registration

pytestmark = pytest.mark.django_db


def assert_problem(answer, *, status, code):
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:mutq:problem:{code}"
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    return body


def test_unknown_address_is_a_problem(crm):
    for path in ("/api/v1/nothing", "/api/", "/api/v2/students", "/api/v1/students/1/nothing"):
        assert_problem(crm.get(path), status=404, code="not-found")
        assert_problem(crm.post(path, {}), status=404, code="not-found")


@pytest.mark.parametrize("id", ["0", "1", "abc", "-1", "9" * 19, "9" * 40, "１", "1.0", "%00"])
def test_unknown_id_is_a_problem(crm, id):
    assert_problem(crm.get(f"/api/v1/students/{id}"), status=404, code="not-found")


def test_slash_too_many_leads_on_with_method_and_body(crm):
    answer = crm.client.post("/api/v1/students/?x=1", data="{}", content_type="application/json")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/api/v1/students?x=1")
    assert crm.get("/api/schema").headers["Location"] == "/api/schema/"


def test_wrong_method_is_a_problem(crm):
    answer = crm.client.delete("/api/v1/students", headers={"Authorization": f"Bearer {crm.key}"})
    assert_problem(answer, status=405, code="method-not-allowed")
    assert answer.headers["Allow"] == "GET, POST, HEAD"


def test_unreadable_bodies_are_problems(crm):
    for text in ("{", "", '{"a": NaN}', "\xff", "[" * 100_000, '{"full_name": ' + "9" * 5000 + "}"):
        answer = crm.post("/api/v1/students", text)
        body = assert_problem(answer, status=answer.status_code, code=answer.json()["code"])
        assert body["code"] in {"malformed-json", "invalid-input"}


@pytest.mark.parametrize("body", [[], [1], "text", 1, None, True])
def test_body_that_is_no_object_is_a_field_problem(crm, body):
    problem = assert_problem(crm.post("/api/v1/students", json.dumps(body)), status=422, code="invalid-input")
    assert problem["errors"]


def test_body_too_large_is_refused_before_it_is_read(crm):
    answer = crm.post("/api/v1/students", json.dumps({"full_name": "x" * 1_000_001}))
    assert_problem(answer, status=413, code="body-too-large")


def test_form_body_is_refused(crm):
    answer = crm.client.post("/api/v1/students", {"a": 1}, headers={"Authorization": f"Bearer {crm.key}"})
    assert_problem(answer, status=415, code="unsupported-media-type")


def test_answer_in_another_form_is_refused(crm):
    assert_problem(crm.get("/api/v1/students", Accept="text/html"), status=406, code="not-acceptable")


def test_misspelt_fields_are_named(crm):
    answer = crm.post("/api/v1/students", {"full_name": "A", "emial": "a@b.am", "pho/ne~": "1"})
    body = assert_problem(answer, status=422, code="invalid-input")
    assert {(error["pointer"], error["code"]) for error in body["errors"]} == {
        ("#/emial", "unknown-field"),
        ("#/pho~1ne~0", "unknown-field"),
    }


def test_nested_errors_point_to_their_field(crm):
    answer = crm.post("/api/v1/courses", {"title": "A", "modules": [{"title": "B"}, {"titel": "C"}]})
    body = assert_problem(answer, status=422, code="invalid-input")
    assert [error["pointer"] for error in body["errors"]] == ["#/modules/1/titel"]


def test_rule_of_the_school_names_its_field(crm):
    body = crm.post("/api/v1/students", {"full_name": "A", "email": "nobody"}).json()
    assert body["code"] == "bad-student-data"
    assert body["errors"] == [
        {"pointer": "#/email", "detail": "This is not an e-mail address.", "code": "bad-student-data"}
    ]


@pytest.mark.parametrize("text", ["\x00", "\ud800"])
def test_letters_that_cannot_be_stored_are_refused(crm, text):
    answer = crm.post("/api/v1/students", json.dumps({"full_name": f"A{text}"}))
    assert_problem(answer, status=422, code="invalid-input")


def test_external_id_that_is_taken_is_a_conflict(crm):
    assert crm.post("/api/v1/students", {"full_name": "A", "lms_id": "7"}).status_code == 201
    assert_problem(
        crm.post("/api/v1/students", {"full_name": "B", "lms_id": "7"}), status=409, code="student-exists"
    )


def test_misspelt_parameter_is_refused(crm):
    body = assert_problem(crm.get("/api/v1/students?crmid=1"), status=422, code="invalid-input")
    assert [error["parameter"] for error in body["errors"]] == ["crmid"]


def test_parameter_given_twice_is_refused(crm):
    assert_problem(crm.get("/api/v1/students?crm_id=1&crm_id=2"), status=422, code="invalid-input")


def failing(monkeypatch, error):
    def fail(**_facts):
        raise error

    monkeypatch.setattr(registration, "register_student", fail)


def test_unexpected_error_is_a_problem_and_is_reported(crm, monkeypatch, caplog):
    failing(monkeypatch, RuntimeError("secret of the house"))
    crm.client.raise_request_exception = False
    answer = crm.post("/api/v1/students", {"full_name": "A"})
    body = assert_problem(answer, status=500, code="internal-error")
    assert "secret" not in json.dumps(body)
    assert "secret of the house" in caplog.text


def test_busy_database_asks_to_come_again(crm, monkeypatch):
    failing(monkeypatch, OperationalError("canceling statement due to lock timeout"))
    answer = crm.post("/api/v1/students", {"full_name": "A"})
    assert_problem(answer, status=503, code="busy")
    assert answer.headers["Retry-After"] == "2"


def test_throttled_request_says_when_to_come_again(crm, monkeypatch):
    def throttle(*_facts):
        raise exceptions.Throttled(wait=2.5)

    monkeypatch.setattr(students.Students, "check_throttles", throttle)
    answer = crm.get("/api/v1/students")
    assert_problem(answer, status=429, code="too-many-requests")
    assert answer.headers["Retry-After"] == "3"


def test_rule_without_a_field_has_no_errors_list_entries():
    problem = problems.problem_of(DomainError("No."))
    assert (problem.code, problem.status, problem.errors) == ("refused", 422, [])
