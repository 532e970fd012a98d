"""Each record can be made step by step and read back."""

import pytest

from billing.models import PaymentLink
from courses.models import LegalEntity

pytestmark = pytest.mark.django_db


def made(program, name, body):
    answer = program.post(f"/api/v1/{name}", body)
    assert answer.status_code == 201, answer.json()
    assert program.get(f"/api/v1/{name}/{answer.json()['id']}").json() == answer.json()
    return answer.json()


def test_whole_way_step_by_step(crm, school):
    student = made(crm, "students", {"full_name": "Ani", "phone": "091 00 00 00", "birth_date": "2010-05-01"})
    assert student["phone"] == "+37491000000"
    course = made(crm, "courses", {"title": "Data", "modules": [{"title": "One"}, {"title": "Two"}]})
    assert [(module["number"], module["title"]) for module in course["modules"]] == [(1, "One"), (2, "Two")]
    group = made(
        crm,
        "groups",
        {
            "course": course["id"],
            "name": "Spring",
            "starts_on": "2026-03-01",
            "ends_on": "2026-05-31",
            "capacity": 5,
            "price": 90000,
        },
    )
    assert (group["price"], group["currency"], group["legal_entity"]) == ("90000", "AMD", "school")
    enrollment = made(
        crm,
        "enrollments",
        {
            "student": student["id"],
            "group": group["id"],
            "plan": "parts",
            "period": {"from": "2026-03-01", "to": "2026-04-30"},
            "crm_id": "e-1",
        },
    )
    assert (enrollment["status"], enrollment["course"], enrollment["plan"]) == (
        "active",
        course["id"],
        "parts",
    )
    assert enrollment["period"] == {"from": "2026-03-01", "to": "2026-04-30"}
    invoice = made(crm, "invoices", {"enrollment": "e-1"})
    assert (invoice["full"], invoice["paid"], invoice["remaining"]) == ("90000", "0", "90000")
    assert [part["amount"] for part in invoice["installments"]] == ["30000"] * 3
    link = made(crm, "payment-links", {"invoice": invoice["id"], "installments": [1, 2], "crm_deal_id": "d"})
    assert link["amount"] == "60000"
    assert link["lines"] == [
        {"installment": 1, "amount": "30000"},
        {"installment": 2, "amount": "30000"},
    ]


def test_no_cache_keeps_an_answer(crm, school):
    for path in ("/api/v1/students", "/api/v1/students/0"):
        assert crm.get(path).headers["Cache-Control"] == "no-store"


def billed(crm, school):
    return crm.post("/api/v1/payment-requests", school.request()).json()


def test_second_link_for_an_installment_is_refused_with_the_first(crm, school):
    first = billed(crm, school)
    answer = crm.post("/api/v1/payment-links", {"invoice": first["invoice"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "active-link-exists")
    assert answer.json()["link"]["url"] == first["url"]
    assert PaymentLink.objects.count() == 1


def test_second_invoice_and_second_enrollment_are_refused(crm, school):
    first = billed(crm, school)
    enrollment = crm.get("/api/v1/enrollments").json()["results"][0]["id"]
    again = crm.post("/api/v1/invoices", {"enrollment": enrollment})
    assert (again.status_code, again.json()["code"]) == (409, "already-invoiced")
    body = {"student": first["student"], "group": first["group"], "plan": "parts"}
    again = crm.post("/api/v1/enrollments", body)
    assert (again.status_code, again.json()["code"]) == (409, "already-enrolled")


def test_external_id_of_an_enrollment_that_is_taken_is_a_conflict(crm, school):
    for number, status in ((1, 201), (2, 409)):
        crm.post("/api/v1/students", {"full_name": "A", "crm_id": f"s-{number}"})
        body = {"student": f"s-{number}", "group": "g-1", "plan": "parts", "crm_id": "taken"}
        answer = crm.post("/api/v1/enrollments", body)
        assert answer.status_code == status
    assert answer.json()["code"] == "already-exists"


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"price": "0"}, "bad-amount", "#/price"),
        ({"price": "10.5"}, "bad-amount", "#/price"),
        ({"price": "-1"}, "bad-amount", "#/price"),
        ({"ends_on": "2025-01-01"}, "catalogue-refused", "#/ends_on"),
        ({"capacity": 0}, "invalid-input", "#/capacity"),
        ({"course": "none"}, "unknown-reference", "#/course"),
        ({"legal_entity": "none"}, "catalogue-refused", "#/legal_entity"),
        ({"starts_on": "soon"}, "invalid-input", "#/starts_on"),
    ],
)
def test_group_that_cannot_run_is_refused(crm, school, changes, code, pointer):
    body = {"course": "c-1", "name": "X", "starts_on": "2026-01-10", "ends_on": "2026-02-10", "capacity": 5}
    answer = crm.post("/api/v1/groups", {**body, "price": "1000", **changes})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_school_with_two_sellers_asks_which(crm, school):
    LegalEntity.objects.create(code="second", name="Second")
    body = {"course": "c-1", "name": "X", "starts_on": "2026-01-10", "ends_on": "2026-02-10", "capacity": 5}
    body["price"] = "1000"
    refused = crm.post("/api/v1/groups", body)
    assert refused.json()["errors"][0]["pointer"] == "#/legal_entity"
    assert crm.post("/api/v1/groups", {**body, "legal_entity": "second"}).status_code == 201


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"amount": "0"}, "bad-amount", "#/amount"),
        ({"amount": "25001"}, "amount-differs", "#/amount"),
        ({"amount": "1"}, "amount-differs", "#/amount"),
        ({"installments": [9]}, "unknown-reference", "#/installments"),
        ({"installments": []}, "invalid-input", "#/installments"),
        ({"currency": "EUR"}, "link-refused", "#/currency"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expiry-in-past", "#/expires_at"),
        ({"invoice": "77777"}, "unknown-reference", "#/invoice"),
    ],
)
def test_link_that_cannot_be_is_refused(crm, school, changes, code, pointer):
    body = {"invoice": billed(crm, school)["invoice"], "installments": [2], **changes}
    answer = crm.post("/api/v1/payment-links", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert PaymentLink.objects.count() == 1
