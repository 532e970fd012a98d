"""Lists: found by external ids, walked by cursor, at the same cost however long."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from students import registration
from students.timeline import SYSTEM
from tests.api.conftest import make_group

pytestmark = pytest.mark.django_db

LISTS = ["students", "courses", "groups", "enrollments", "invoices", "payment-links", "payments"]


def statements(program, path):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = program.get(path)
    assert answer.status_code == 200
    return len(captured), answer.json()["results"]


def fill(crm, school, numbers):
    for number in numbers:
        make_group(school.course, f"Group {number}", crm_id=f"g-{number}")
        student = {"external_id": f"s-{number}", "full_name": f"Student {number}"}
        answer = crm.post(
            "/api/v1/payment-requests", {"student": student, "group": f"g-{number}", "plan": "parts"}
        )
        assert answer.status_code == 201


@pytest.mark.parametrize("name", LISTS[:-1])
def test_list_costs_the_same_however_long(crm, school, name):
    fill(crm, school, [10])
    crm.get(f"/api/v1/{name}")
    before, few = statements(crm, f"/api/v1/{name}")
    fill(crm, school, range(11, 16))
    after, more = statements(crm, f"/api/v1/{name}")
    assert len(more) > len(few) or name == "courses"
    assert after == before <= 6


def test_list_of_payments_costs_the_same_however_long(crm, world):
    world.paid()
    crm.get("/api/v1/payments")
    before, few = statements(crm, "/api/v1/payments")
    world.attempt(account="arca")
    after, more = statements(crm, "/api/v1/payments")
    assert (len(few), len(more)) == (1, 2)
    assert after == before == 3


def test_timeline_costs_the_same_however_long(crm, school):
    fill(crm, school, [10])
    student = crm.get("/api/v1/students?crm_id=s-10").json()["results"][0]["id"]
    path = f"/api/v1/students/{student}/timeline"
    crm.get(path)
    before, few = statements(crm, path)
    for name in "abc":
        registration.change_student(student_id=int(student), full_name=name, actor=SYSTEM)
    after, more = statements(crm, path)
    assert (len(few), len(more)) == (4, 7)
    assert after == before == 4


def test_cursor_walks_every_row_once_while_new_ones_come(crm):
    for number in range(7):
        crm.post("/api/v1/students", {"full_name": f"Student {number}"})
    seen, path = [], "/api/v1/students?limit=3"
    while path:
        page = crm.get(path).json()
        seen += [row["full_name"] for row in page["results"]]
        crm.post("/api/v1/students", {"full_name": "newcomer"})
        path = page["next"]
    assert seen == [f"Student {number}" for number in range(6, -1, -1)]


def test_timeline_is_walked_newest_first(crm):
    student = crm.post("/api/v1/students", {"full_name": "Ani"}).json()["id"]
    for number in range(4):
        registration.change_student(student_id=int(student), full_name=f"Ani {number}", actor=SYSTEM)
    seen, path = [], f"/api/v1/students/{student}/timeline?limit=2"
    while path:
        page = crm.get(path).json()
        seen += page["results"]
        path = page["next"]
    assert [event["kind"] for event in seen] == ["student_changed"] * 4 + ["student_registered"]
    moments = [event["at"] for event in seen]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        "e30",
        "WzFd",
        "bnVsbA",
        "WyIxIiwyXQ",
        "WzEsIjIwMjYtMDEtMDEiXQ",
        "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMCwgIiJd",
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/students", "/api/v1/students/1/timeline"])
def test_cursor_of_somebody_elses_making_is_refused(crm, path, cursor):
    crm.post("/api/v1/students", {"full_name": "Ani"})
    student = crm.get("/api/v1/students").json()["results"][0]["id"]
    answer = crm.get(path.replace("/1/", f"/{student}/") + f"?cursor={cursor}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "cursor")


@pytest.mark.parametrize("limit", ["0", "201", "many", "-1"])
def test_limit_out_of_bounds_is_refused(crm, limit):
    assert crm.get(f"/api/v1/students?limit={limit}").status_code == 422


@pytest.mark.parametrize("name", ["students", "courses", "groups"])
def test_external_ids_are_given_and_looked_up(crm, school, name):
    bodies: dict[str, dict[str, object]] = {
        "students": {"full_name": "Ani"},
        "courses": {"title": "Data", "modules": [{"title": "One"}]},
        "groups": {
            "course": "c-1",
            "name": "New",
            "starts_on": "2026-01-10",
            "ends_on": "2026-03-10",
            "capacity": 5,
            "price": "60000.00",
        },
    }
    made = crm.post(f"/api/v1/{name}", {**bodies[name], "crm_id": "x-7", "lms_id": "y-7"})
    assert made.status_code == 201
    for query in ("crm_id=x-7", "lms_id=y-7", "crm_id=x-7&lms_id=y-7"):
        found = crm.get(f"/api/v1/{name}?{query}").json()
        assert (found["results"], found["next"]) == ([made.json()], None)
    assert crm.get(f"/api/v1/{name}?crm_id=other").json()["results"] == []
    assert crm.get(f"/api/v1/{name}/{made.json()['id']}").json() == made.json()
    again = crm.post(f"/api/v1/{name}", {**bodies[name], "crm_id": "x-7"})
    assert again.status_code == 409


def test_filters_by_record(crm, school):
    fill(crm, school, [10, 11])
    students = {row["crm_id"]: row["id"] for row in crm.get("/api/v1/students").json()["results"]}
    for name in ("enrollments", "invoices", "payment-links"):
        for reference in (students["s-10"], "s-10"):
            rows = crm.get(f"/api/v1/{name}?student={reference}").json()["results"]
            assert [row["student"] for row in rows] == [students["s-10"]]
        assert crm.get(f"/api/v1/{name}?student=nobody").json()["results"] == []
    assert len(crm.get("/api/v1/groups?course=c-1").json()["results"]) == 3
    assert len(crm.get("/api/v1/enrollments?status=active").json()["results"]) == 2
    assert len(crm.get("/api/v1/payment-links?status=paid").json()["results"]) == 0
    assert crm.get("/api/v1/payment-links?status=lost").status_code == 422
