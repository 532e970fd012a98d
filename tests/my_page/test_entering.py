"""The way in to the own page: one mail, one press, a while; and nothing for anybody else."""

import pytest
from django.core import mail, signing
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from config.my_page import door, entry_views
from students import entering, entry_mail
from students.models import StudentEntry, TimelineEvent
from tests.backoffice.people import words_of
from tests.my_page.inside import ask, browser, come_in, link_of, mailed, read

MINUTE = 60


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def student(world):
    return world.student(language="en")


def kinds(student):
    return list(
        TimelineEvent.objects.filter(student=student, kind__startswith="entry")
        .order_by("pk")
        .values_list("kind", "actor_kind")
    )


def test_from_the_question_to_the_page_and_out(student):
    client = come_in(student)
    assert student.full_name in read(client)
    answer = client.post(reverse("my-leave"))
    assert answer.headers["Location"] == reverse("my-page")
    assert student.full_name not in read(client)
    assert kinds(student) == [
        ("entry_asked", "system"),
        ("entry_opened", "student"),
        ("entry_left", "student"),
    ]


def test_known_and_unknown_addresses_read_the_same(student):
    client = browser()
    known, unknown, nothing = (
        ask(address, client) for address in (student.email, "nobody@example.am", "not an address")
    )
    assert known.status_code == unknown.status_code == nothing.status_code == 200
    assert known.content == unknown.content == nothing.content
    assert StudentEntry.objects.count() == 1
    entry_mail.mail_links()
    assert [letter.to for letter in mail.outbox] == [[student.email]]


def test_letters_of_any_size_and_spaces_find_the_student(student):
    ask(f"  {student.email.upper()} ")
    assert mailed(student.email)


def test_brothers_share_an_address_and_each_gets_a_link(world, student):
    world.student(email=student.email)
    ask(student.email)
    assert entry_mail.mail_links() == 2


def test_the_mail_is_in_the_students_language(world):
    student = world.student(language="ru")
    link_of(student)
    assert "Здравствуйте" in mail.outbox[-1].body
    assert student.email not in mail.outbox[-1].body


def test_a_mail_scanner_uses_nothing_up(student):
    link = link_of(student)
    for _time in range(3):
        scanner = browser().get(link)
        assert scanner.status_code == 200
        assert door.COOKIE not in scanner.cookies
    assert browser().post(link).status_code == 303


def test_a_link_opens_once(student):
    link = link_of(student)
    assert browser().post(link).status_code == 303
    second = browser()
    for answer in (second.post(link), second.get(link)):
        assert answer.status_code == 403
        assert "was used already" in answer.content.decode()
    assert door.COOKIE not in second.cookies


def test_the_time_of_a_link_ends(student, shift_clock):
    link = link_of(student)
    shift_clock(seconds=31 * MINUTE)
    answer = browser().post(link)
    assert answer.status_code == 403
    assert "The time of this link is over" in answer.content.decode()


def test_the_time_of_a_session_ends(student, shift_clock):
    client = come_in(student)
    shift_clock(seconds=121 * MINUTE)
    assert student.full_name not in read(client)


@pytest.mark.parametrize(
    "forge", [lambda t: t[:-2] + "zz/", lambda _t: "/my/open/abc/", lambda _t: "/my/open/MQ:1:x/"]
)
def test_a_forged_link_opens_nothing(student, forge):
    answer = browser().post(forge(link_of(student)))
    assert answer.status_code == 403
    assert "This link opens nothing" in answer.content.decode()
    assert door.COOKIE not in answer.cookies


def test_a_signature_for_something_else_opens_nothing(student):
    link_of(student)
    entry = StudentEntry.objects.get()
    other = signing.dumps(entry.pk, salt="something else")
    assert browser().post(reverse("my-open", args=[other])).status_code == 403


@pytest.mark.parametrize("value", ["1", "1:abc:def", "", "x" * 400])
def test_a_forged_cookie_shows_nothing(student, value):
    come_in(student)
    stranger = browser()
    stranger.cookies[door.COOKIE] = value
    assert student.full_name not in read(stranger)


def test_the_cookie_is_kept_from_scripts_and_other_pages(student):
    client = browser()
    answer = client.post(link_of(student))
    cookie = answer.cookies[door.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/my/")
    assert 0 < int(cookie["max-age"]) <= entering.SESSION_HOURS * 3600
    assert browser().post(link_of(student), secure=True).cookies[door.COOKIE]["secure"]
    page = client.get(reverse("my-page"))
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_a_copied_cookie_dies_when_the_student_leaves(student):
    client = come_in(student)
    copy = browser()
    copy.cookies[door.COOKIE] = client.cookies[door.COOKIE].value
    assert student.full_name in read(copy)
    client.post(reverse("my-leave"))
    assert student.full_name not in read(copy)
    client.post(reverse("my-leave"))  # twice


def test_who_asks_often_gets_no_further_mail_and_the_same_answer(student):
    answers = [ask(student.email).status_code for _time in range(entering.MOST_LINKS + 2)]
    assert answers == [200] * len(answers)
    assert entry_mail.mail_links() == entering.MOST_LINKS


def test_who_asks_very_often_is_slowed(student, monkeypatch):
    monkeypatch.setattr(entry_views, "MOST_ASKED", 2)
    assert [ask("a@example.am").status_code for _time in range(3)] == [200, 200, 429]


def test_a_mail_that_fails_is_not_repeated(student, monkeypatch):
    def fail(*_args, **_facts):
        raise OSError("no mail server")

    ask(student.email)
    with monkeypatch.context() as patch:
        patch.setattr("students.entry_mail.EmailMessage.send", fail)
        assert entry_mail.mail_links() == 0
    assert entry_mail.mail_links() == 0


def test_forms_need_their_token(student):
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("my-ask"), {"email": student.email}).status_code == 403
    assert client.post(link_of(student)).status_code == 403
    assert not StudentEntry.objects.filter(opened_at__isnull=False).exists()


def test_words_of_the_first_page():
    assert "No password" in words_of(read(browser()))
