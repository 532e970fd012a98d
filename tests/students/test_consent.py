"""A consent is one row for each version of the text, with its time and language."""

import hashlib

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import translation

from common import clock
from students import consenting
from students.models import StudentConsent, TimelineEvent
from tests.my_page.inside import come_in, read

# Whoever changes the text in any language gives it a new version, and writes its new fingerprint here.
FINGERPRINTS = {"2026-11": "c7c277b4d9bf5939"}


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


def agree(client, version=consenting.VERSION, language="ru"):
    return client.post(reverse("my-consent") + "?lang=en", {"version": version, "language": language})


def test_the_version_and_the_text_belong_together():
    told = ""
    for language in ("hy", "ru", "en"):
        with translation.override(language):
            told += "\n".join(map(str, consenting.TEXT))
    assert FINGERPRINTS[consenting.VERSION] == hashlib.sha256(told.encode()).hexdigest()[:16]


def test_it_is_asked_once_and_kept_with_version_time_and_language(world):
    student = world.student()
    client = come_in(student)
    assert "I agree" in read(client)
    for _time in range(2):
        assert agree(client).status_code == 303
    given = StudentConsent.objects.get()
    assert (given.student, given.version, given.language) == (student, consenting.VERSION, "ru")
    assert given.given_at
    assert "I agree" not in read(client)
    assert TimelineEvent.objects.filter(kind="consent_given", actor_kind="student").count() == 1


def test_a_new_version_is_asked_again_and_the_old_row_stays(world, monkeypatch):
    client = come_in(world.student())
    agree(client)
    monkeypatch.setattr(consenting, "VERSION", "2027-01")
    assert "I agree" in read(client)
    old = agree(client, version="2026-11")
    assert old.status_code == 409
    assert "The text has changed meanwhile" in old.content.decode()
    agree(client, version="2027-01")
    assert list(StudentConsent.objects.order_by("pk").values_list("version", flat=True)) == [
        "2026-11",
        "2027-01",
    ]


@pytest.mark.parametrize(("version", "language"), [("", "ru"), ("1999", "ru"), (consenting.VERSION, "xx")])
def test_what_was_not_shown_is_not_agreed_to(world, version, language):
    client = come_in(world.student())
    assert agree(client, version, language).status_code == 409
    assert not StudentConsent.objects.exists()


def test_the_representative_agrees_for_a_minor(world):
    student = world.student(
        birth_date=born(10), representative_name="Գոհար", representative_email="g@example.am"
    )
    assert "I, Գոհար, agree for the student" in read(come_in(student))


def born(years):
    return clock.today().replace(year=clock.today().year - years, day=1)
