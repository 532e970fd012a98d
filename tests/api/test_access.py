"""Is the course open, and why: the answer of a payment as programs see it."""

import datetime as dt

import pytest
from django.utils import translation

from access import by_hand, why
from common import clock
from students.models import Student
from students.timeline import Actor

pytestmark = pytest.mark.django_db


def test_closed_before_payment_open_after_it(crm, world):
    link = world.link(world.invoice(plan="three-parts"))
    path = f"/api/v1/access?student={link.student_id}&course={link.course_id}"
    before = crm.get(path).json()
    assert (before["state"], before["from"], before["until"], before["grounds"]) == ("none", None, None, [])
    assert before["why"] == "Not open: what opens it by its rule is not paid yet."

    payment = world.paid(link)

    after = crm.get(path).json()
    assert after["state"] == "open"
    assert after["modules"] == []
    assert [ground["kind"] for ground in after["grounds"]] == ["paid"]
    assert set(after["grounds"][0]) == {"kind", "rule", "module", "from", "until"}
    assert dt.datetime.fromisoformat(after["from"]) <= clock.now() < dt.datetime.fromisoformat(after["until"])
    assert "Open until" in after["why"]
    found = crm.get(f"/api/v1/payments?student={link.student_id}").json()["results"]
    assert [(row["id"], row["status"], row["captured"]) for row in found] == [
        (str(payment.pk), "verified", "30000")
    ]
    assert crm.get(f"/api/v1/payments/{payment.pk}").json() == found[0]
    kinds = [
        event["kind"] for event in crm.get(f"/api/v1/students/{link.student_id}/timeline").json()["results"]
    ]
    assert "payment_verified" in kinds
    assert "access_opened" in kinds


@pytest.mark.parametrize("language", ["hy", "ru", "en"])
def test_reason_is_told_in_the_language_asked_for(crm, school, language, django_user_model):
    crm.post("/api/v1/payment-requests", school.request())
    manager = django_user_model.objects.create_user("manager")
    by_hand.open_by_hand(
        student_id=Student.objects.get().pk,
        course_id=school.course.pk,
        until=clock.today(),
        reason="guest",
        actor=Actor.person(manager),
    )
    answer = crm.get("/api/v1/access?student=s-1&course=c-1", Accept_Language=language)
    assert answer.headers["Content-Language"] == language
    assert answer.json()["state"] == "open"
    with translation.override(language):
        told = why.explain(student_id=Student.objects.get().pk, course_id=school.course.pk)
    assert answer.json()["why"] == told.sentence


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 422), ("student=1", 422), ("student=no&course=c-1", 404), ("student=s-1&course=no", 404)],
)
def test_question_about_nobody_is_refused(crm, school, query, status):
    crm.post("/api/v1/payment-requests", school.request())
    assert crm.get(f"/api/v1/access?{query}").status_code == status


def test_timeline_tells_sentences_in_the_language_asked_for(crm, school):
    student = crm.post("/api/v1/payment-requests", school.request()).json()["student"]
    told = {
        language: crm.get(f"/api/v1/students/{student}/timeline", Accept_Language=language).json()["results"]
        for language in ("en", "ru")
    }
    assert told["en"][-1]["sentence"] == "Student registered"
    assert told["ru"][-1]["sentence"] != "Student registered"
    assert told["en"][-1]["actor"] == {"kind": "program", "name": "CRM"}
    assert told["en"][-1]["subject"] == {"kind": "students.student", "id": student}
    only = crm.get(f"/api/v1/students/{student}/timeline?kind=link_created").json()["results"]
    assert [event["kind"] for event in only] == ["link_created"]
