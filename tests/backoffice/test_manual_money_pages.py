"""The pages of the cashier and of access by hand: who may open them, what they refuse in words, what they do."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from access import by_hand
from access.models import AccessGrant
from billing.models import ManualEntry, Payment
from common import clock
from tests.backoffice.people import page_of, person, read, words_of
from tests.billing import doubtful

ENTER = "admin:billing_payment_enter"


@pytest.fixture
def desk(world):
    return world.account("desk", provider="manual", profile="cash")


@pytest.fixture
def cashier(db):
    return person(role="cashier")


@pytest.fixture
def manager(db):
    return person(role="manager")


def document(world, invoice, **facts):
    return {
        "purpose": f"installment:{world.installment(invoice).pk}",
        "account": "desk",
        "amount": "90 000",
        "document_number": "17",
        "document_date": clock.today().isoformat(),
        **facts,
    }


def test_a_cashier_enters_cash_with_a_scan_from_the_invoice(world, desk, cashier):
    invoice = world.invoice()
    address = f"{reverse(ENTER)}?invoice={invoice.pk}"
    assert address in cashier.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode()
    assert "90,000 ֏ remains" in words_of(cashier.get(address).content.decode())
    scan = SimpleUploadedFile("r.pdf", b"%PDF-1.7", content_type="text/html")
    answer = cashier.post(address, document(world, invoice, scan=scan))
    payment = Payment.objects.get()
    assert answer["Location"] == f"{page_of(invoice.student)}#payment-{payment.pk}"
    assert payment.state == Payment.State.VERIFIED
    assert "Entered and verified" in read(cashier, invoice.student)
    record = words_of(
        cashier.get(reverse("admin:billing_payment_change", args=[payment.pk])).content.decode()
    )
    assert "Document 17" in record
    assert "Ask the provider now" not in record
    file = cashier.get(reverse("admin:billing_payment_scan", args=[payment.pk]))
    assert (file["Content-Type"], file.content) == ("application/pdf", b"%PDF-1.7")
    assert file["Content-Disposition"].startswith("attachment")


def test_the_student_page_leads_to_the_entry(world, desk, cashier, manager):
    invoice = world.invoice()
    address = f"{reverse(ENTER)}?student={invoice.student_id}"
    assert address in read(cashier, invoice.student)
    assert address not in read(manager, invoice.student)


@pytest.mark.parametrize("role", ["manager", "support", "accountant", "administrator"])
def test_only_cashiers_enter_money(world, role):
    assert person(role=role).get(reverse(ENTER)).status_code == 403


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"amount": "many"}, "as a number"),
        ({"amount": "0"}, "Write the sum"),
        ({"document_number": ""}, "This field is required"),
        ({"document_date": "2999-01-01"}, "still to come"),
        ({"purpose": "installment:1"}, "Select a valid choice"),
        ({"purpose": "link:x"}, "Select a valid choice"),
        ({"account": "ameria"}, "Select a valid choice"),
        ({"scan": SimpleUploadedFile("a.exe", b"MZ")}, "PDF, JPEG or PNG"),
    ],
)
def test_what_is_no_document_comes_back_with_the_reason(world, desk, cashier, facts, words):
    invoice = world.invoice()
    answer = cashier.post(f"{reverse(ENTER)}?invoice={invoice.pk}", document(world, invoice, **facts))
    assert words in answer.content.decode()
    assert not ManualEntry.objects.exists()


def test_another_sum_is_held_and_said_so(world, desk, cashier):
    invoice = world.invoice()
    cashier.post(f"{reverse(ENTER)}?invoice={invoice.pk}", document(world, invoice, amount="9000"))
    assert "Entered and held" in read(cashier, invoice.student)


def test_a_document_known_already_says_where(world, desk, cashier):
    for _time in range(2):
        invoice = world.invoice()
        answer = cashier.post(f"{reverse(ENTER)}?invoice={invoice.pk}", document(world, invoice))
    assert "entered already" in answer.content.decode()
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("query", ["", "?student=x", "?invoice=99999999999999999999"])
def test_without_a_student_the_page_leads_to_the_search(cashier, query):
    assert "Whose money is it?" in cashier.get(reverse(ENTER) + query).content.decode()


def test_without_a_cash_desk_the_page_says_who_sets_it_up(world, cashier):
    student = world.invoice().student
    words = cashier.get(f"{reverse(ENTER)}?student={student.pk}").content.decode()
    assert "An administrator adds" in words


def opened(world):
    return by_hand.open_by_hand(
        student_id=world.student().pk,
        course_id=world.group().course_id,
        until=clock.today() + dt.timedelta(days=3),
        reason="trial week",
        actor=doubtful.colleague(),
    )


def test_an_opening_by_hand_is_seen_and_closed_by_a_manager(world, manager):
    access = opened(world)
    grant = AccessGrant.objects.get()
    address = reverse("admin:access_close_by_hand", args=[grant.pk])
    assert address in read(manager, access.student)
    assert "trial week" in words_of(read(manager, access.student))
    assert "trial week" in words_of(manager.get(address).content.decode())
    assert "This field is required" in manager.post(address, {"reason": ""}).content.decode()
    assert manager.post(address, {"reason": "by mistake"})["Location"] == f"{page_of(access.student)}#courses"
    grant.refresh_from_db()
    assert grant.withdrawn_reason == "by mistake"
    assert "over already" in manager.post(address, {"reason": "again"}).content.decode()


def test_support_sees_the_opening_and_does_not_close_it(world):
    access = opened(world)
    support = person(role="support")
    address = reverse("admin:access_close_by_hand", args=[AccessGrant.objects.get().pk])
    assert "trial week" in words_of(read(support, access.student))
    assert address not in read(support, access.student)
    assert support.get(address).status_code == 403


def test_openings_by_hand_are_a_list(world, manager):
    opened(world)
    doubtful.report_paid(world.attempt())
    answer = manager.get(reverse("admin:access_accessgrant_changelist"), {"kind__exact": "manual"})
    words = words_of(answer.content.decode())
    assert answer.status_code == 200
    assert "trial week" in words
    assert "1 access ground" in words
