"""Each endpoint asks for the least right that serves it."""

import pytest

from tests.api.conftest import program_with

pytestmark = pytest.mark.django_db

READS = {
    "/api/v1/students": "students.view_student",
    "/api/v1/courses": "courses.view_course",
    "/api/v1/groups": "courses.view_group",
    "/api/v1/enrollments": "courses.view_enrollment",
    "/api/v1/invoices": "billing.view_invoice",
    "/api/v1/payment-links": "billing.view_paymentlink",
    "/api/v1/payments": "billing.view_payment",
}
WRITES = {
    "/api/v1/students": ["students.add_student"],
    "/api/v1/courses": ["courses.add_course"],
    "/api/v1/groups": ["courses.add_group"],
    "/api/v1/enrollments": ["courses.add_enrollment"],
    "/api/v1/invoices": ["billing.add_invoice"],
    "/api/v1/payment-links": ["billing.add_paymentlink"],
    "/api/v1/payment-requests": [
        "billing.add_invoice",
        "billing.add_paymentlink",
        "courses.add_enrollment",
        "students.add_student",
    ],
}


@pytest.mark.parametrize(("path", "right"), READS.items())
def test_reading_needs_its_own_right_and_no_other(path, right):
    assert program_with(right).get(path).status_code == 200
    refused = program_with(*sorted(set(READS.values()) - {right})).get(path)
    assert refused.status_code == 403
    assert right in refused.json()["detail"]


@pytest.mark.parametrize(("path", "rights"), WRITES.items())
def test_writing_needs_every_right_of_what_it_may_do(path, rights):
    assert program_with(*rights).post(path, {}).status_code == 422
    for lacking in rights:
        others = [right for right in rights if right != lacking]
        refused = program_with(*READS.values(), *others).post(path, {})
        assert refused.status_code == 403
        assert refused.json()["code"] == "permission-denied"


def test_roles_that_change_no_money_make_no_request(support, accountant, school):
    for program in (support, accountant):
        assert program.post("/api/v1/payment-requests", school.request()).status_code == 403


def test_timeline_and_access_have_rights_of_their_own(school):
    onlooker = program_with("students.view_student")
    assert onlooker.get("/api/v1/students/1/timeline").status_code == 403
    assert onlooker.get("/api/v1/access?student=1&course=1").status_code == 403
