"""Letters about a minor go to the legal representative, if there is one with an address."""

import datetime as dt

import pytest
from django.core import mail
from django.core.cache import cache

from billing import link_mail
from common import clock
from students import registration, timeline
from students.models import Student
from tests.my_page import inside

TODAY = dt.date(2026, 11, 27)


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.mark.parametrize(
    ("born", "email", "address"),
    [
        (dt.date(2008, 11, 28), "mother@example.am", "mother@example.am"),  # eighteen tomorrow
        (dt.date(2008, 11, 27), "mother@example.am", "own@example.am"),  # eighteen today
        (dt.date(2015, 1, 1), "", "own@example.am"),
        (None, "mother@example.am", "own@example.am"),
    ],
)
def test_the_address_follows_age_and_what_is_known(monkeypatch, born, email, address):
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    student = Student(email="own@example.am", birth_date=born, representative_email=email)
    assert student.letter_address == address


@pytest.fixture
def minor(world):
    return world.student(
        birth_date=clock.today() - dt.timedelta(days=3650), representative_email="Mother@example.am"
    )


def test_the_payment_link_goes_to_the_representative(world, minor):
    link = world.link(world.invoice(student=minor))
    link_mail.send_payment_link(link_id=link.pk, actor=timeline.SYSTEM)
    assert mail.outbox[-1].to == ["Mother@example.am"]


@pytest.mark.parametrize("whose", ["own", "representative"])
def test_the_way_in_goes_to_the_representative_whoever_asked(minor, whose):
    inside.ask(minor.email if whose == "own" else "mother@example.am")
    assert inside.mailed("Mother@example.am")
    assert {tuple(letter.to) for letter in mail.outbox} == {("Mother@example.am",)}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"representative_email": "no address"}, "representative_email"),
        ({"representative_phone": "call me"}, "representative_phone"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(db, facts, field):
    with pytest.raises(registration.BadStudentData) as refused:
        registration.register_student(full_name="Արամ", actor=timeline.SYSTEM, **facts)
    assert refused.value.field == field
