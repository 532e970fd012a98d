"""The timeline on the student page: order, filters, pages by key, the words of each entry."""

import datetime as dt
import itertools
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from billing.models import MerchantAccount
from config.backoffice.student_page import changes, feed
from courses import enrolling
from students import kinds, timeline
from students.models import TimelineEvent
from tests.backoffice.people import person, read, words_of

START = dt.datetime(2026, 3, 1, 8, 0, tzinfo=dt.UTC)


@pytest.fixture
def support(db):
    return person(role="support")


def happen(student, number, *, kind="link_opened", minutes=1):
    """Record events at steady distances (none: all in one moment)."""
    timeline.record(
        [
            timeline.Event(
                kind=kind,
                student_id=student.pk,
                actor=timeline.STUDENT,
                at=START + dt.timedelta(minutes=minutes * place),
                reason=f"event {place}",
            )
            for place in range(number)
        ]
    )


def reasons(html):
    return [int(found) for found in re.findall(r"event (\d+)<", html)]


def older_address(html):
    found = re.search(r'href="([^"]*before=[^"#]*)', html)
    return found[1].replace("&amp;", "&") if found else None


def walk(client, student, query=""):
    """Follow "older" to the end, as without scripts; return what every page showed."""
    pages, address = [], reverse("student-page", args=[student.pk]) + query
    while address:
        html = client.get(address).content.decode()
        pages.append(reasons(html))
        address = older_address(html)
    return pages


def test_the_newest_comes_first_and_pages_meet_without_gap_or_double(world, support):
    student = world.student()
    happen(student, 95)
    pages = walk(support, student, "?kind=link")
    assert [len(page) for page in pages] == [30, 30, 30, 5]
    assert list(itertools.chain(*pages)) == list(range(94, -1, -1))


def test_events_of_one_moment_keep_their_order_across_pages(world, support):
    student = world.student()
    happen(student, 70, minutes=0)
    assert list(itertools.chain(*walk(support, student))) == list(range(69, -1, -1))


def test_an_event_that_arrives_while_somebody_reads_moves_nothing(world, support):
    student = world.student()
    happen(student, 40)
    first = read(support, student)
    timeline.record([timeline.Event(kind="link_opened", student_id=student.pk, actor=timeline.STUDENT)])
    second = support.get(older_address(first)).content.decode()
    assert reasons(first) + reasons(second) == list(range(39, -1, -1))


