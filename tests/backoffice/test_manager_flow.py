"""A manager's way from an empty school to a payment link, without ever knowing an id."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.urls import reverse

from billing.models import Invoice, PaymentLink
from common import clock
from courses.models import Course, Group, Lesson
from students.models import Student, TimelineEvent
from tests.backoffice.people import person, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db):
    return person(role="manager")


def inline(prefix, rows=(), initial=0):
    """Return the fields that an inline of the admin posts."""
    data = {
        f"{prefix}-TOTAL_FORMS": len(rows),
        f"{prefix}-INITIAL_FORMS": initial,
        f"{prefix}-MIN_NUM_FORMS": 0,
        f"{prefix}-MAX_NUM_FORMS": 1000,
    }
    for place, row in enumerate(rows):
        data.update({f"{prefix}-{place}-{name}": value for name, value in row.items()})
    return data


def errors_of(answer):
    form = answer.context.get("adminform")
    return (form.form if form else answer.context["form"]).errors


def add_course(manager):
    answer = manager.post(
        reverse("admin:courses_course_add"),
        {
            "title": "Python",
            "description": "",
            "is_active": "on",
            **inline(
                "modules",
                [
                    {"number": 1, "title": "Basics", "price_minor": "40 000"},
                    {"number": 2, "title": "Web", "price_minor": ""},
                ],
            ),
        },
    )
    assert answer.status_code == 302, errors_of(answer)
    return Course.objects.get(title="Python")


def group_facts(course, legal_entity, **changes):
    return {
        "course": course.pk,
        "name": "Evening",
        "legal_entity": legal_entity.pk,
        "starts_on": "2026-12-01",
        "ends_on": "2027-02-28",
        "capacity": 12,
        "is_active": "on",
        "price_minor": "90000",
        "currency": "AMD",
        **inline("lessons"),
        **changes,
    }


def test_from_nothing_to_a_link_that_was_sent(world, manager):
    course = add_course(manager)
    assert [(m.title, m.price_minor) for m in course.modules.all()] == [("Basics", 4_000_000), ("Web", None)]

    assert (
        manager.post(reverse("admin:courses_group_add"), group_facts(course, world.legal_entity)).status_code
        == 302
    )
    group = Group.objects.get(name="Evening")
    assert group.price_minor == 9_000_000

    plan_lessons = reverse("admin:courses_group_weekly_lessons", args=[group.pk])
    assert manager.get(plan_lessons).context["form"]["first_day"].value() == group.starts_on
    manager.post(
        plan_lessons,
        {
            "weekdays": ["1", "3"],
            "starts_at": "19:00",
            "minutes": "90",
            "first_day": "2026-12-01",
            "last_day": "2026-12-31",
        },
    )
    first = Lesson.objects.filter(group=group).order_by("number").first()
    assert group.lessons.count() == 10
    assert first.starts_at.astimezone(clock.SCHOOL_ZONE).isoformat() == "2026-12-01T19:00:00+04:00"

    manager.post(
        reverse("admin:students_student_add"),
        {
            "full_name": "  Անի   Սարգսյան ",
            "email": "ani@example.am",
            "phone": "091 12-34-56",
            "language": "hy",
            **inline("payers", [{"full_name": "Mother", "email": "", "phone": "", "tax_id": ""}]),
        },
    )
    student = Student.objects.get(full_name="Անի Սարգսյան")
    assert student.phone == "+37491123456"
    payer = student.payers.get()
    assert TimelineEvent.objects.filter(student=student, kind="student_registered").count() == 1

    choice = {"group": group.pk, "plan": "three-parts"}
    preview = words_of(manager.get(reverse("admin:billing_enroll_preview"), choice).content.decode())
    assert preview.count("30,000 ֏") == 3
    assert "Full price 90,000 ֏" in preview
    assert not Invoice.objects.exists()

    answer = manager.post(
        reverse("admin:billing_enroll"), {"student": student.pk, "payer": payer.pk, **choice}, follow=True
    )
    invoice = Invoice.objects.get()
    assert invoice.payer == payer
    page = words_of(answer.content.decode())
    assert "is enrolled" in page
    assert "Remaining 90,000 ֏" in page

    ask = re.search(r'href="([^"]+\?installment=\d+)"', answer.content.decode())[1]
    form = manager.get(ask).context["form"]
    assert form["amount"].value() == "30000" or form["amount"].value() == 3_000_000
    answer = manager.post(ask, {"amount": "30000", "expires_on": str(clock.today())}, follow=True)
    link = PaymentLink.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("admin:billing_paymentlink_change", args=[link.pk])
    html = answer.content.decode()
    assert f'value="http://127.0.0.1:8000/pay/{link.token}/"' in html
    assert "<svg" in html
    assert "mq-qr-code" in html
    assert link.created_by == manager.user

    send = reverse("admin:billing_paymentlink_send", args=[link.pk])
    assert "ani@example.am" in manager.get(send).content.decode()
    assert mail.outbox == []
    manager.post(send)
    assert mail.outbox[0].to == ["ani@example.am"]
    assert link.token in mail.outbox[0].body


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("price_minor", "0", "more than zero"),
        ("price_minor", "-5", "more than zero"),
        ("price_minor", "100.50", "whole drams"),
        ("price_minor", "many", "as a number"),
        ("ends_on", "2026-11-01", "before the first day"),
        ("capacity", "0", "at least one place"),
    ],
)
def test_a_group_that_cannot_be_is_refused_at_the_field(world, manager, field, value, words):
    course = world.group().course
    before = Group.objects.count()
    answer = manager.post(
        reverse("admin:courses_group_add"), group_facts(course, world.legal_entity, **{field: value})
    )
    assert words in str(errors_of(answer)[field])
    assert Group.objects.count() == before


def test_a_student_with_a_taken_crm_id_is_refused_at_the_field(world, manager):
    world.student(crm_id="crm-1")
    answer = manager.post(
        reverse("admin:students_student_add"),
        {"full_name": "Other", "language": "hy", "crm_id": "crm-1", **inline("payers")},
    )
    assert "crm_id" in errors_of(answer)
    assert not Student.objects.filter(full_name="Other").exists()


def test_a_bad_phone_is_refused_at_the_field(manager):
    answer = manager.post(
        reverse("admin:students_student_add"),
        {"full_name": "Other", "language": "hy", "phone": "12", **inline("payers")},
    )
    assert "Write the phone with digits" in str(errors_of(answer)["phone"])


def test_a_change_of_a_student_stands_in_the_history(world, manager):
    student = world.student()
    manager.post(
        reverse("admin:students_student_change", args=[student.pk]),
        {"full_name": "New Name", "email": student.email, "language": "ru", **inline("payers")},
    )
    student.refresh_from_db()
    event = TimelineEvent.objects.get(student=student, kind="student_changed")
    assert (student.full_name, event.data["fields"]) == ("New Name", ["full_name", "language"])
    assert event.actor == manager.user


def test_a_full_group_is_told_before_and_refused_after(world, manager):
    group = world.group(capacity=1)
    world.invoice(group=group)
    choice = {"group": group.pk, "plan": "one-off"}
    assert "All places of this group are taken" in words_of(
        manager.get(reverse("admin:billing_enroll_preview"), choice).content.decode()
    )
    answer = manager.post(reverse("admin:billing_enroll"), {"student": world.student().pk, **choice})
    assert "places of this group are taken" in str(answer.context["form"].errors["group"])


def test_a_student_is_not_enrolled_twice(world, manager):
    invoice = world.invoice()
    answer = manager.post(
        reverse("admin:billing_enroll"),
        {"student": invoice.student_id, "group": invoice.enrollment.group_id, "plan": "one-off"},
    )
    assert "already enrolled" in str(answer.context["form"].errors["group"])
    assert Invoice.objects.count() == 1


def test_the_enroll_page_knows_the_student_it_was_opened_from(world, manager):
    student = world.student()
    answer = manager.get(reverse("admin:students_student_enroll", args=[student.pk]), follow=True)
    assert answer.redirect_chain[-1][0] == f"{reverse('admin:billing_enroll')}?student={student.pk}"
    assert student.full_name in answer.content.decode()


def test_the_payers_follow_the_chosen_student(world, manager):
    student, other = world.student(), world.student()
    student.payers.create(full_name="Mother of one")
    other.payers.create(full_name="Father of another")
    html = manager.get(reverse("admin:billing_enroll_preview"), {"student": student.pk}).content.decode()
    assert 'hx-swap-oob="true"' in html
    assert "Mother of one" in html
    assert "Father of another" not in html


def test_another_students_payer_is_refused(world, manager):
    student, other = world.student(), world.student()
    payer = other.payers.create(full_name="Father of another")
    answer = manager.post(
        reverse("admin:billing_enroll"),
        {"student": student.pk, "group": world.group().pk, "plan": "one-off", "payer": payer.pk},
    )
    assert "payer" in answer.context["form"].errors
    assert not Invoice.objects.exists()


def test_nothing_is_previewed_without_a_choice(manager):
    page = words_of(manager.get(reverse("admin:billing_enroll_preview")).content.decode())
    assert "Choose a group and a payment plan" in page


def test_planning_the_same_lessons_again_plans_none(world, manager):
    group = world.group()
    plan = {
        "weekdays": ["0", "1", "2", "3", "4", "5", "6"],
        "starts_at": "10:00",
        "minutes": "60",
        "first_day": str(group.starts_on),
        "last_day": str(group.starts_on + dt.timedelta(days=6)),
    }
    address = reverse("admin:courses_group_weekly_lessons", args=[group.pk])
    assert manager.post(address, plan).status_code == 302
    assert list(group.lessons.values_list("number", flat=True)) == list(range(1, 9))
    answer = manager.post(address, plan)
    assert "no new lesson" in str(answer.context["form"].errors["weekdays"])
    outside = {**plan, "last_day": str(group.ends_on + dt.timedelta(days=1))}
    assert "must lie within" in str(manager.post(address, outside).context["form"].errors["last_day"])


def test_a_lesson_is_held_or_cancelled_by_choosing(world, manager):
    group = world.group(starts_on=clock.today() - dt.timedelta(days=2))
    lesson = group.lessons.get()
    started = lesson.starts_at.astimezone(clock.SCHOOL_ZONE).strftime("%Y-%m-%dT%H:%M")

    def choose(standing):
        rows = [
            {
                "id": lesson.pk,
                "number": 1,
                "starts_at": started,
                "minutes": 90,
                "standing": standing,
                "group": group.pk,
            }
        ]
        facts = group_facts(
            group.course,
            world.legal_entity,
            name=group.name,
            starts_on=str(group.starts_on),
            ends_on=str(group.ends_on),
            **inline("lessons", rows, initial=1),
        )
        answer = manager.post(reverse("admin:courses_group_change", args=[group.pk]), facts)
        assert answer.status_code == 302, answer.context["errors"]
        lesson.refresh_from_db()

    choose("held")
    assert lesson.held_at == lesson.starts_at
    choose("cancelled")
    assert lesson.held_at is None
    assert lesson.cancelled_at is not None
    choose("planned")
    assert (lesson.held_at, lesson.cancelled_at) == (None, None)
