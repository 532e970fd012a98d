"""Each component printed once, and the error pages, which must not need anything that may be broken."""

import datetime as dt
import re

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from common.templatetags import mutq


def words(name, **context):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", render_to_string(name, context))).strip()


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def test_a_state_is_word_icon_and_colour():
    shown = render_to_string("components/state.html", {"word": "overdue", "tone": "bad", "icon": "alert"})
    assert "Overdue" in shown
    assert "mq-bad" in shown
    assert "icons.svg#alert" in shown


def test_a_state_of_a_record_takes_its_word_from_the_record():
    from billing.models import Payment

    shown = mutq.state(Payment(state="held"))
    assert (shown["word"], shown["tone"], shown["icon"]) == ("held", "warn", "hand")


def test_money_days_and_moments_are_shown_in_the_readers_language():
    assert "25,000\u00a0֏" in mutq.money(2_500_000, "AMD")
    assert "mq-minus" in mutq.money(-100, "AMD")
    assert mutq.money(None, "AMD") == mutq.moment(None) == mutq.day(None) == "–"
    with translation.override("ru"):
        assert "25\u00a0000\u00a0֏" in mutq.money(2_500_000, "AMD")
        assert mutq.day(dt.date(2026, 11, 2)) == "2 ноября 2026 г."
    moment = mutq.moment(dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC), "short")
    assert moment == '<time datetime="2026-11-02T10:00:00+00:00">2 Nov 2026, 14:00</time>'
    assert mutq.period(dt.date(2026, 11, 2), None) == "2 November 2026"


@pytest.mark.parametrize(
    ("name", "context", "shown"),
    [
        ("money", {"amount_minor": 100, "currency": "AMD"}, "1 ֏"),
        ("facts", {"facts": [{"name": "course", "value": "Python"}, {"name": "group", "value": ""}]}, "Course Python"),
        ("card", {"title": "Money", "text": "Nothing due.", "action": {"url": "/", "text": "Show"}}, "Money Show Nothing due."),
        ("notice", {"tone": "bad", "title": "Refused", "text": "Ask."}, "Refused Ask."),
        ("empty", {"title": "No link yet", "text": "Do.", "action": {"url": "/", "text": "Go"}}, "No link yet Do. Go"),
        ("outcome", {"tone": "good", "title": "Paid"}, "Paid"),
        ("page_header", {"over": "Student", "title": "Ani", "action": {"url": "/", "text": "Enroll"}}, "Student Ani Enroll"),
        ("button", {"text": "Send", "look": "primary"}, "Send"),
        ("tile", {"figure": 3, "text": "overdue", "url": "/"}, "3 overdue"),
        ("copy", {"id": "link", "label": "Link", "value": "https://x"}, "Copy"),
        ("chips", {"label": "Kind", "chips": [{"url": "?", "text": "All", "current": True, "count": 2}]}, "All 2"),
        (
            "progress",
            {"paid_minor": 100, "remaining_minor": 200, "full_minor": 300, "currency": "AMD"},
            "1 ֏ Paid 1 ֏ Remaining 2 ֏ Full price 3 ֏",
        ),
        (
            "table",
            {"caption": "Debts", "columns": [{"name": "who"}, {"name": "sum", "number": True}], "rows": [["Ani", "5"]]},
            "Debts Who Sum Ani 5",
        ),
        ("table", {"caption": "Debts", "columns": [{"name": "who"}], "rows": [], "nothing": "None"}, "Debts Who None"),
        (
            "event",
            {"at": dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC), "sentence": "Paid", "actor": "Bank", "reason": "look-up"},
            "Paid 2 Nov 2026, 14:00 Bank · look-up",
        ),
    ],
)  # fmt: skip
def test_a_component_prints_what_it_is_given(name, context, shown):
    assert words(f"components/{name}.html", **context) == shown


def test_a_schedule_shows_what_is_paid_and_what_remains():
    part = {
        "number": 2,
        "period_from": dt.date(2026, 9, 1),
        "period_to": dt.date(2026, 9, 30),
        "due_date": dt.date(2026, 9, 5),
        "expected_minor": 300,
        "paid_minor": 100,
        "remaining_minor": 200,
        "look": {"word": "partly paid", "tone": "warn", "icon": "half"},
    }
    shown = words("components/schedule.html", installments=[part], currency="AMD", current=2)
    assert shown == "2 1–30 September 2026 Due by 5 September 2026 Partly paid 3 ֏ Paid 1 ֏ Remaining 2 ֏"


def test_what_a_student_typed_is_never_markup():
    shown = render_to_string("components/notice.html", {"tone": "mute", "text": "<script>alert(1)</script>"})
    assert "<script>" not in shown


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_a_fault_is_told_in_three_languages_without_request_or_translations(name):
    shown = render_to_string(name)
    assert re.findall(r'<(?:section)[^>]* lang="(..)"', shown) == ["hy", "ru", "en"]
    assert "mutq/tokens.css" in shown


@pytest.mark.parametrize(
    ("language", "title"), [("hy", "ոչինչ չկա"), ("ru", "ничего нет"), ("en", "There is nothing")]
)
def test_not_found_speaks_the_readers_language(language, title):
    with translation.override(language):
        shown = render_to_string("404.html", request=RequestFactory().get("/x"))
    assert title in shown
    assert f'<html lang="{language}"' in shown


@pytest.mark.parametrize("name", ["403.html", "403_csrf.html", "404.html", "pay/too_many.html"])
def test_an_error_page_says_what_happened_and_what_to_do(name):
    shown = render_to_string(name, request=RequestFactory().get("/x"))
    assert re.search(r"<h1[^>]*>[^<]{5,}</h1>\s*<p[^>]*>[^<]{20,}</p>", shown)
