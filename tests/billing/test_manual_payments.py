"""Cash and transfers: entered by a cashier with a document, settled as any other money."""

import datetime as dt

import pytest

from access.models import CourseAccess
from billing import accounts, balances, check_ledger, held, manual_payments
from billing.models import ManualEntry, MerchantAccount, Payment, PaymentLink
from common import clock
from courses.models import LegalEntity
from students.models import TimelineEvent
from tests.billing import doubtful

PDF = b"%PDF-1.7 a receipt"


@pytest.fixture
def desk(world):
    return world.account("desk", provider="manual", profile="cash")


def enter(world, desk, invoice, **facts):
    usual = {
        "account_code": desk.code,
        "amount_minor": 9_000_000,
        "document_number": "КО-17",
        "document_date": clock.today(),
        "actor": doubtful.colleague("cashier"),
        "installment_id": world.installment(invoice).pk,
    }
    return manual_payments.enter_payment(**{**usual, **facts})


def test_cash_pays_and_opens_as_a_bank_does(world, desk):
    invoice = world.invoice()
    payment = enter(world, desk, invoice, scan=manual_payments.Scan(name="receipt.pdf", content=PDF))
    assert (payment.state, payment.provider_ref) == (Payment.State.VERIFIED, "КО-17")
    assert payment.link.state == PaymentLink.State.PAID
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == 0
    assert CourseAccess.objects.get().state == CourseAccess.State.OPEN
    entry = ManualEntry.objects.get(payment=payment)
    assert (bytes(entry.scan), entry.scan_type) == (PDF, "application/pdf")
    assert entry.entered_by is not None
    assert entry.entered_by.groups.get().name == "cashier"
    assert TimelineEvent.objects.get(kind="payment_entered").actor_kind == "person"
    assert check_ledger.problems() == []


def test_the_open_link_of_the_installment_is_the_one_that_is_paid(world, desk):
    link = world.link()
    payment = enter(world, desk, link.invoice)
    assert payment.link_id == link.pk


def test_money_for_a_closed_request_is_taken_and_a_person_is_told(world, desk):
    link = world.link()
    first = doubtful.report_paid(world.attempt(link))
    payment = enter(world, desk, link.invoice, installment_id=None, link_id=link.pk)
    assert balances.credits_of(student_id=first.student_id) == [(payment, 9_000_000)]
    assert doubtful.open_tasks() == ["second_payment"]
    assert check_ledger.problems() == []


def test_a_document_is_entered_once_however_it_is_written(world, desk):
    enter(world, desk, world.invoice())
    with pytest.raises(manual_payments.DocumentKnown, match="entered already"):
        enter(world, desk, world.invoice(), document_number="  № ко-17 ")
    assert Payment.objects.count() == 1


def test_another_sum_is_held_for_a_second_person(world, desk):
    payment = enter(world, desk, world.invoice(), amount_minor=900_000)
    assert payment.state == Payment.State.HELD
    assert doubtful.open_tasks() == ["payment_held"]
    assert check_ledger.problems() == []


def test_an_entry_typed_wrongly_is_taken_back_and_may_be_entered_again(world, desk):
    invoice = world.invoice()
    wrong = enter(world, desk, invoice, amount_minor=900_000)
    held.resolve_held_payment(
        payment_id=wrong.pk, decision="not_ours", reason="a zero is missing", actor=doubtful.colleague()
    )
    assert enter(world, desk, invoice).state == Payment.State.VERIFIED
    assert check_ledger.problems() == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"document_number": "  "}, "number that stands"),
        ({"document_number": "7" * 65}, "number that stands"),
        ({"document_date": dt.date(2999, 1, 1)}, "still to come"),
        ({"document_date": dt.date(2001, 1, 1)}, "more than a year old"),
        ({"amount_minor": 0}, "sum that stands"),
        ({"account_code": "ameria"}, "Choose the cash desk"),
        ({"installment_id": None}, "what the money is for"),
        ({"installment_id": 404_404}, "what the money is for"),
        ({"scan": manual_payments.Scan(name="a.pdf", content=b"MZ virus")}, "PDF, JPEG or PNG"),
        ({"scan": manual_payments.Scan(name="a.pdf", content=b"%PDF-" + b"0" * 5_000_000)}, "5 MB"),
    ],
)
def test_what_cannot_be_a_document_is_refused_and_nothing_is_stored(world, desk, facts, words):
    with pytest.raises(manual_payments.EntryRefused, match=words):
        enter(world, desk, world.invoice(), **facts)
    assert not Payment.objects.exists()
    assert not PaymentLink.objects.exists()


def test_the_account_of_another_legal_entity_is_refused(world, desk):
    MerchantAccount.objects.filter(pk=desk.pk).update(
        legal_entity=LegalEntity.objects.create(code="other", name="Other", tax_id="00000002")
    )
    with pytest.raises(manual_payments.EntryRefused, match="another legal entity"):
        enter(world, desk, world.invoice())


def test_students_are_not_offered_the_cash_desk_and_it_needs_no_secrets(world, desk):
    link = world.link()
    assert desk not in accounts.offered_accounts(link=link)
    assert accounts.condition_of(desk).is_usable
