"""Refunds in the back office: who opens which door, what is shown before anything happens, what is refused in which words."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.models import CourseAccess
from billing import lookup
from billing import tasks as billing_tasks
from billing.models import Payment
from common import clock
from config.backoffice import roles
from refunds import approval, external, sending, tasks
from refunds.models import Refund, RefundRequest
from students.models import OperatorTask, TimelineEvent
from tests.backoffice.people import person, read, words_of
from tests.billing import doubtful
from tests.refunds import school

pytestmark = pytest.mark.django_db

EVERYBODY = set(roles.ROLES)
HALF = {"tiers": [{"refund_percent": 50}], "costs_kept_minor": 100_000}


@pytest.fixture
def support(db):
    return person(role="support")


@pytest.fixture
def manager(db):
    return person(role="manager")


@pytest.fixture
def accountant(db):
    return person(role="accountant")


def address(payment: Payment) -> str:
    return reverse("refund-request", args=[payment.pk])


def words(answer) -> str:
    return words_of(answer.content.decode())


def fields(payment: Payment, client=None, **facts):
    """Return what the form of a payment would send, as it stands in its page."""
    found = {
        "money": f"invoice:{payment.link.invoice_id}",
        "scope": "this",
        "how_much": "suggested",
        "amount": "",
        "change_reason": "",
        "access_decision": "keep",
        "access_until": "",
        "reason": "she moves away",
        "key": facts.pop("key", "form-1"),
    }
    return found | facts


def seen_of(answer) -> str:
    return str(answer.context["effect"].seen)


def ask(client, payment: Payment, **facts):
    """Look at the effect, then ask, as a person does."""
    sent = fields(payment, **facts)
    shown = client.post(address(payment), sent)
    assert shown.status_code == 200, words(shown)
    return client.post(address(payment), {**sent, "do": "1", "seen": seen_of(shown)})


def page_of(wanted: RefundRequest) -> str:
    return reverse("refund", args=[wanted.pk])


def decide(client, wanted: RefundRequest, decision: str = "approve", **facts):
    page = client.get(page_of(wanted))
    shown = page.context.get("effect")
    sent = {"decision": decision, "reason": "agreed", "seen": shown.seen if shown else "", **facts}
    return client.post(reverse("refund-decide", args=[wanted.pk]), sent)


# Doors


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_each_role_opens_its_doors_and_no_other(world, role):
    invoice, [payment] = school.paid_invoice(world)
    wanted = school.ask(invoice, 1_000)
    client, rights = person(role=role), roles.ROLES[role]
    assert client.get(reverse("refunds")).status_code == 200
    assert client.get(page_of(wanted)).status_code == 200
    asks = 200 if "refunds.request_refund" in rights else 403
    assert client.get(address(payment)).status_code == asks
    assert client.post(address(payment), fields(payment)).status_code == asks
    decides = 422 if "refunds.approve_refund" in rights else 403
    assert client.post(reverse("refund-decide", args=[wanted.pk]), {}).status_code == decides
    [refund] = school.approved(invoice, 2_000)
    doors = {
        "refund-withdraw": "refunds.withdraw_refund",
        "refund-document": "refunds.enter_manual_refund",
        "refund-conclude": "refunds.conclude_refund",
        "refund-ask": "billing.ask_provider",
    }
    for name, right in doors.items():
        answer = client.post(reverse(name, args=[refund.pk]), {"reason": ""})
        assert (answer.status_code == 403) == (right not in rights), name
    refund.refresh_from_db()
    assert refund.state == Refund.State.APPROVED


def test_a_stranger_opens_nothing(world, client):
    invoice, [payment] = school.paid_invoice(world)
    wanted = school.ask(invoice)
    for place in (reverse("refunds"), address(payment), page_of(wanted)):
        assert client.get(place).status_code == 302
    stranger = person()
    for place in (reverse("refunds"), address(payment), page_of(wanted)):
        assert stranger.get(place).status_code == 403
    assert stranger.post(reverse("refund-decide", args=[wanted.pk]), {}).status_code == 403


@pytest.mark.parametrize(
    ("name", "method"),
    [("refund-request", "get"), ("refund", "get"), ("refund-part", "get"), ("refund-decide", "post")],
)
def test_what_is_not_there_is_not_found(manager, name, method):
    assert getattr(manager, method)(reverse(name, args=[999_999])).status_code == 404


@pytest.mark.parametrize(
    "name", ["refund-decide", "refund-withdraw", "refund-document", "refund-conclude", "refund-ask"]
)
def test_nothing_changes_by_a_link(manager, name):
    assert manager.get(reverse(name, args=[1])).status_code == 405


# Asking


def test_support_asks_and_a_manager_approves_and_the_money_goes_back(world, support, manager):
    _invoice, [payment] = school.paid_invoice(world, params=HALF)
    assert address(payment) in read(support, payment.student)
    page = words(support.get(address(payment)))
    assert "The policy gives 50 % of what was paid back" in page
    assert "Suggested 44,000 ֏" in page
    shown = support.post(address(payment), fields(payment, access_decision="end_now"))
    assert "Once the money is back, what this invoice opened is closed" in words(shown)
    assert not RefundRequest.objects.exists()
    answer = ask(support, payment, access_decision="end_now")
    wanted = RefundRequest.objects.get()
    assert answer["Location"] == page_of(wanted)
    assert (wanted.amount_minor, wanted.requested_by) == (4_400_000, support.user)
    assert "You asked for it, so another person decides" in words(support.get(page_of(wanted)))
    assert decide(manager, wanted)["Location"] == page_of(wanted)
    tasks.take_steps()
    told = words(manager.get(page_of(wanted)))
    assert "money is back" in told.lower()
    assert "Refund of 44,000 ֏: the money is back" in told
    assert "Refund of 44,000 ֏: the money is back" in words_of(read(support, payment.student))
    assert CourseAccess.objects.get(student=payment.student).state == CourseAccess.State.SUSPENDED
    school.require_clean()


def test_htmx_gets_the_effect_alone_while_the_form_is_filled(world, support):
    _invoice, [payment] = school.paid_invoice(world)
    answer = support.post(
        address(payment),
        fields(payment, how_much="other", amount="12 000", reason=""),
        headers={"HX-Request": "true"},
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "12,000" in html
    assert "<html" not in html
    assert not RefundRequest.objects.exists()
    broken = support.post(
        address(payment), fields(payment, how_much="other", amount="x"), headers={"HX-Request": "true"}
    )
    assert "Fill in the form" in broken.content.decode()


@pytest.mark.parametrize("written", ["12000", "12 000", "12\u00a0000", "12,000", "12.000", "12000.00"])
def test_an_amount_is_read_as_people_write_it(world, support, written):
    _invoice, [payment] = school.paid_invoice(world)
    answer = support.post(
        address(payment), fields(payment, how_much="other", amount=written, change_reason="r")
    )
    assert answer.context["effect"].shown.amount_minor == 1_200_000


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"how_much": "other", "amount": "90001", "change_reason": "r"},
            "At most 90,000 ֏ can be sent back.",
        ),
        ({"how_much": "other", "amount": "0", "change_reason": "r"}, "The amount must be more than zero."),
        ({"how_much": "other", "amount": "-5", "change_reason": "r"}, "The amount must be more than zero."),
        ({"how_much": "other", "amount": "0.5", "change_reason": "r"}, "The amount must be in whole drams"),
        ({"how_much": "other", "amount": "much", "change_reason": "r"}, "Write the amount as a number"),
        ({"how_much": "other", "amount": "", "change_reason": "r"}, "Write the amount."),
        (
            {"how_much": "other", "amount": "1000"},
            "The amount differs from what the policy suggests: write why.",
        ),
        ({"reason": ""}, "This field is required."),
        ({"reason": "   "}, "This field is required."),
        ({"access_decision": "shorten"}, "Write the last day of access, today or later."),
        ({"access_decision": "shorten", "access_until": "2001-01-01"}, "Write the last day of access, today"),
        ({"access_decision": "burn"}, "Select a valid choice"),
        ({"money": "invoice:1"}, "Select a valid choice"),
        ({"money": "credit"}, "Select a valid choice"),
        ({"scope": "all"}, "Select a valid choice"),
        ({"key": ""}, "This form is not whole"),
    ],
)
def test_bad_input_gets_a_sentence_and_stores_nothing(world, support, facts, sentence):
    _invoice, [payment] = school.paid_invoice(world)
    for extra in ({}, {"do": "1", "seen": "x"}):
        answer = support.post(address(payment), {**fields(payment, **facts), **extra})
        assert answer.status_code == 422
        assert sentence in words(answer).replace("&#x27;", "'")
    assert not RefundRequest.objects.exists()
    assert not TimelineEvent.objects.filter(kind="refund_requested").exists()


def test_a_policy_that_gives_nothing_asks_for_another_amount(world, support):
    _invoice, [payment] = school.paid_invoice(world, params={})
    page = words(support.get(address(payment)))
    assert "No step of the policy holds any more: nothing goes back" in page
    answer = support.post(address(payment), fields(payment))
    assert answer.status_code == 422
    assert "The policy gives nothing back now. Choose another amount and write why." in words(answer)
    ask(support, payment, how_much="other", amount="5000", change_reason="a gesture")
    assert RefundRequest.objects.get().amount_minor == 500_000


def test_a_policy_that_cannot_be_read_is_a_sentence(world, support):
    _invoice, [payment] = school.paid_invoice(world, params={"tiers": [{"refund_percent": 50, "moon": 1}]})
    assert "A step of the refund policy cannot be read." in words(support.get(address(payment)))
    answer = support.post(address(payment), fields(payment))
    assert answer.status_code == 422
    assert "A step of the refund policy cannot be read." in words(answer)
    assert not RefundRequest.objects.exists()


def test_a_held_and_an_unknown_payment_say_why_not(world, support, monkeypatch):
    held = doubtful.held(world)
    assert f"Payment {held.order_number} is held: somebody decides about it first." in words(
        support.get(address(held))
    )
    attempt = world.attempt(account="arca")
    monkeypatch.setenv("ARCA_BASE_URL", "http://127.0.0.1:9/")
    unknown = lookup.refresh_payment(payment_id=attempt.pk, asked_by="test")
    assert "it is outcome unknown" in words(support.get(address(unknown)))
    for payment in (held, unknown):
        assert support.post(address(payment), fields(payment)).status_code == 422
        assert address(payment) not in read(support, payment.student)
    assert not RefundRequest.objects.exists()


def test_nothing_left_says_so(world, support):
    invoice, [payment] = school.paid_invoice(world)
    school.approved(invoice)
    assert "Nothing is left of payment" in words(support.get(address(payment)))


def test_the_same_form_sent_twice_asks_once(world, support):
    _invoice, [payment] = school.paid_invoice(world)
    first = ask(support, payment)
    second = support.post(address(payment), {**fields(payment), "do": "1", "seen": "whatever"})
    assert first["Location"] == second["Location"]
    assert RefundRequest.objects.count() == 1
    assert TimelineEvent.objects.filter(kind="refund_requested").count() == 1


def test_what_changed_since_the_preview_is_shown_anew_and_nothing_is_done(world, support):
    invoice, [payment] = school.paid_invoice(world)
    sent = fields(payment)
    shown = support.post(address(payment), sent)
    school.approved(invoice, 10_000)
    answer = support.post(address(payment), {**sent, "do": "1", "seen": seen_of(shown)})
    assert answer.status_code == 422
    assert "Something changed meanwhile" in words(answer)
    assert "80,000 ֏" in words(answer)
    assert RefundRequest.objects.count() == 1
    support.post(address(payment), {**sent, "do": "1", "seen": seen_of(answer)})
    assert RefundRequest.objects.get(requested_by=support.user).amount_minor == 8_000_000


def test_back_from_the_preview_keeps_what_was_written(world, support):
    _invoice, [payment] = school.paid_invoice(world)
    answer = support.post(address(payment), {**fields(payment, reason="a long story"), "change": "1"})
    assert answer.status_code == 200
    assert "a long story" in answer.content.decode()
    assert not RefundRequest.objects.exists()


def test_several_payments_are_taken_newest_first_unless_one_is_chosen(world, support):
    _invoice, payments = school.paid_invoice(world, plan="three-parts", paid=2)
    older, newer = payments
    everything = support.post(address(older), fields(older, scope="all"))
    assert "60,000 ֏" in words(everything)
    takes = everything.context["effect"].takes
    assert [take.payment.pk for take in takes] == [newer.pk, older.pk]
    only = support.post(
        address(older), fields(older, scope="this", how_much="other", amount="30000", change_reason="r")
    )
    assert [take.payment.pk for take in only.context["effect"].takes] == [older.pk]


def test_credit_is_sent_back_from_the_student_page(world, support, manager):
    second = doubtful.paid_twice(world)
    link = f"{address(second)}?of=credit"
    assert link in read(support, second.student).replace("&amp;", "&")
    page = words(support.get(link))
    assert "Credit opened nothing: access stays as it is." in page
    ask(support, second, money="credit")
    wanted = RefundRequest.objects.get()
    assert (wanted.invoice, wanted.amount_minor, wanted.payment) == (None, 9_000_000, second)
    decide(manager, wanted)
    assert Refund.objects.get().payment == second


def test_the_desk_leads_to_the_refund_and_the_task_closes_when_nothing_is_left(world, support, manager):
    link = world.link()
    second = world.attempt(link, "arca")
    world.paid(link)
    world.buyer_pays(second)
    second = lookup.refresh_payment(payment_id=second.pk, asked_by="test")
    task = OperatorTask.objects.get(kind="second_payment")
    desk = manager.get(reverse("desk-task", args=[task.pk])).content.decode()
    assert address(second) in desk
    ask(support, second, money="credit")
    decide(manager, RefundRequest.objects.get())
    tasks.take_steps()
    assert Refund.objects.get().state == Refund.State.SETTLED
    billing_tasks.watch_doubtful_money()
    task.refresh_from_db()
    assert task.state == "resolved"
    school.require_clean()


def test_a_whole_payment_is_cancelled_where_the_bank_still_can(world, support, manager):
    _invoice, [payment] = school.paid_invoice(world)
    assert "Cancel the whole payment at the bank" in words(support.get(address(payment)))
    ask(support, payment, prefer_cancel="on")
    decide(manager, RefundRequest.objects.get())
    tasks.take_steps()
    refund = Refund.objects.get()
    assert (refund.state, refund.whole) == (Refund.State.SETTLED, True)
    assert world.sandbox.count(login=world.login_of("ameria"), operation="cancel") == 1


def test_the_payments_page_leads_to_the_form_for_those_who_may_ask(world, support, accountant):
    _invoice, [payment] = school.paid_invoice(world)
    record = reverse("admin:billing_payment_change", args=[payment.pk])
    assert address(payment) in support.get(record).content.decode()
    assert address(payment) not in accountant.get(record).content.decode()
    assert address(payment) not in read(accountant, payment.student)


# Deciding


def test_nobody_decides_about_her_own_request(world, manager):
    invoice, _payments = school.paid_invoice(world)
    wanted = school.ask(invoice, by=manager.user)
    assert "Approve the refund" not in words(manager.get(page_of(wanted)))
    for decision in ("approve", "reject"):
        answer = decide(manager, wanted, decision)
        assert answer.status_code == 422
        assert "another person decides about it" in words(answer)
    wanted.refresh_from_db()
    assert (wanted.state, Refund.objects.count()) == (RefundRequest.State.REQUESTED, 0)


def test_above_the_limit_a_manager_cannot_and_an_administrator_can(world, manager):
    params = {"tiers": [{"refund_percent": 100}], "administrator_above_minor": 5_000_000}
    invoice, _payments = school.paid_invoice(world, params=params)
    wanted = school.ask(invoice)
    page = words(manager.get(page_of(wanted)))
    assert "an administrator approves it" in page
    assert "Approve the refund" not in page
    assert "approved by an administrator only" in words(decide(manager, wanted))
    assert decide(person(role="administrator"), wanted).status_code == 302
    wanted.refresh_from_db()
    assert wanted.state == RefundRequest.State.APPROVED


def test_a_rejection_needs_a_reason(world, manager):
    invoice, _payments = school.paid_invoice(world)
    wanted = school.ask(invoice)
    answer = decide(manager, wanted, "reject", reason=" ")
    assert answer.status_code == 422
    assert "Write why the refund is rejected." in words(answer)
    assert decide(manager, wanted, "reject", reason="too late").status_code == 302
    assert "too late" in words(manager.get(page_of(wanted)))
    assert not Refund.objects.exists()


def test_a_second_click_on_approve_finds_the_first(world, manager):
    invoice, _payments = school.paid_invoice(world)
    wanted = school.ask(invoice)
    page = manager.get(page_of(wanted))
    sent = {"decision": "approve", "reason": "", "seen": page.context["effect"].seen}
    decide_at = reverse("refund-decide", args=[wanted.pk])
    assert [manager.post(decide_at, sent).status_code for _ in range(2)] == [302, 302]
    assert Refund.objects.count() == 1
    assert TimelineEvent.objects.filter(kind="refund_approved").count() == 1
    assert "decided about this refund already" not in words(manager.get(page_of(wanted)))


def test_the_slower_of_two_deciders_is_told_who_was_faster(world, manager):
    invoice, _payments = school.paid_invoice(world)
    wanted = school.ask(invoice)
    approval.approve_refund(request_id=wanted.pk, by=school.person("faster"))
    answer = manager.post(
        reverse("refund-decide", args=[wanted.pk]), {"decision": "reject", "reason": "no"}, follow=True
    )
    assert "faster decided about this refund already" in words(answer)
    wanted.refresh_from_db()
    assert wanted.state == RefundRequest.State.APPROVED


def test_nobody_approves_what_he_did_not_see(world, manager):
    invoice, _payments = school.paid_invoice(world)
    wanted = school.ask(invoice, 40_000)
    seen = manager.get(page_of(wanted)).context["effect"].seen
    school.approved(invoice, 10_000)
    answer = decide(manager, wanted, seen=seen)
    assert answer.status_code == 422
    assert "This is what would happen now. Look at it, then decide." in words(answer)
    wanted.refresh_from_db()
    assert wanted.state == RefundRequest.State.REQUESTED
    assert decide(manager, wanted).status_code == 302


def test_less_left_than_asked_can_only_be_rejected(world, manager):
    invoice, _payments = school.paid_invoice(world)
    wanted = school.ask(invoice, 60_000)
    school.approved(invoice, 60_000)
    page = words(manager.get(page_of(wanted)))
    assert "At most 30,000 ֏ can be sent back." in page
    assert "Approve the refund" not in page
    assert decide(manager, wanted, seen="x").status_code == 422
    assert decide(manager, wanted, "reject").status_code == 302


def test_a_word_that_is_no_decision_is_refused(world, manager):
    invoice, _payments = school.paid_invoice(world)
    wanted = school.ask(invoice)
    assert decide(manager, wanted, "perhaps").status_code == 422
    wanted.refresh_from_db()
    assert wanted.state == RefundRequest.State.REQUESTED


# Parts


def test_an_approved_refund_is_taken_back_with_a_reason(world, manager):
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice)
    place = reverse("refund-withdraw", args=[refund.pk])
    assert manager.post(place, {"reason": ""}).status_code == 422
    assert manager.post(place, {"reason": "she stays"}).status_code == 302
    refund.refresh_from_db()
    assert refund.state == Refund.State.REJECTED
    assert "cannot be taken back" in words(manager.post(place, {"reason": "again"}, follow=True))


def transfer(world) -> Refund:
    world.sandbox.merchant(world.login_of("ameria"), profile="ameria", may_refund=False)
    invoice, _payments = school.paid_invoice(world)
    school.approved(invoice, 40_000)
    tasks.take_steps()
    return Refund.objects.get(channel="manual")


def test_a_bank_transfer_is_noted_with_its_document_and_scan(world, accountant):
    refund = transfer(world)
    assert refund.request is not None
    page = accountant.get(page_of(refund.request))
    assert "Send it by bank transfer, then note the document here" in words(page)
    sent = {
        "document_number": "BT-9",
        "document_date": clock.today().isoformat(),
        "scan": SimpleUploadedFile("order.pdf", b"%PDF-1.7", content_type="text/html"),
    }
    assert accountant.post(reverse("refund-document", args=[refund.pk]), sent).status_code == 302
    refund.refresh_from_db()
    assert (refund.state, refund.document_number, refund.entered_by) == ("manual", "BT-9", accountant.user)
    assert "BT-9" in words(accountant.get(page_of(refund.request)))
    file = accountant.get(reverse("refund-scan", args=[refund.pk]))
    assert (file["Content-Type"], file.content) == ("application/pdf", b"%PDF-1.7")
    assert file["Content-Disposition"].startswith("attachment")
    assert not OperatorTask.objects.exclude(state="resolved").exists()
    school.require_clean()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"document_number": ""}, "This field is required."),
        ({"document_number": "x" * 65}, "at most 64 characters"),
        ({"document_date": "2999-01-01"}, "must not be in the future"),
        ({"document_date": "soon"}, "Enter a valid date."),
        ({"scan": SimpleUploadedFile("a.exe", b"MZ")}, "PDF, JPEG or PNG"),
    ],
)
def test_what_is_no_document_comes_back_with_the_reason(world, accountant, facts, sentence):
    refund = transfer(world)
    sent = {"document_number": "1", "document_date": clock.today().isoformat(), **facts}
    answer = accountant.post(reverse("refund-document", args=[refund.pk]), sent)
    assert answer.status_code == 422
    assert sentence in words(answer)
    refund.refresh_from_db()
    assert refund.state == Refund.State.APPROVED


def test_an_unknown_refund_is_asked_about_and_concluded(world, accountant, support, shift_clock):
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, 40_000)
    world.sandbox.fault("drop-before", login=world.login_of("ameria"), operation="refund")
    sending.send_refund(refund_id=refund.pk)
    assert refund.request is not None
    page = words(accountant.get(page_of(refund.request)))
    assert "outcome unknown" in page.lower()
    assert "The money did not move" not in page
    answer = support.post(reverse("refund-ask", args=[refund.pk]), follow=True)
    assert "The bank's total does not show it yet" in words(answer).replace("&#x27;", "'")
    conclude = reverse("refund-conclude", args=[refund.pk])
    assert "only an outcome that stays unknown for an hour" in words(
        accountant.post(conclude, {"reason": "not in the cabinet"})
    )
    shift_clock(seconds=2 * 3600)
    assert "The money did not move" in words(accountant.get(page_of(refund.request)))
    assert "The money did not move" not in words(support.get(page_of(refund.request)))
    assert accountant.post(conclude, {"reason": "not in the cabinet"}).status_code == 302
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert world.sandbox.count(login=world.login_of("ameria"), operation="refund") <= 1
    school.require_clean()


def test_asking_settles_what_the_bank_did(world, support):
    invoice, _payments = school.paid_invoice(world)
    [refund] = school.approved(invoice, 40_000)
    world.sandbox.fault("drop-before", login=world.login_of("ameria"), operation="refund")
    sending.send_refund(refund_id=refund.pk)
    world.sandbox.cabinet_refund(refund.payment.provider_ref, 4_000_000)
    support.post(reverse("refund-ask", args=[refund.pk]))
    refund.refresh_from_db()
    assert refund.state == Refund.State.SETTLED
    told = support.post(reverse("refund-ask", args=[refund.pk]), follow=True)
    assert "not on its way" in words(told)


def test_a_refund_from_the_cabinet_leads_to_its_task_and_then_to_the_student(world, manager, sandbox):
    _invoice, [payment] = school.paid_invoice(world)
    sandbox.cabinet_refund(payment.provider_ref, 2_000_000)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
    external.find_external()
    task = OperatorTask.objects.get(kind="external_refund")
    html = manager.get(reverse("refunds") + "?which=cabinet").content.decode()
    assert reverse("desk-task", args=[task.pk]) in html
    part = manager.get(reverse("refund-part", args=[Refund.objects.get().pk]))
    assert part["Location"].startswith(reverse("student-page", args=[payment.student_id]))
    assert "20,000" in words_of(read(manager, payment.student))


# The list and the start page


@pytest.mark.parametrize(
    "query", ["", "?which=x&start=z", "?which=done", "?which=cabinet", "?start=99999999999", "?which=%00"]
)
def test_an_empty_list_says_what_to_do(manager, query):
    answer = manager.get(reverse("refunds") + query)
    assert answer.status_code == 200
    assert "mq-empty" in answer.content.decode()


def test_the_list_tells_apart_what_waits_moves_and_is_done(world, support, manager):
    invoice, _payments = school.paid_invoice(world)
    mine = school.ask(invoice, 1_000, by=manager.user)
    other = school.ask(invoice, 2_000)
    school.approved(invoice, 3_000)

    def amounts(client, which):
        rows = client.get(f"{reverse('refunds')}?which={which}").context["refunds"].rows
        return sorted(row.amount_minor // 100 for row in rows)

    assert amounts(manager, "decide") == [2_000]
    assert amounts(manager, "waiting") == [1_000, 2_000]
    assert amounts(manager, "moving") == [3_000]
    assert amounts(support, "decide") == [1_000, 2_000, 3_000]  # not his to decide: what is open
    tasks.take_steps()
    approval.reject_refund(request_id=other.pk, by=school.person("boss"), reason="no")
    assert amounts(manager, "done") == [2_000, 3_000]
    assert amounts(manager, "open") == [1_000]
    assert mine.state == RefundRequest.State.REQUESTED


def test_the_list_reads_the_same_number_of_times_however_many_there_are(world, manager):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(reverse("refunds")).status_code == 200
        return len(queries)

    invoice, _payments = school.paid_invoice(world)
    school.ask(invoice, 1_000)
    school.approved(invoice, 1_000)
    count()
    few = count()
    other, _payments = school.paid_invoice(world, account="arca")
    for number in range(1, 8):
        school.ask(other, number * 1_000)
        school.approved(invoice, 1_000)
    assert count() == few


def test_the_student_page_reads_the_same_number_of_times_however_many_refunds_there_are(world, manager):
    def count(student) -> int:
        with CaptureQueriesContext(connection) as queries:
            read(manager, student)
        return len(queries)

    invoice, [payment] = school.paid_invoice(world)
    school.ask(invoice, 1_000)
    school.approved(invoice, 1_000)
    count(payment.student)
    few = count(payment.student)
    for _number in range(5):
        school.ask(invoice, 1_000)
        school.approved(invoice, 1_000)
    assert count(payment.student) == few


def test_the_start_page_counts_what_a_person_may_decide(world, manager, support, accountant):
    invoice, _payments = school.paid_invoice(world)
    wanted = school.ask(invoice, by=manager.user)
    other = person(role="manager")

    def attention(client):
        found = client.get(reverse("admin:index")).context["attention"]
        return {str(item.title): item for item in found}

    assert attention(other)["Refunds that wait for your decision"].rows[0].url == page_of(wanted)
    assert "Refunds that wait for your decision" not in attention(manager)
    assert "Refunds that wait for your decision" not in attention(support)
    transfer(world)
    assert attention(accountant)["Refunds to send by bank transfer"].count == 1


def test_shortened_access_is_shown_with_its_day(world, support):
    _invoice, [payment] = school.paid_invoice(world)
    until = (clock.today() + dt.timedelta(days=3)).isoformat()
    ask(support, payment, access_decision="shorten", access_until=until)
    assert RefundRequest.objects.get().access_until == dt.date.fromisoformat(until)
