"""What a CRM wants: student, group and plan in, payment address out."""

import threading

import httpx
import pytest
from django.db import connection

from billing import links
from billing.models import Invoice, PaymentLink
from courses.models import Enrollment
from students.models import Student, TimelineEvent
from students.timeline import SYSTEM
from tests.api.conftest import make_group

pytestmark = pytest.mark.django_db
PATH = "/api/v1/payment-requests"


def test_one_call_registers_enrolls_bills_and_answers_the_address(crm, school):
    answer = crm.post(PATH, school.request(crm_deal_id="deal-7"))
    body = answer.json()
    link = PaymentLink.objects.get()
    assert answer.status_code == 201
    assert {name: body[name] for name in ("id", "url", "status", "amount", "currency", "crm_deal_id")} == {
        "id": str(link.pk),
        "url": links.link_address(link),
        "status": "active",
        "amount": "25000",
        "currency": "AMD",
        "crm_deal_id": "deal-7",
    }
    assert (body["student"], body["course"]) == (str(link.student_id), str(school.course.pk))
    assert (body["group"], body["invoice"]) == (str(school.group.pk), str(link.invoice_id))
    assert body["period"] == {"from": link.period_from.isoformat(), "to": link.period_to.isoformat()}
    assert body["installment"] == 1
    assert [(part["number"], part["amount"], part["remaining"]) for part in body["installments"]] == [
        (1, "25000", "25000"),
        (2, "25000", "25000"),
        (3, "25000", "25000"),
    ]
    student = Student.objects.get()
    assert (student.crm_id, student.full_name, student.language) == ("s-1", "Անի Պետրոսյան", "hy")


def test_timeline_names_the_program(crm, school):
    crm.post(PATH, school.request())
    told = TimelineEvent.objects.order_by("id").values_list("kind", "actor_kind", "actor_name")
    assert list(told) == [
        (kind, "program", "CRM")
        for kind in ("student_registered", "enrolled", "invoice_issued", "link_created")
    ]


def test_same_request_finds_the_same_link(crm, school):
    first, second = crm.post(PATH, school.request()), crm.post(PATH, school.request())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    with_amount = crm.post(PATH, school.request(amount="25000.00", currency="AMD"))
    assert (with_amount.status_code, with_amount.json()) == (200, first.json())
    assert (Student.objects.count(), Enrollment.objects.count(), Invoice.objects.count()) == (1, 1, 1)


def test_group_is_found_by_its_external_id(crm, school):
    assert crm.post(PATH, school.request(group="g-1")).status_code == 201


def test_known_student_keeps_its_facts(crm, school):
    crm.post("/api/v1/students", {"full_name": "Անի", "crm_id": "s-1", "language": "ru"})
    student = {"external_id": "s-1", "full_name": "Somebody Else", "language": "en"}
    assert crm.post(PATH, school.request(student=student)).status_code == 201
    assert crm.post(PATH, school.request(student={"external_id": "s-1"})).status_code == 200
    assert Student.objects.values_list("full_name", "language").get() == ("Անի", "ru")


def test_enrollment_without_an_invoice_is_billed(crm, school):
    student = crm.post("/api/v1/students", {"full_name": "Անի", "crm_id": "s-1"}).json()
    enrollment = {"student": student["id"], "group": "g-1", "plan": "parts"}
    assert crm.post("/api/v1/enrollments", enrollment).status_code == 201
    assert crm.post(PATH, school.request()).status_code == 201
    assert Enrollment.objects.count() == 1


def test_later_installment_by_its_number(crm, school):
    body = crm.post(PATH, school.request(installment=2)).json()
    assert (body["installment"], body["amount"]) == (2, "25000")


def test_other_plan_is_refused(crm, school):
    crm.post(PATH, school.request())
    answer = crm.post(PATH, school.request(plan="loose"))
    assert (answer.status_code, answer.json()["code"]) == (409, "plan-differs")
    assert "parts" in answer.json()["detail"]


def test_active_link_of_another_amount_is_shown(crm, school):
    first = crm.post(PATH, school.request(plan="loose", amount="5000")).json()
    answer = crm.post(PATH, school.request(plan="loose", amount="6000"))
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "active-link-exists")
    assert (body["link"]["id"], body["link"]["url"], body["link"]["amount"]) == (
        first["id"],
        first["url"],
        "5000",
    )
    assert PaymentLink.objects.count() == 1


