"""Support finds a student by whatever the caller says, reads one history and one sentence, and changes no money."""

import pytest
from django.urls import reverse

from access import by_hand
from billing import lookup
from billing.models import Payment, PaymentLink
from common import clock
from students import timeline
from students.models import CrmNote, Student
from tests.backoffice.people import page_of, person, read, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(db):
    return person(role="support")


def find(support, words):
    return support.get(reverse("student-search"), {"q": words}, follow=True).content.decode()


def test_a_student_is_found_by_whatever_the_caller_says(world, support):
    student = world.student(full_name="Նարե Խաչատրյան", email="nare@example.am", phone="091 12-34-56")
    payment = world.paid(world.link(world.invoice(student=student)))
    for words in (
        "Խաչատրյան",
        "nare@example.am",
        "091123456",
        str(payment.order_number),
        payment.provider_ref,
    ):
        assert page_of(student) in find(support, words) or student.full_name in find(support, words), words


def test_one_page_tells_the_whole_story_newest_first(world, support):
    payment = world.paid(world.link(world.invoice(plan="three-parts")))
    words = words_of(read(support, payment.student))
    story = [
        "Access is open",
        "Installment 1 is paid: 30,000 ֏",
        "Payment verified: 30,000 ֏",
        f"The student chose a bank, order {payment.order_number}",
        "Payment link made: 30,000 ֏",
        "Student registered",
    ]
    places = [words.rindex(line) for line in story]
    assert places == sorted(places)


def test_the_history_can_be_narrowed_to_a_kind(world, support):
    payment = world.paid()
    words = words_of(read(support, payment.student, "?kind=payment"))
    assert "Payment verified" in words
    assert "Student registered" not in words


def test_why_it_is_open_is_said_in_one_sentence(world, support):
    payment = world.paid(world.link(world.invoice(plan="three-parts")))
    words = words_of(read(support, payment.student))
    assert "these days are paid (rule standard v1). Then it stays open in grace until" in words


def test_why_it_is_closed_is_said_in_one_sentence(world, support):
    link = world.link()
    assert "what opens it by its rule is not paid yet." in words_of(read(support, link.student))


def test_access_by_hand_never_looks_like_money(world, support):
    invoice = world.invoice()
    manager = person(role="manager")
    by_hand.open_by_hand(
        student_id=invoice.student_id,
        course_id=invoice.enrollment.group.course_id,
        until=clock.today(),
        reason="the employer pays next week",
        actor=timeline.Actor.person(manager.user),
    )
    words = words_of(read(support, invoice.student))
    assert "opened by hand: the employer pays next week" in words
    assert "Payment verified" not in words


def test_support_asks_the_bank_now(world, support):
    payment = world.attempt()
    world.buyer_pays(payment, "pay-and-close")
    support.post(reverse("student-ask-provider", args=[payment.student_id, payment.pk]))
    payment.refresh_from_db()
    assert payment.state == Payment.State.VERIFIED
    words = words_of(read(support, payment.student))
    assert "asked by hand" in words


def test_support_writes_a_note(world, support):
    student = world.student()
    support.post(reverse("student-add-note", args=[student.pk]), {"text": "Called, will pay on Friday"})
    assert CrmNote.objects.get().author == support.user
    assert "Called, will pay on Friday" in words_of(read(support, student))


def test_an_unclear_answer_is_shown_as_unclear(world, support):
    payment = world.attempt()
    world.sandbox.fault("http-status", order_number=payment.order_number, operation="lookup", status=502)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    words = words_of(read(support, payment.student))
    assert "Outcome unknown" in words or "outcome unknown" in words


def test_support_changes_no_money_and_no_access(world, support):
    link = world.link()
    student = Student.objects.get(pk=link.student_id)
    doors = [
        reverse("admin:billing_enroll"),
        f"{reverse('admin:billing_paymentlink_create')}?installment={world.installment(link.invoice).pk}",
        reverse("admin:billing_paymentlink_cancel", args=[link.pk]),
        reverse("admin:billing_paymentlink_send", args=[link.pk]),
    ]
    for door in doors:
        assert support.post(door, {}).status_code == 403, door
    assert "Open by hand" not in words_of(read(support, student))
    link.refresh_from_db()
    assert link.state == PaymentLink.State.ACTIVE
