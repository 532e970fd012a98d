"""What a student reads and does on the own page: everything of hers, nothing of another."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from billing import links, own_link, wishes
from billing.models import PaymentLink
from billing.resolutions import renewing
from courses.models import PaymentPlanVersion
from students import task_types, timeline
from students.models import CrmNote, OperatorTask, TimelineEvent
from tests.backoffice.people import words_of
from tests.billing import doubtful
from tests.my_page.inside import browser, come_in, read

DAY = 86_400


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def invoice(world):
    return world.invoice(plan="three-parts")


def pay(client, part, **facts):
    return client.post(reverse("my-pay", args=[part.pk]), **facts)


def wish(client, kind, words="Ես մայիսին բացակա եմ", **data):
    return client.post(reverse("my-wish"), {"kind": kind, "words": words, **data})


def test_the_page_says_what_is_open_owed_and_due(world, invoice):
    client = come_in(invoice.student)
    words = words_of(read(client))
    group = invoice.enrollment.group
    for fact in (
        group.course.title,
        group.name,
        "Not open",
        "90,000",
        "30,000",
        "Pay 30,000",
        "No money has come yet",
    ):
        assert fact in words
    world.paid(world.link(invoice))
    words = words_of(read(client))
    for fact in ("Open until", "Paid 30,000", "Remaining 60,000", "Ameria", "Receipt"):
        assert fact in words


def test_the_receipt_is_the_page_of_the_paid_link(world, invoice):
    payment = world.paid(world.link(invoice))
    html = read(come_in(invoice.student))
    address = reverse("pay-link", args=[payment.link.token])
    assert address in html
    assert "Paid, thank you" in browser().get(address + "?lang=en").content.decode()


@pytest.mark.parametrize(
    ("language", "word"), [("hy", "Ձեր էջը"), ("ru", "Ваша страница"), ("en", "Your page")]
)
def test_the_page_speaks_the_students_language(world, language, word):
    client = come_in(world.student(language=language))
    html = read(client, "")
    assert f'<html lang="{language}"' in html
    assert word in html


def test_nothing_of_another_student_is_shown_or_paid(world, invoice):
    other = world.invoice(plan="three-parts")
    world.paid(world.link(other))
    client = come_in(invoice.student)
    html = read(client)
    for secret in (other.student.full_name, other.enrollment.group.course.title, other.number):
        assert secret not in html
    answer = pay(client, world.installment(other, 2))
    assert answer.status_code == 404
    assert "There is no such part" in answer.content.decode()
    assert PaymentLink.objects.filter(student=invoice.student).count() == 0
    refused = wish(client, wishes.PAUSE, enrollment=other.enrollment_id)
    assert refused.status_code == 422
    assert OperatorTask.objects.count() == 0


def test_outside_nothing_works(world, invoice):
    part = world.installment(invoice)
    for answer in (pay(browser(), part), wish(browser(), wishes.COURSE)):
        assert (answer.status_code, answer.headers["Location"]) == (303, reverse("my-page"))
    assert PaymentLink.objects.count() == OperatorTask.objects.count() == 0
    assert browser().get(reverse("my-pay", args=[part.pk])).status_code == 405


def test_the_button_leads_to_the_link_that_is_there(world, invoice):
    link = world.link(invoice)
    client = come_in(invoice.student)
    for _press in range(2):
        assert pay(client, world.installment(invoice)).headers["Location"] == reverse(
            "pay-link", args=[link.token]
        )
    assert PaymentLink.objects.count() == 1


def test_the_button_makes_a_link_where_there_is_none_and_never_two(world, invoice):
    client = come_in(invoice.student)
    addresses = {pay(client, world.installment(invoice)).headers["Location"] for _press in range(2)}
    link = PaymentLink.objects.get()
    assert addresses == {reverse("pay-link", args=[link.token])}
    assert link.amount_minor == 3_000_000
    assert TimelineEvent.objects.get(kind="link_created").actor_kind == "student"


def test_the_button_renews_a_link_that_is_over(world, invoice, shift_clock):
    old = world.link(invoice)
    shift_clock(seconds=9 * DAY)
    client = come_in(invoice.student)
    pay(client, world.installment(invoice))
    old.refresh_from_db()
    assert old.state == "expired"
    assert PaymentLink.objects.get(state="active").amount_minor == old.amount_minor


def test_what_is_paid_needs_no_link(world, invoice):
    world.paid(world.link(invoice))
    client = come_in(invoice.student)
    answer = pay(client, world.installment(invoice))
    assert answer.headers["Location"].endswith("?told=paid")
    assert PaymentLink.objects.count() == 1


def test_where_the_school_took_the_link_back_a_person_is_asked_once(world, invoice):
    links.cancel_payment_link(link_id=world.link(invoice).pk, reason="a test", actor=timeline.SYSTEM)
    client = come_in(invoice.student)
    for _press in range(2):
        answer = pay(client, world.installment(invoice))
        assert "We asked the school" in client.get(answer.headers["Location"] + "&lang=en").content.decode()
    assert doubtful.open_tasks() == ["new_link_wanted"]
    task = OperatorTask.objects.get()
    renewing.MAKE_LINK.apply(task, {}, doubtful.colleague(), "asked")
    assert PaymentLink.objects.filter(state="active").count() == 1
    assert dict(task_facts(task))["Installment"] == 1


def task_facts(task):
    with translation.override("en"):
        return [(str(name), value) for name, value in task_types.type_of(task.kind).facts(task)]


def test_where_the_plan_does_not_renew_a_person_is_asked(world):
    world.plan("by-person", PaymentPlanVersion.Kind.ONE_OFF, renew_links=False)
    invoice = world.invoice(plan="by-person")
    found = own_link.link_to_pay(student_id=invoice.student_id, installment_id=world.installment(invoice).pk)
    assert (found.link, found.is_paid) == (None, False)
    assert doubtful.open_tasks() == ["new_link_wanted"]


@pytest.mark.parametrize("kind", wishes.KINDS)
def test_a_wish_becomes_a_task_with_the_students_words_once(invoice, kind):
    client = come_in(invoice.student)
    answer = wish(client, kind, enrollment=invoice.enrollment_id)
    assert "The school has your words" in client.get(answer.headers["Location"] + "&lang=en").content.decode()
    again = wish(client, kind, enrollment=invoice.enrollment_id)
    assert (again.status_code, OperatorTask.objects.count(), CrmNote.objects.count()) == (422, 1, 1)
    task = OperatorTask.objects.get()
    assert task.kind == kind
    assert ("In the student's words", "Ես մայիսին բացակա եմ") in task_facts(task)
    told = [str(event.data) + event.reason for event in TimelineEvent.objects.filter(student=invoice.student)]
    assert not any("մայիսին" in line for line in told)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"kind": "pause_wanted", "words": "  "}, "Write in your own words"),
        ({"kind": "pause_wanted", "words": "a" * 2001}, "Write in your own words"),
        ({"kind": "a_pony", "words": "please"}, "Choose what you would like"),
        ({"kind": "pause_wanted", "words": "please", "enrollment": "x"}, "Choose the group"),
        ({"kind": "pause_wanted", "words": "please", "enrollment": "9" * 30}, "Choose the group"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_the_words(invoice, data, sentence):
    client = come_in(invoice.student)
    answer = client.post(reverse("my-wish") + "?lang=en", data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert data["words"] in answer.content.decode()
    assert OperatorTask.objects.count() == CrmNote.objects.count() == 0


def test_markup_stays_text(invoice):
    client = come_in(invoice.student)
    answer = wish(client, "a_pony", words="<script>alert(1)</script>")
    assert "<script>alert" not in answer.content.decode()


def test_the_page_asks_the_same_number_of_statements_however_much_there_is(world, invoice):
    student = invoice.student
    world.paid(world.link(invoice))
    client = come_in(student)

    def statements():
        with CaptureQueriesContext(connection) as asked:
            read(client)
        return len(asked)

    few = statements()
    for _more in range(3):
        further = world.invoice(student=student, plan="three-parts")
        world.paid(world.link(further))
    assert statements() == few
    assert few <= 14