@pytest.mark.parametrize("amount", ["0", "-5", "0.5", "25000.001", "25001", "999999999999999"])
@pytest.mark.parametrize("plan", ["parts", "loose"])
def test_amount_that_nobody_can_owe_is_a_field_error_and_stores_nothing(crm, school, amount, plan):
    answer = crm.post(PATH, school.request(plan=plan, amount=amount))
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "amount-differs")
    assert body["errors"][0]["pointer"] == "#/amount"
    assert_nothing_stored()


def test_part_of_an_installment_only_where_the_plan_allows_it(crm, school):
    refused = crm.post(PATH, school.request(amount="1"))
    assert (refused.status_code, refused.json()["code"]) == (422, "amount-differs")
    assert crm.post(PATH, school.request(plan="loose", amount="1")).json()["amount"] == "1"


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expiry-in-past", "#/expires_at"),
        ({"currency": "USD"}, "link-refused", "#/currency"),
        ({"currency": "dram"}, "invalid-input", "#/currency"),
        ({"amount": "much"}, "invalid-input", "#/amount"),
        ({"amount": 25000.5}, "invalid-input", "#/amount"),
        ({"amount": True}, "invalid-input", "#/amount"),
        ({"group": "nowhere"}, "unknown-reference", "#/group"),
        ({"plan": "nothing"}, "unknown-plan", "#/plan"),
        ({"installment": 4}, "unknown-installment", "#/installment"),
        ({"installment": 0}, "invalid-input", "#/installment"),
        ({"student": {"external_id": "new"}}, "bad-student-data", "#/student/full_name"),
        (
            {"student": {"external_id": "n", "full_name": "A", "email": "x"}},
            "bad-student-data",
            "#/student/email",
        ),
        ({"student": {"external_id": "n", "fullname": "A"}}, "invalid-input", "#/student/fullname"),
        ({"student": {"full_name": "A"}}, "invalid-input", "#/student/external_id"),
        ({"expires": "2030-01-01T00:00:00Z"}, "invalid-input", "#/expires"),
    ],
)
def test_bad_input_is_a_field_error_and_stores_nothing(crm, school, changes, code, pointer):
    answer = crm.post(PATH, school.request(**changes))
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, code)
    assert body["errors"][0]["pointer"] == pointer
    assert_nothing_stored()


def test_full_group_stores_nothing(crm, school):
    school.group.capacity = 0
    school.group.save()
    answer = crm.post(PATH, school.request())
    assert (answer.status_code, answer.json()["code"]) == (422, "enrollment-refused")
    assert_nothing_stored()


def test_id_that_names_two_groups_is_refused(crm, school):
    school.group.crm_id = str(school.group.pk + 1)
    school.group.save()
    other = make_group(school.course, "Morning")
    assert str(other.pk) == school.group.crm_id
    answer = crm.post(PATH, school.request(group=str(other.pk)))
    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous-reference")


def test_schedule_of_which_nothing_is_open_has_nothing_due(crm, school):
    crm.post(PATH, school.request())
    for installment in Invoice.objects.get().installments.all():
        installment.cancel()
        installment.save()
    answer = crm.post(PATH, school.request())
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing-due")


def test_link_that_is_over_but_not_looked_up_is_not_handed_out(crm, school, shift_clock):
    crm.post(PATH, school.request())
    shift_clock(seconds=9 * 86_400)
    answer = crm.post(PATH, school.request())
    assert (answer.status_code, answer.json()["code"]) == (409, "link-expiring")
    assert answer.headers["Retry-After"] == "60"


def test_new_link_after_the_former_one_was_cancelled(crm, school):
    first = crm.post(PATH, school.request()).json()
    links.cancel_payment_link(link_id=int(first["id"]), reason="wrong day", actor=SYSTEM)
    second = crm.post(PATH, school.request())
    assert second.status_code == 201
    assert second.json()["id"] != first["id"]


def test_no_provider_is_asked(crm, school, monkeypatch):
    def refuse(*_facts, **_more):
        raise AssertionError("a provider was called")

    monkeypatch.setattr(httpx.Client, "send", refuse)
    assert crm.post(PATH, school.request()).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_make_one_student_and_one_link(crm, school):
    answers = []
    together = threading.Barrier(4)

    def ask():
        together.wait(20)
        answers.append(crm.post(PATH, school.request()))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["url"] for answer in answers}) == 1
    assert (Student.objects.count(), Enrollment.objects.count(), Invoice.objects.count()) == (1, 1, 1)


def assert_nothing_stored():
    for model in (Student, Enrollment, Invoice, PaymentLink, TimelineEvent):
        assert not model.objects.exists(), model
