"""Personal data taken away as a file, and erased: who may, what is in it, what is left afterwards."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.urls import reverse

from billing import balances, check_ledger, wishes
from billing.models import Payment, PaymentLink
from refunds import erasing
from students import erasure, notes, timeline
from students.models import CrmNote, OperatorTask, Payer, Student, StudentEntry, TimelineEvent
from tests.backoffice.people import page_of, person
from tests.my_page.inside import browser, come_in, link_of, read

NAME = "Անահիտ Մկրտչյան"


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def student(world):
    return world.student(full_name=NAME, phone="+37491000001", crm_id="crm-77")


def take(client, student):
    return client.post(reverse("student-take-data", args=[student.pk]))


def erase(client, student, reason="asked for in writing", **data):
    return client.post(reverse("student-erase", args=[student.pk]), {"reason": reason, "sure": "on", **data})


def test_the_file_holds_everything_of_the_student_and_nothing_of_another(world, student):
    world.paid(world.link(world.invoice(student=student)))
    notes.add_note(student_id=student.pk, text="calls in the evening", actor=timeline.SYSTEM)
    other = world.paid(world.link(world.invoice()))
    answer = come_in(student).post(reverse("my-data"))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="student-{student.pk}.json"'
    assert "no-store" in answer.headers["Cache-Control"]
    told = json.loads(answer.content)
    assert told["student"]["full_name"] == NAME
    assert told["notes"][0]["text"] == "calls in the evening"
    assert [row["captured_minor"] for row in told["payments"]] == [9_000_000]
    for part in (
        "enrollments",
        "invoices",
        "installments",
        "allocations",
        "access",
        "payment_links",
        "history",
    ):
        assert len(told[part]) >= 1, part
    text = answer.content.decode()
    link = PaymentLink.objects.get(student=student)
    for secret in (
        other.student.full_name,
        str(other.order_number),
        other.link.invoice.number,
        link.token_secret,
    ):
        assert secret not in text
    assert TimelineEvent.objects.get(kind="data_exported").actor_kind == "student"


def test_outside_there_is_no_file(student):
    assert browser().post(reverse("my-data")).status_code == 303
    assert not TimelineEvent.objects.filter(kind="data_exported").exists()


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("support", 403), ("accountant", 403)])
def test_a_manager_alone_takes_the_file_and_opens_the_erasure(student, role, status):
    client = person(role=role)
    assert take(client, student).status_code == status
    assert client.get(reverse("student-erase", args=[student.pk])).status_code == status
    assert (reverse("student-erase", args=[student.pk]) in client.get(page_of(student)).content.decode()) == (
        status == 200
    )
    assert TimelineEvent.objects.filter(kind="data_exported").exists() == (status == 200)


def test_erasure_blanks_the_person_and_keeps_the_money(world, student, shift_clock):
    Payer.objects.create(student=student, full_name="Գոհար", email="g@example.am")
    invoice = world.invoice(student=student)
    payment = world.paid(world.link(invoice))
    notes.add_note(student_id=student.pk, text="her mother calls", actor=timeline.SYSTEM)
    shift_clock(seconds=120 * 86_400)
    client, link = come_in(student), link_of(student)
    manager = person(role="manager")
    before = balances.invoice_balance(invoice_id=invoice.pk)
    assert erase(manager, student).status_code == 302
    student.refresh_from_db()
    assert (student.full_name, student.email, student.phone, student.crm_id) == ("", "", "", None)
    assert student.erased_at
    assert Payer.objects.get().full_name == CrmNote.objects.get().text == ""
    assert balances.invoice_balance(invoice_id=invoice.pk) == before
    assert Payment.objects.get(pk=payment.pk).state == "verified"
    assert check_ledger.problems() == []
    event = TimelineEvent.objects.get(kind="student_erased")
    assert (event.actor, event.reason) == (manager.user, "asked for in writing")
    assert invoice.number not in read(client)  # the session is dead
    assert browser().post(link).status_code == 403
    assert not StudentEntry.objects.filter(ended_at=None).exists()
    page = manager.get(page_of(student)).content.decode()
    assert NAME not in page
    assert "Name and contacts were erased" in page


def test_erasing_twice_is_refused(student):
    erasing.erase_student(student_id=student.pk, reason="asked", actor=timeline.SYSTEM)
    with pytest.raises(erasure.ErasureRefused, match="already"):
        erasing.erase_student(student_id=student.pk, reason="asked", actor=timeline.SYSTEM)
    assert TimelineEvent.objects.filter(kind="student_erased").count() == 1


def test_erasure_ends_studies_and_cancels_open_links(world, student):
    link = world.link(world.invoice(student=student))
    assert erase(person(role="manager"), student).status_code == 302
    link.refresh_from_db()
    assert (link.state, link.enrollment.state) == ("cancelled", "ended")


def refused(student, sentence, **data):
    answer = erase(person(role="manager"), student, **data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    student.refresh_from_db()
    assert student.full_name == NAME
    return True


def test_what_still_runs_is_said_and_nothing_changes(world, student):
    payment = world.attempt(world.link(world.invoice(student=student)))
    assert refused(student, "A payment is not decided yet")
    world.buyer_pays(payment)  # the bank is asked first
    assert refused(student, "A course is open")
    assert PaymentLink.objects.get().state == "paid"


def test_an_open_task_stands_against_it(student):
    wishes.ask(student_id=student.pk, kind=wishes.COURSE, words="the next one, please")
    assert refused(student, "A task about the student waits")
    assert OperatorTask.objects.get().state == "open"


@pytest.mark.parametrize("reason", ["", "Անահիտ asked", "wrote from +37491000001"])
def test_a_reason_is_needed_and_names_nobody(student, reason):
    assert refused(student, "", reason=reason)


def test_the_box_must_be_ticked(student):
    assert refused(student, "", sure="")


def test_the_admins_own_log_forgets_the_name(student):
    manager = person(role="manager")
    LogEntry.objects.create(
        user=manager.user, object_id=str(student.pk), object_repr=f"{NAME} · Group", action_flag=2
    )
    erase(manager, student)
    assert NAME not in LogEntry.objects.get().object_repr


def test_the_student_stays_a_row(student):
    erasing.erase_student(student_id=student.pk, reason="asked", actor=timeline.SYSTEM)
    assert Student.objects.filter(pk=student.pk, erased_at__isnull=False).exists()
