"""The page that moves a student: the effect first, then the deed, for those who may."""

import pytest
from django.urls import reverse

from billing.models import TransferSettlement
from common import clock
from courses.models import Transfer
from tests.backoffice.people import person, words_of
from tests.billing.moving_school import group, student_who_paid


@pytest.fixture
def invoice(world):
    return student_who_paid(world)


@pytest.fixture
def target(world):
    return group(world, price=60_000)


@pytest.fixture
def manager(invoice):
    return person(role="manager")


def address(invoice):
    return reverse("transfer-student", args=[invoice.enrollment_id])


def filled(target, **facts):
    return {"group": target.pk, "reason": "evening suits better", **facts}


def test_the_student_page_leads_there(manager, invoice):
    page = manager.get(reverse("student-page", args=[invoice.student_id])).text
    assert address(invoice) in page


def test_the_effect_is_shown_before_anything_moves(manager, invoice, target):
    assert target.name in manager.get(address(invoice)).text
    page = manager.post(address(invoice), filled(target))
    assert page.status_code == 200
    for words in (
        "2 of 3 lessons were held",
        "10,000 ֏",
        "20,000 ֏",
        "46,666 ֏",
        "36,666 ֏",
        "Move the student",
    ):
        assert words in words_of(page.text)
    assert not Transfer.objects.exists()


def test_what_was_seen_is_done(manager, invoice, target):
    seen = manager.post(address(invoice), filled(target)).context["plan"].seen
    done = manager.post(address(invoice), filled(target, do="1", seen=seen), follow=True)
    assert "Moved." in done.text
    assert "10,000 ֏ taken along" in words_of(done.text)
    assert address(invoice) not in done.text
    again = manager.post(address(invoice), filled(target, do="1", seen=seen))
    assert (again.status_code, TransferSettlement.objects.count()) == (302, 1)
    other = person(role="manager").post(address(invoice), filled(target, do="1", seen=seen))
    assert (other.status_code, TransferSettlement.objects.count()) == (422, 1)
    assert "already" in other.text


def test_what_nobody_saw_is_shown_again(manager, invoice, target):
    seen = manager.post(address(invoice), filled(target)).context["plan"].seen
    invoice.enrollment.group.lessons.filter(number=3).update(held_at=clock.now())
    for mark in ("", seen):
        page = manager.post(address(invoice), filled(target, do="1", seen=mark))
        assert "Something changed meanwhile" in page.text
    assert not Transfer.objects.exists()


def test_a_refusal_stands_on_the_form(manager, invoice, world):
    full = group(world, capacity=1)
    world.invoice(group=full)
    page = manager.post(address(invoice), filled(full))
    assert page.status_code == 422
    assert "places of this group are taken" in page.text
    assert manager.post(address(invoice), {"group": full.pk, "reason": ""}).status_code == 422


@pytest.mark.parametrize("role", ["support", "cashier", "accountant", "administrator"])
def test_only_managers_move_students(role, invoice, target):
    client = person(role=role)
    assert client.get(address(invoice)).status_code == 403
    assert client.post(address(invoice), filled(target, do="1")).status_code == 403
    assert address(invoice) not in client.get(reverse("student-page", args=[invoice.student_id])).text
    assert not Transfer.objects.exists()
