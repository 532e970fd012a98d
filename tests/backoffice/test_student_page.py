"""What support reads on the page of a student, and what it cannot do there."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape

from access.models import CourseAccess
from billing import links, lookup
from billing.models import Payment, PaymentLink, PaymentLookup
from common import clock
from students import notes, operator_tasks, timeline
from students.models import CrmNote, TimelineEvent
from tests.backoffice.people import page_of, person, read, words_of


@pytest.fixture
def support(db):
    return person(role="support")


@pytest.fixture
def manager(db):
    return person(role="manager")


def test_a_stranger_is_sent_to_the_login(world, client):
    answer = client.get(page_of(world.student()))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("admin:login"))


def test_without_the_right_to_read_timelines_the_page_is_refused(world):
    assert person().get(page_of(world.student())).status_code == 403
    assert person().get(reverse("student-search")).status_code == 403


def test_an_unknown_student_is_not_found(support):
    assert support.get(reverse("student-page", args=[404])).status_code == 404


def test_the_head_shows_who_the_student_is(world, support):
    student = world.student(
        full_name="Նարե Խաչատրյան",
        phone="091 12-34-56",
        email="nare@example.am",
        crm_id="crm-7",
        lms_id="lms-8",
    )
    words = words_of(read(support, student))
    for fact in ("Նարե Խաչատրյան", "+374 91 12 34 56", "nare@example.am", "Armenian", "crm-7", "lms-8"):
        assert fact in words


def test_a_name_is_text_never_markup(world, support):
    student = world.student(full_name="<script>alert(1)</script>")
    notes.add_note(student_id=student.pk, text="<img src=x onerror=alert(2)>", actor=timeline.SYSTEM)
    html = read(support, student)
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
    assert escape("<img src=x onerror=alert(2)>") in html


def test_a_paid_course_is_explained_with_money_link_payment_and_history(world, support):
    payment = world.paid(world.link(world.invoice(plan="three-parts")))
    words = words_of(read(support, payment.student))
    access = CourseAccess.objects.get(student=payment.student)
    assert access.get_state_display().capitalize() in words
    assert "Paid 30,000 ֏ Remaining 60,000 ֏ Full price 90,000 ֏" in words
    assert f"Order {payment.order_number}" in words
    assert payment.provider_ref in words
    assert "Payment verified: 30,000 ֏" in words
    assert "Installment 1 is paid: 30,000 ֏" in words
    assert "Payment link paid" in words
    assert "Invoice" in words


def test_look_ups_show_the_code_that_the_bank_gave(world, support):
    payment = world.attempt()
    world.buyer_pays(payment, "decline")
    lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    answer = PaymentLookup.objects.get(payment=payment)
    assert answer.raw_code
    words = words_of(read(support, payment.student))
    assert f"declined {answer.raw_code}" in words
    assert "student came back" in words


def test_only_those_who_send_links_see_their_addresses(world, support, manager):
    link = world.link()
    address = links.link_address(link)
    assert address in read(manager, link.student)
    assert link.token_secret not in read(support, link.student)


def test_a_closed_link_has_no_address_any_more(world, manager):
    link = world.link()
    links.cancel_payment_link(link_id=link.pk, reason="wrong group", actor=timeline.SYSTEM)
    html = read(manager, link.student)
    assert link.token_secret not in html
    assert "wrong group" in html


def test_a_person_without_rights_over_money_sees_no_money(world):
    payment = world.paid()
    words = words_of(read(person(rights=["students.view_timeline"]), payment.student))
    assert "Asked 1 time" not in words
    assert "Payment links" not in words


def test_credit_and_the_task_it_makes_are_said(world, support):
    link = world.link()
    first, second = world.attempt(link, "ameria"), world.attempt(link, "arca")
    for payment in (first, second):
        world.buyer_pays(payment)
        lookup.refresh_payment(payment_id=payment.pk, asked_by="sweeper")
    words = words_of(read(support, link.student))
    assert f"90,000 ֏ of order {second.order_number} stands for no installment" in words
    assert "Paid twice" in words
    assert "nobody has taken it" in words


def test_support_writes_a_note_and_it_stands_in_the_timeline(world, support):
    student = world.student()
    answer = support.post(
        reverse("student-add-note", args=[student.pk]), {"text": "  Զանգեց, վճարել է \n երեկ "}
    )
    assert answer.status_code == 302
    assert answer["Location"] == page_of(student) + "#notes"
    note = CrmNote.objects.get()
    assert (note.student, note.author, note.text) == (student, support.user, "Զանգեց, վճարել է \n երեկ")
    event = TimelineEvent.objects.get(kind="note_added")
    assert (event.actor, event.subject_id) == (support.user, note.pk)
    html = read(support, student)
    assert html.count("Զանգեց, վճարել է") == 2
    assert "Մարիամ" in html


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_an_empty_or_endless_note_comes_back_with_the_reason(world, support, text):
    answer = support.post(reverse("student-add-note", args=[world.student().pk]), {"text": text})
    assert answer.status_code == 422
    assert "mq-error" in answer.content.decode()
    assert not CrmNote.objects.exists()


def test_a_note_needs_its_own_right(world):
    reader = person(rights=["students.view_timeline", "students.view_crmnote"])
    student = world.student()
    assert reader.post(reverse("student-add-note", args=[student.pk]), {"text": "x"}).status_code == 403
    assert "<textarea" not in read(reader, student)


def test_asking_the_provider_settles_what_it_says(world, support):
    payment = world.attempt()
    world.buyer_pays(payment)
    assert "Ask the provider now" in read(support, payment.student)
    answer = support.post(reverse("student-ask-provider", args=[payment.student_id, payment.pk]), follow=True)
    payment.refresh_from_db()
    assert payment.state == Payment.State.VERIFIED
    assert answer.redirect_chain[-1][0] == page_of(payment.student) + f"#payment-{payment.pk}"
    words = words_of(answer.content.decode())
    assert "The bank says: paid. The payment is verified." in words
    assert "Ask the provider now" not in words
    assert PaymentLookup.objects.get(payment=payment).asked_by == "operator"
    asked = TimelineEvent.objects.get(kind="provider_asked")
    assert asked.actor == support.user


def test_asking_about_an_unpaid_order_says_that_nothing_came(world, support):
    payment = world.attempt()
    answer = support.post(reverse("student-ask-provider", args=[payment.student_id, payment.pk]), follow=True)
    assert "The bank says: not paid yet" in words_of(answer.content.decode())


def test_a_bank_that_does_not_answer_is_said_to_be_unclear_not_unpaid(world, support, sandbox):
    payment = world.attempt()
    sandbox.fault("http-status", login=world.login_of("ameria"), operation="lookup")
    answer = support.post(reverse("student-ask-provider", args=[payment.student_id, payment.pk]), follow=True)
    words = words_of(answer.content.decode())
    assert "no clear answer" in words
    payment.refresh_from_db()
    assert payment.state == Payment.State.UNKNOWN
    assert "Ask the provider now" in words


def test_a_verified_payment_is_not_asked_again(world, support):
    payment = world.paid()
    before = PaymentLookup.objects.count()
    support.post(reverse("student-ask-provider", args=[payment.student_id, payment.pk]))
    assert PaymentLookup.objects.count() == before


def test_a_payment_is_asked_only_on_the_page_of_its_student(world, support):
    payment = world.attempt()
    other = world.student()
    assert support.post(reverse("student-ask-provider", args=[other.pk, payment.pk])).status_code == 404


def test_asking_needs_its_own_right_and_a_post(world, support):
    payment = world.attempt()
    address = reverse("student-ask-provider", args=[payment.student_id, payment.pk])
    reader = person(rights=["students.view_timeline", "billing.view_payment"])
    assert reader.post(address).status_code == 403
    assert "Ask the provider now" not in read(reader, payment.student)
    assert support.get(address).status_code == 405
    assert not PaymentLookup.objects.exists()


def test_a_forged_form_is_refused(world, support):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(support.user)
    student = world.student()
    assert strict.post(reverse("student-add-note", args=[student.pk]), {"text": "x"}).status_code == 403


MONEY_DOORS = [
    "admin:billing_payment_add",
    "admin:billing_invoice_add",
    "admin:billing_paymentlink_add",
    "admin:billing_allocation_add",
    "admin:billing_adjustment_add",
    "admin:access_accessgrant_add",
]


@pytest.mark.parametrize("door", MONEY_DOORS)
def test_support_finds_no_door_that_changes_money_or_access(support, door):
    try:
        address = reverse(door)
    except NoReverseMatch:
        return  # no such door for anybody
    assert support.get(address).status_code in (302, 403, 405)
    assert support.post(address, {}).status_code in (302, 403, 405)
    assert not PaymentLink.objects.exists()


def test_the_language_of_the_reader_is_used(world, support):
    student = world.student()
    answer = support.get(page_of(student), headers={"Accept-Language": "hy"})
    assert b'<html lang="hy"' in answer.content


def test_the_number_of_queries_does_not_grow_with_history(world, support, django_assert_num_queries):
    small, large = world.student(), world.student()
    _live(world, small, courses=2, notes_written=1)
    _live(world, large, courses=5, notes_written=12)
    # What a first reading fills for good (registries, content types) is not counted.
    read(support, small)
    with CaptureQueriesContext(connection) as few:
        read(support, small)
    with django_assert_num_queries(len(few)):
        read(support, large)
    assert len(few) <= 37


def _live(world, student, *, courses, notes_written):
    for number in range(courses):
        invoice = world.invoice(student=student, plan="three-parts")
        payment = world.attempt(world.link(invoice), "ameria" if number % 2 else "arca")
        world.buyer_pays(payment, "pay" if number != 1 else "decline")
        lookup.refresh_payment(payment_id=payment.pk, asked_by="sweeper")
    for number in range(notes_written):
        notes.add_note(student_id=student.pk, text=f"note {number}", actor=timeline.SYSTEM)


def test_the_page_stays_light(world, support):
    student = world.student()
    _live(world, student, courses=3, notes_written=3)
    assert len(read(support, student).encode()) < 100_000


def test_an_overdue_task_says_since_when(world, support, shift_clock):
    student = world.student()
    operator_tasks.open_task(kind="payment_held", key="x", student_id=student.pk, due_in_hours=1)
    shift_clock(seconds=dt.timedelta(hours=2).total_seconds())
    assert "should have been done by" in words_of(read(support, student))
    assert clock.now() > dt.datetime.now(dt.UTC)