def test_htmx_gets_the_older_entries_alone(world, support):
    student = world.student()
    happen(student, 40)
    first = read(support, student, "?kind=link")
    answer = support.get(older_address(first), headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert "<html" not in html
    assert html.lstrip().startswith("<li")
    assert reasons(html) == list(range(9, -1, -1))
    assert "hx-get" not in html


def test_a_chip_shows_one_group_and_older_pages_keep_it(world, support):
    student = world.student()
    happen(student, 40, kind="link_opened")
    happen(student, 40, kind="payment_verified")
    pages = walk(support, student, "?kind=payment")
    assert [len(page) for page in pages] == [30, 10]
    html = read(support, student, "?kind=payment")
    assert "Payment verified" in words_of(html)
    assert "opened the payment link" not in words_of(html)
    assert re.search(r'kind=payment#timeline" aria-current="true"', html)


@pytest.mark.parametrize(
    "query",
    [
        "?kind=nonsense",
        "?before=nonsense",
        "?before=20260301T080000.000000-",
        "?before=20260301T080000.000000-99999999999999999999",
        "?before=20269999T080000.000000-1",
        "?kind=%00&before=%00",
    ],
)
def test_a_mangled_address_shows_the_newest(world, support, query):
    student = world.student()
    happen(student, 3)
    assert reasons(read(support, student, query)) == [2, 1, 0]


def test_nothing_of_a_kind_says_so(world, support):
    assert "Nothing of this kind" in words_of(read(support, world.student(), "?kind=payment"))


def test_no_other_student_is_in_the_timeline(world, support):
    mine, other = world.student(), world.student()
    happen(other, 3)
    assert reasons(read(support, mine)) == []


def test_every_group_has_a_chip_and_every_chip_a_kind():
    groups = {kind.group for kind in kinds.all_kinds().values()}
    assert groups == set(feed.GROUPS)


def test_an_entry_says_who_when_why_and_what_changed(world, support):
    invoice = world.invoice()
    boss = person(role="manager").user
    enrolling.end_enrollment(
        enrollment_id=invoice.enrollment_id, reason="moved abroad", actor=timeline.Actor.person(boss)
    )
    html = read(support, invoice.student, "?kind=enrollment")
    words = words_of(html)
    event = TimelineEvent.objects.get(kind="enrollment_ended")
    assert "Enrollment ended" in words
    assert boss.first_name in words
    assert "moved abroad" in words
    assert event.at.astimezone(dt.timezone(dt.timedelta(hours=4))).strftime("%H:%M") in words
    assert str(invoice.enrollment.group) in words


def test_a_change_of_state_is_told_before_and_after(world, support):
    payment = world.paid()
    words = words_of(read(support, payment.student, "?kind=payment"))
    assert "at the bank verified" in words
    words = words_of(read(support, payment.student, "?kind=access"))
    assert "not opened open" in words


def test_changes_are_told_in_the_words_of_the_field():
    event = TimelineEvent(
        subject_kind="billing.invoice",
        data={"currency": "AMD"},
        before={"full_minor": 100_00, "currency": "AMD", "gone_field": None},
        after={"full_minor": 90_00, "currency": "AMD", "gone_field": "2026-01-05"},
    )
    with translation.override("en"):
        assert changes.changes_of(event) == [
            ("full price", "100\u00a0֏", "90\u00a0֏"),
            ("gone field", "–", "5 January 2026"),
        ]
        bare = TimelineEvent(subject_kind="gone.model", before="open", after="closed", data={})
        assert changes.changes_of(bare) == [("state", "open", "closed")]


def test_who_did_it_is_said_for_every_kind_of_actor(world, support):
    student = world.student()
    MerchantAccount.objects.filter(code="ameria").update(name="Ameriabank")
    for actor in (
        timeline.STUDENT,
        timeline.SYSTEM,
        timeline.Actor.provider("ameria"),
        timeline.Actor.program("AmoCRM"),
    ):
        timeline.record([timeline.Event(kind="link_opened", student_id=student.pk, actor=actor)])
    words = words_of(read(support, student))
    for told in ("The student", "By rule", "Answer of Ameriabank", "Program AmoCRM"):
        assert told in words


def test_a_record_is_linked_only_for_those_who_may_open_it(world):
    payment = world.paid()
    address = kinds.all_kinds()["payment_verified"].link(
        TimelineEvent(subject_kind="billing.payment", subject_id=payment.pk)
    )
    if not address:
        pytest.fail("the admin shows no payments")
    assert f'href="{address}"' in read(person(role="support"), payment.student)
    assert address not in read(person(rights=["students.view_timeline"]), payment.student)


@pytest.fixture
def long_history(world):
    student = world.student()
    happen(student, 4000)
    happen(world.student(), 4000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM students_timelineevent WHERE student_id = %s", [student.pk])
        assert cursor.fetchone()[0] > 4000
    return student


def rows_touched(student, before):
    """How many rows the database read for a page, from its own count."""
    with CaptureQueriesContext(connection) as queries:
        feed.read_page(student_id=student.pk, group="", before=before, viewer=person(role="support").user)
    sql = next(q["sql"] for q in queries if "ORDER BY" in q["sql"] and "students_timelineevent" in q["sql"])
    with connection.cursor() as cursor:
        # Without statistics of the rows just written the planner may fetch and sort them all; ask it for the index alone, and in
        # its order. A query that cannot be answered in that order is sorted all the same, and reads too many rows.
        cursor.execute("SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0][0]["Plan"]
    return _scanned(plan)


def _scanned(plan):
    own = 0
    if plan.get("Relation Name") == "students_timelineevent":
        own = plan["Actual Rows"] * plan["Actual Loops"] + plan.get("Rows Removed by Filter", 0)
        assert "timeline_by_student" in plan.get("Index Name", ""), plan
    return own + sum(_scanned(child) for child in plan.get("Plans", []))


def test_a_deep_page_reads_as_few_rows_as_the_first(long_history):
    middle = TimelineEvent.objects.filter(student=long_history).order_by("-at", "-id")[2500]
    end = TimelineEvent.objects.filter(student=long_history).order_by("-at", "-id")[3950]
    for before in ("", feed.key_of(middle), feed.key_of(end)):
        assert rows_touched(long_history, before) <= feed.PAGE_LENGTH + 2
