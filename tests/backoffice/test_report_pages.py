"""The pages of the reports: who sees them, what they show, where numbers lead, and what a bad question gets."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from common import clock
from reconciliation.reports import registry
from students.models import TimelineEvent
from tests.backoffice.people import person, words_of
from tests.refunds import school
from tests.reports import files

pytestmark = pytest.mark.django_db


def this_month():
    return f"{clock.today():%Y-%m}"


def page_of(code, **query):
    return reverse("report", args=[code]) + (
        "?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else ""
    )


def file_of(code, form, **query):
    return reverse("report-file", args=[code, form]) + "?" + "&".join(f"{k}={v}" for k, v in query.items())


def content(answer):
    return b"".join(answer.streaming_content)


def links_of(answer):
    return [html.unescape(link) for link in re.findall(r'href="([^"]*)"', answer.content.decode())]


def test_every_report_opens_and_downloads(world):
    school.paid_invoice(world)
    accountant = person(role="accountant")
    for code in registry.REPORTS:
        assert accountant.get(page_of(code)).status_code == 200, code
        for form in ("csv", "xlsx"):
            answer = accountant.get(file_of(code, form, month=this_month()))
            assert answer.status_code == 200
            assert content(answer)


def test_every_number_leads_to_the_rows_it_is_made_of(world):
    invoice, _payments = school.paid_invoice(world)
    accountant = person(role="accountant")
    for code in ("receivables", "money", "reconciliation"):
        led = [
            link
            for link in links_of(accountant.get(page_of(code)))
            if link.startswith("/reports/ledger_lines/")
        ]
        assert led, code
        for link in set(led):
            page = accountant.get(link)
            assert page.status_code == 200
            assert "Nothing in this month" not in words_of(page.content.decode()), link
    paid = page_of(
        "ledger_lines", month=this_month(), account="receivable", part="paid", invoice=invoice.number
    )
    assert "−90,000" in words_of(accountant.get(paid).content.decode()).replace("-", "−")


def test_the_page_says_that_it_adds_up(world):
    school.paid_invoice(world)
    shown = words_of(person(role="accountant").get(page_of("receivables")).content.decode())
    assert "It adds up." in shown
    assert "Rows 1–1 of 1" in shown


def test_an_empty_month_says_what_to_do(db):
    accountant = person(role="accountant")
    for code, report in registry.REPORTS.items():
        shown = words_of(accountant.get(page_of(code, month="2026-01")).content.decode())
        assert html.unescape(str(report.nothing)) in html.unescape(shown), code


@pytest.mark.parametrize(
    ("month", "words"),
    [
        ("2026-13", "Write the month like 2026-10."),
        ("x", "Write the month like 2026-10."),
        ("2099-01", "This month has not begun."),
        ("1990-01", "The books do not reach so far back."),
    ],
)
def test_a_bad_month_is_told(month, words, db):
    accountant = person(role="accountant")
    for address in (page_of("receivables", month=month), file_of("receivables", "csv", month=month)):
        answer = accountant.get(address)
        assert answer.status_code == 422
        assert words in words_of(answer.content.decode())
    answer = accountant.get(reverse("reports") + f"?month={month}")
    assert (answer.status_code, words in words_of(answer.content.decode())) == (422, True)
    assert not TimelineEvent.objects.filter(kind="report_downloaded").exists()


@pytest.mark.parametrize(
    "query",
    [
        {"payment": "x"},
        {"booked_on": "yesterday"},
        {"invoice": "a" * 300},
        {"until": "2026"},
        {"until": "2099-01-01"},
    ],
)
def test_a_bad_value_is_told(query, db):
    answer = person(role="accountant").get(page_of("ledger_lines", **query))
    assert answer.status_code == 422


def test_a_day_is_asked_of_what_is_overdue(db):
    accountant = person(role="accountant")
    assert accountant.get(page_of("overdue", month="2026-01", day="2026-01-15")).status_code == 200
    assert accountant.get(page_of("overdue", month="2026-01", day="2026-02-15")).status_code == 422


def test_each_role_reads_its_reports(db):
    seen = {
        "manager": {"refunds", "openings", "overdue"},
        "administrator": {"refunds", "openings", "overdue"},
        "accountant": set(registry.REPORTS),
    }
    for role, codes in seen.items():
        reader = person(role=role)
        shown = {
            code
            for code in registry.REPORTS
            if f"/reports/{code}/?" in reader.get(reverse("reports")).content.decode()
        }
        assert shown == codes, role
        for code in set(registry.REPORTS) - codes:
            assert reader.get(page_of(code)).status_code == 403
            assert reader.get(file_of(code, "csv")).status_code == 403


@pytest.mark.parametrize("role", ["cashier", "support"])
def test_others_read_no_report(role, db):
    reader = person(role=role)
    assert reader.get(reverse("reports")).status_code == 403
    assert reader.get(page_of("openings")).status_code == 403
    assert reader.get(file_of("openings", "csv")).status_code == 403


def test_a_right_to_the_rows_is_no_right_to_reports(db):
    reader = person(rights=["billing.view_ledgerline", "billing.view_invoice"])
    assert reader.get(page_of("receivables")).status_code == 403


def test_strangers_are_asked_who_they_are(client):
    for address in (reverse("reports"), page_of("money"), file_of("money", "csv")):
        assert client.get(address).status_code == 302


def test_what_is_no_report_is_not_found(db):
    accountant = person(role="accountant")
    assert accountant.get("/reports/nothing/").status_code == 404
    assert accountant.get("/reports/nothing.csv").status_code == 404
    assert accountant.get("/reports/money.pdf").status_code == 404
    assert accountant.post(file_of("money", "csv")).status_code == 405


def test_a_download_is_written_down_without_what_stands_in_it(world):
    school.paid_invoice(world)
    accountant = person(role="accountant")
    answer = accountant.get(file_of("receivables", "xlsx", month=this_month()))
    assert answer["Content-Disposition"] == f'attachment; filename="receivables-{this_month()}.xlsx"'
    assert len(files.sheets_of(content(answer))[0]) == 3
    event = TimelineEvent.objects.get(kind="report_downloaded")
    assert event.actor_id == accountant.user.pk
    assert event.data == {"report": "receivables", "month": this_month(), "form": "xlsx"}
    assert event.student_id is None


def test_headings_are_the_readers_language_and_codes_stay(world):
    accountant = person(role="accountant")
    address = file_of("openings", "csv", month=this_month())
    english = content(accountant.get(address)).decode().splitlines()
    armenian = content(accountant.get(address, headers={"Accept-Language": "hy"})).decode().splitlines()
    assert english[1] == armenian[1]
    assert english[1].startswith("student,course,")


def test_a_page_asks_few_questions_however_many_rows(world, django_assert_max_num_queries):
    for _number in range(3):
        school.paid_invoice(world)
    accountant = person(role="accountant")
    accountant.get(page_of("receivables"))
    for code in registry.REPORTS:
        with django_assert_max_num_queries(12):
            accountant.get(page_of(code))


def test_pages_follow_each_other(world, monkeypatch):
    from reconciliation.reports import screen

    monkeypatch.setattr(screen, "SHOWN", 1)
    for _number in range(2):
        school.paid_invoice(world)
    accountant = person(role="accountant")
    first = accountant.get(page_of("receivables"))
    (further,) = [link for link in links_of(first) if "start=" in link]
    assert parse_qs(urlsplit(further).query)["start"] == ["1"]
    second = accountant.get(further)
    assert "Rows 2–2 of 2" in words_of(second.content.decode())
    assert [link for link in links_of(second) if "start=" in link] == []


def test_a_reader_sees_no_way_to_what_is_not_theirs(world):
    school.paid_invoice(world)
    reader = person(
        rights=["reconciliation.download_reports", "billing.view_invoice", "billing.view_installment"]
    )
    shown = links_of(reader.get(page_of("overdue")))
    assert not [link for link in shown if "ledger_lines" in link]
