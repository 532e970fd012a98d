"""Reconciliation in the browser of an accountant: files come in, columns are pointed at, differences are found and decided."""

import datetime as dt
import html as markup
import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import lookup
from common import clock
from config.backoffice import roles
from config.backoffice.reconciliation_pages import upload_forms, upload_views
from reconciliation import profiles, resolutions, tasks, uploads
from reconciliation.models import Discrepancy, MappingProfile, Run, Side, SourceFile, SourceRow, Upload
from reconciliation.months import Month
from students.models import OperatorTask, TimelineEvent
from tests.backoffice.people import page_of, person, words_of
from tests.reconciliation.months import as_file, reconcile, row_of, stand_at, this_month
from tests.reconciliation.statements import COLUMNS, HEADING, csv_bytes, load, profile_of, row

pytestmark = pytest.mark.django_db
EVERYBODY = set(roles.ROLES)
OCTOBER = "2026-10"


@pytest.fixture
def accountant(db):
    return person(role="accountant")


@pytest.fixture
def account(world):
    return world.accounts["arca"]


@pytest.fixture
def found(world, account, shift_clock):
    """Bring a month about with one difference, and return it."""

    def make(rows_of=lambda payment: [row_of(payment, Amount="1")], *, verified=True):
        profile_of(account)
        month = this_month()
        stand_at(shift_clock, month.start + dt.timedelta(days=10))
        payment = world.attempt(account="arca")
        world.buyer_pays(payment)
        if verified:
            payment = lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
        stand_at(shift_clock, month.stop + dt.timedelta(days=1))
        load(account, as_file(rows_of(payment)))
        reconcile(account, month)
        return Discrepancy.objects.get()

    return make


def address(name, *args):
    return reverse(f"reconciliation{'-' if name else ''}{name}", args=args)


def read(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, url
    return markup.unescape(words_of(answer.content.decode()))


def said(answer):
    return markup.unescape(words_of(answer.content.decode()))


def code_of(account):
    return f"account-{account.pk}"


def upload(client, content, *, source, name="october.csv", follow=True, **facts):
    file = SimpleUploadedFile(name, content)
    return client.post(address("upload"), {"source": source, "file": file, **facts}, follow=follow)


def pointed(answer, **changes):
    """Return what the mapping's form would post, as the page shows it, with changes."""
    form = answer.context["form"]
    profile = answer.context["profile"]
    data = {name: form.data.get(name, "") for name in form.fields}
    data |= {"heading_was": str(form.heading_line), "seen_profile": str(profile.pk) if profile else ""}
    return {**data, **changes}


def save(client, answer, **changes):
    kept = Upload.objects.latest("pk")
    return client.post(address("mapping", kept.pk), {**pointed(answer, **changes), "save": "1"}, follow=True)


# Doors


def every_page(item, file, kept):
    return {
        address(""): "reconciliation.view_run",
        address("upload"): "reconciliation.load_sourcefile",
        address("uploaded", kept.pk): "reconciliation.load_sourcefile",
        address("mapping", kept.pk): "reconciliation.load_sourcefile",
        address("file", file.pk): "reconciliation.view_sourcefile",
        address("original", file.pk): "reconciliation.view_sourcefile",
        address("breaks"): "reconciliation.view_discrepancy",
        address("break", item.pk): "reconciliation.view_discrepancy",
        address("resolve", item.pk, "accept"): "reconciliation.resolve_discrepancy",
    }


def test_each_door_opens_for_the_roles_that_have_its_right(found, account):
    item, file = found(), SourceFile.objects.get()
    for role in EVERYBODY:
        client = person(role=role)
        kept = uploads.receive(
            side=Side.PROVIDER,
            account=account,
            month=None,
            name="x.csv",
            stream=io.BytesIO(csv_bytes([])),
            user=client.user,
        )
        for url, right in every_page(item, file, kept).items():
            allowed = right in roles.ROLES[role]
            assert (client.get(url, follow=True).status_code == 200) is allowed, (role, url)
            if not allowed:
                assert client.get(url).status_code == 403, (role, url)


def test_posting_past_a_closed_door_changes_nothing(found, account):
    item = found()
    for role in EVERYBODY - {roles.ACCOUNTANT}:
        client = person(role=role)
        for url in (
            address("compare"),
            address("upload"),
            address("owner", item.pk),
            address("resolve", item.pk, "accept"),
        ):
            answer = client.post(
                url, {"reason": "x", "do": "1", "source": code_of(account), "month": str(this_month())}
            )
            assert answer.status_code == 403, (role, url)
    item.refresh_from_db()
    assert (item.state, item.owner, Upload.objects.count()) == ("open", None, 0)


def test_a_stranger_is_sent_to_the_login(db):
    for name in ("", "upload", "breaks"):
        assert Client().get(address(name))["Location"].startswith(reverse("admin:login"))


def test_uploads_of_others_are_not_there(account, accountant):
    upload(accountant, csv_bytes([row(1, 10_000)]), source=code_of(account))
    kept = Upload.objects.get()
    colleague = person(role="accountant")
    for name in ("uploaded", "mapping"):
        assert colleague.get(address(name, kept.pk)).status_code == 404
        assert accountant.get(address(name, kept.pk), follow=True).status_code == 200


def test_a_right_to_decide_is_not_the_right_to_use_credit(found):
    item = found()
    Discrepancy.objects.update(kind="missing_in_ledger")
    half = person(
        rights=[
            "reconciliation.view_discrepancy",
            "reconciliation.resolve_discrepancy",
            "students.view_student",
        ]
    )
    page = read(half, address("break", item.pk))
    assert "decided by a manager" in page
    assert half.get(address("resolve", item.pk, "link_payment")).status_code == 403
    assert half.get(address("resolve", item.pk, "accept")).status_code == 200


# The month


def test_an_empty_month_says_what_to_do_next(world, accountant):
    page = read(accountant, address(""))
    assert "No file speaks of this month yet" in page
    assert "Upload a file" in page
    assert "Download it at the bank and upload it here" in page


def test_a_month_shows_both_sides_and_what_is_open(found, accountant, account):
    found()
    page = read(accountant, f"{address('')}?month={this_month()}")
    month = Discrepancy.objects.get().month
    page = read(accountant, f"{address('')}?month={month:%Y-%m}")
    assert account.name in page
    assert "In our books 1" in page
    assert "In the statement 1" in page
    assert "Another amount · keeps the month open 1" in page
    assert "1 difference waits for a decision" in page
    assert "statement.csv" in page


@pytest.mark.parametrize(
    "query", ["?month=x", "?month=2026-13", "?month=9999-01", "?month=%00", "?month=1900-01"]
)
def test_a_mangled_month_shows_the_usual_one(world, accountant, query):
    assert "Reconciliation" in read(accountant, address("") + query)


def test_comparing_now_says_what_was_found(found, accountant, account):
    item = found()
    data = {"source": code_of(account), "month": f"{item.month:%Y-%m}"}
    answer = accountant.post(address("compare"), data, follow=True)
    assert "compared, 1 difference is open" in said(answer)
    assert Run.objects.latest("id").started_by == accountant.user
    assert accountant.post(address("compare"), {**data, "source": "account-0"}).status_code == 404
    answer = accountant.post(address("compare"), {**data, "month": "2090-01"}, follow=True)
    assert "has not begun" in said(answer)


def test_the_month_reads_the_same_number_of_times_however_much_there_is(found, accountant, account):
    item = found()
    url = f"{address('')}?month={item.month:%Y-%m}"
    read(accountant, url)
    with CaptureQueriesContext(connection) as few:
        read(accountant, url)
    at = clock.start_of(item.month) + dt.timedelta(days=3)
    for number in range(5):
        load(
            account, csv_bytes([row(2000 + number, 5, date=f"{at:%d.%m.%Y} 12:00:00")]), name=f"{number}.csv"
        )
    reconcile(account, Month(item.month))
    with CaptureQueriesContext(connection) as many:
        read(accountant, url)
    assert len(few) == len(many)


# Files come in


def test_the_first_file_is_mapped_by_looking_and_loaded(account, accountant):
    answer = upload(accountant, csv_bytes([row(1, "10 000,00"), row(2, 5_000)]), source=code_of(account))
    page = said(answer)
    assert "Which column is which?" in page
    assert "2 rows read well" in page
    answer = save(accountant, answer)
    page = said(answer)
    assert "new rows" in page
    file = SourceFile.objects.get()
    assert (file.rows_new, file.rows_bad, file.loaded_by) == (2, 0, accountant.user)
    assert MappingProfile.objects.get().columns == COLUMNS
    assert MappingProfile.objects.get().own_names == ["T1"]
    assert SourceRow.objects.filter(amount_minor=1_000_000).exists()


def test_the_next_file_of_the_source_needs_no_mapping(account, accountant):
    profile_of(account)
    answer = upload(accountant, csv_bytes([row(1, 10_000)]), source=code_of(account))
    assert answer.redirect_chain[-1][0] == address("file", SourceFile.objects.get().pk)
    assert "The file is loaded." in said(answer)


def test_other_columns_than_before_lead_to_the_mapping(account, accountant):
    profile_of(account)
    heading = ["Day" if name == "Date" else name for name in HEADING]
    answer = upload(accountant, csv_bytes([row(1, 10_000)], heading=heading), source=code_of(account))
    assert "not those of the mapping before" in said(answer)
    save(accountant, answer)
    assert profiles.live_profile(side="provider", account=account).columns["date"] == "Day"
    assert SourceFile.objects.get().rows_new == 1


def test_one_may_look_at_the_columns_first(account, accountant):
    profile_of(account)
    answer = upload(accountant, csv_bytes([row(1, 10_000)]), source=code_of(account), look="1")
    assert "Which column is which?" in said(answer)
    assert SourceFile.objects.count() == 0


def test_the_preview_tells_each_line_that_cannot_be_read(account, accountant):
    content = csv_bytes([row(1, 10_000), row(2, "much"), row(3, 1, date="yesterday"), row("x", 1)])
    page = said(upload(accountant, content, source=code_of(account)))
    assert "1 row reads well" in page
    assert "3 cannot be read" in page
    assert "3 the amount is no number that money can be: much" in page
    assert "4 the date cannot be read: yesterday" in page
    assert "5 the order number is no number: x" in page


def test_the_preview_follows_what_is_chosen(account, accountant):
    answer = upload(accountant, csv_bytes([row(1, 10_000)]), source=code_of(account))
    kept = Upload.objects.get()
    data = pointed(answer, column_amount="")
    part = accountant.post(address("mapping", kept.pk), data, headers={"HX-Request": "true"})
    assert "Say which column holds: Amount." in said(part)
    assert "<html" not in part.content.decode()
    data = pointed(answer, amount_unit="minor")
    part = accountant.post(address("mapping", kept.pk), data, headers={"HX-Request": "true"})
    assert "100 AMD" in said(part) or "֏" in said(part)


def test_another_heading_line_asks_for_other_columns(account, accountant):
    content = b"Bank;October;;\r\n" + csv_bytes([row(1, 10_000)])
    answer = upload(accountant, content, source=code_of(account))
    assert answer.context["form"].heading_line == 2
    kept = Upload.objects.get()
    part = accountant.post(address("mapping", kept.pk), {**pointed(answer), "heading": "1"})
    assert part.context["form"].heading_line == 1


def test_words_that_nobody_explained_are_asked_for(account, accountant):
    answer = upload(accountant, csv_bytes([row(1, 10_000), row(2, 5, Type="Xyz")]), source=code_of(account))
    page = save(accountant, answer)
    assert page.status_code == 422
    assert MappingProfile.objects.count() == 0
    form = page.context["form"]
    name = next(name for name in form.word_fields("kind") if form.fields[name].label == "Xyz")
    save(accountant, page, **{name: "ignore"})
    assert MappingProfile.objects.get().words["kind"] == {"Purchase": "payment", "Xyz": "ignore"}
    assert SourceFile.objects.get().rows_ignored == 1


def test_a_mapping_that_a_colleague_changed_meanwhile_is_not_overwritten(account, accountant):
    profile_of(account, columns={**COLUMNS, "amount": "Net"})
    answer = upload(accountant, csv_bytes([row(1, 10_000, Net="9900")]), source=code_of(account), look="1")
    theirs = profile_of(account)
    page = save(accountant, answer)
    assert "A colleague changed the mapping meanwhile" in said(page)
    assert profiles.live_profile(side="provider", account=account) == theirs
    assert SourceFile.objects.count() == 0


def test_saving_twice_loads_once(account, accountant):
    answer = upload(accountant, csv_bytes([row(1, 10_000)]), source=code_of(account))
    save(accountant, answer)
    again = save(accountant, answer)
    assert again.redirect_chain[-1][0] == address("file", SourceFile.objects.get().pk)
    assert (MappingProfile.objects.count(), SourceFile.objects.get().uploads) == (1, 1)


def test_lists_of_crm_and_lms_are_of_a_month(world, accountant):
    crm = b"deal;amount;stage\r\nD-1;10000;Won\r\n"
    answer = upload(accountant, crm, source="crm")
    assert "Say which month the list speaks of" in said(answer)
    month = str(this_month())
    answer = upload(accountant, crm, source="crm", month=month)
    save(accountant, answer, ids="ours")
    file = SourceFile.objects.get()
    assert (file.side, f"{file.month:%Y-%m}", file.profile.ids) == ("crm", month, "ours")
    lms = b"student;course;status\r\nS-1;C-1;active\r\n"
    answer = upload(accountant, lms, source="lms", month=month, taken_at="2026-01-02T10:00")
    save(accountant, answer)
    assert SourceFile.objects.get(side="lms").taken_at.astimezone(clock.SCHOOL_ZONE).hour == 10
    assert "LMS" in read(accountant, f"{address('')}?month={month}")


def test_a_large_file_is_read_by_a_worker_with_its_progress_shown(account, accountant, monkeypatch):
    monkeypatch.setattr(upload_views, "AT_ONCE", 10)
    profile_of(account)
    answer = upload(accountant, csv_bytes([row(1, 10_000)]), source=code_of(account))
    assert "Reading the file" in said(answer)
    kept = Upload.objects.get()
    part = accountant.get(address("uploaded", kept.pk), headers={"HX-Request": "true"})
    assert "waits for its turn" in said(part)
    assert accountant.get(address("mapping", kept.pk))["Location"] == address("uploaded", kept.pk)
    assert tasks.take_uploads() == 1
    part = accountant.get(address("uploaded", kept.pk), headers={"HX-Request": "true"})
    assert part["HX-Redirect"] == address("file", SourceFile.objects.get().pk)


def test_a_file_that_does_not_stand_in_memory_is_taken(account, accountant):
    """Above 2.5 MB the request's body is on disk."""
    profile_of(account)
    rows = [row(number, 10_000, Reference=f"R{number:040}") for number in range(1, 25_000)]
    answer = upload(accountant, csv_bytes(rows), source=code_of(account))
    assert "Reading the file" in said(answer)
    tasks.take_uploads()
    assert SourceFile.objects.get().rows_new == 24_999


# What cannot be taken


def workbook(*rows):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for cells in rows:
        book.active.append(cells)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7 a picture of a table", "This is no table. Export the statement as .csv or .xlsx."),
        (b"\xd0\xcf\x11\xe0old", "This is an old Excel file. Save it as .xlsx or .csv."),
        (b"Date;Order\r\n1\x00;2\r\n", "it holds zero bytes"),
        ("Дата;Сумма\r\n".encode() + b"\xff\xfe;1\r\n", "neither UTF-8 nor Windows-1251"),
        (b'Date;Order\r\n"1;2\r\n', "the quotes do not close"),
        (workbook(HEADING)[:200], "The workbook is cut short or damaged"),
    ],
    ids=["empty", "pdf", "old-excel", "zero-bytes", "encoding", "quotes", "cut-workbook"],
)
def test_what_is_no_table_is_refused_with_a_sentence(account, accountant, content, words):
    profile_of(account)
    answer = upload(accountant, content, source=code_of(account))
    assert answer.status_code == 422
    assert words in said(answer)
    assert (Upload.objects.count(), SourceFile.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (csv_bytes([row(1, 10_000), row(2, 5)]) + b"15.10.2026;3", "Line 4: the last line ends early"),
        (csv_bytes([row(1, 10), [*["Total", "", "", "", ""], "99", "", "", "", ""]]), "rows are missing"),
        (csv_bytes([row(1, 10, Terminal="T9")]), "the rows belong to another merchant account"),
        (csv_bytes([row(1, "x")]), "no row could be read with this mapping"),
    ],
    ids=["truncated", "totals", "foreign", "unreadable"],
)
def test_a_table_that_is_not_whole_is_refused_whole(account, accountant, content, words):
    profile_of(account)
    answer = upload(accountant, content, source=code_of(account))
    assert answer.status_code == 422
    assert words in said(answer)
    assert "The file was not taken" in said(answer)
    assert (SourceRow.objects.count(), SourceFile.objects.count()) == (0, 0)


def test_a_doubled_heading_is_refused_in_the_preview(account, accountant):
    heading = ["Amount" if name == "Net" else name for name in HEADING]
    answer = upload(accountant, csv_bytes([row(1, 10)], heading=heading), source=code_of(account))
    assert "the column “Amount” stands twice" in said(answer)
    assert save(accountant, answer).status_code == 422
    assert SourceFile.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [
        csv_bytes([row(1, "10000,00"), row(2, "5 000,50")], delimiter="\t"),
        b"\xef\xbb\xbf" + csv_bytes([row(1, "10,000.00"), row(2, "5,000.50")], delimiter=";"),
        csv_bytes([row(1, 10_000), row(2, "5000.5")], encoding="utf-16"),
        csv_bytes([row(1, 10_000, Reference="Оплата"), row(2, "5000,50")], encoding="cp1251"),
        csv_bytes([row(1, 10_000), row(2, "5000,50"), ["Total", *[""] * 4, "15000,50", *[""] * 4]]),
        workbook(HEADING, row(1, 10_000), row(2, "5000.50")),
    ],
    ids=["tabs", "mark", "utf-16", "cp1251", "totals", "xlsx"],
)
def test_what_banks_write_is_recognised(account, accountant, content):
    profile_of(account)
    upload(accountant, content, source=code_of(account))
    assert set(SourceRow.objects.values_list("amount_minor", flat=True)) == {500_050, 1_000_000}


def test_more_than_the_limit_is_refused_and_not_stored(account, accountant, monkeypatch):
    monkeypatch.setattr(upload_forms, "MAX_BYTES", 100_000)
    answer = upload(accountant, b"x" * 200_000, source=code_of(account))
    assert answer.status_code == 422
    assert "The file is larger than 200 MB. Split it by days." in said(answer)
    assert Upload.objects.count() == 0


def test_a_small_archive_that_unpacks_too_large_is_refused(account, accountant):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * 50_000_000)
    answer = upload(accountant, out.getvalue(), source=code_of(account), name="a.xlsx")
    assert "The workbook is too large" in said(answer)


@pytest.mark.parametrize(
    "facts", [{"source": "account-0"}, {"source": "crm", "month": "1999-01"}, {"source": ""}]
)
def test_a_form_that_no_page_shows_is_refused(world, accountant, facts):
    answer = upload(accountant, csv_bytes([row(1, 1)]), **facts)
    assert answer.status_code == 422
    assert Upload.objects.count() == 0


def test_a_form_without_its_token_is_refused(account, accountant):
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    strict.force_login(accountant.user)
    assert upload(strict, csv_bytes([row(1, 1)]), source=code_of(account)).status_code == 403
    assert Upload.objects.count() == 0
    page = strict.get(address("upload"))
    token = page.context["csrf_token"]
    answer = upload(strict, csv_bytes([row(1, 1)]), source=code_of(account), csrfmiddlewaretoken=str(token))
    assert answer.status_code == 200
    assert Upload.objects.count() == 1


# What became of a file


def test_the_same_file_twice_and_overlapping_files_are_counted(account, accountant):
    profile_of(account)
    first = csv_bytes([row(1, 10), row(2, 20)])
    upload(accountant, first, source=code_of(account))
    answer = upload(accountant, first, source=code_of(account))
    assert "This file came before" in said(answer)
    answer = upload(accountant, csv_bytes([row(2, 20), row(3, 30)]), source=code_of(account), name="next.csv")
    file = SourceFile.objects.latest("id")
    assert (file.rows_new, file.rows_known) == (1, 1)
    assert "1 known rows, came with an earlier file" in said(answer)
    assert SourceRow.objects.count() == 3


def test_bad_rows_are_listed_with_line_cell_and_reason(account, accountant):
    profile_of(account)
    answer = upload(
        accountant, csv_bytes([row(1, 10), row(2, "much"), row(3, 1, Type="Xyz")]), source=code_of(account)
    )
    page = said(answer)
    assert "3 The amount is no number that money can be much" in page
    assert "4 A word for the kind of row that the mapping does not know Xyz" in page
    assert "15.10.2026 12:00:00 | 2 | REF-2" in page


def test_markup_in_a_file_is_text_on_every_page(account, accountant):
    evil = '<script>alert("x")</script>'
    answer = upload(
        accountant,
        csv_bytes([row(1, 10, Reference=evil), row(2, evil)]),
        source=code_of(account),
        name=f"{evil[:8]}.csv",
    )
    assert evil not in answer.content.decode()
    assert "&lt;script&gt;" in answer.content.decode()
    assert evil not in save(accountant, answer).content.decode()


def test_many_bad_rows_come_page_by_page(account, accountant):
    profile_of(account)
    upload(
        accountant,
        csv_bytes([row(1, 10), *(row(number, "x") for number in range(2, 130))]),
        source=code_of(account),
    )
    file = SourceFile.objects.get()
    assert "Later rows" in read(accountant, address("file", file.pk))
    assert "1 / 3" in read(accountant, address("file", file.pk))
    assert "3 / 3" in read(accountant, address("file", file.pk) + "?page=99")


def test_the_original_comes_back_byte_by_byte_as_a_download(account, accountant):
    profile_of(account)
    content = csv_bytes([row(1, 10)])
    upload(accountant, content, source=code_of(account), name='a"b\r\nSet-Cookie: x=1;<b>.csv')
    file = SourceFile.objects.get()
    answer = accountant.get(address("original", file.pk))
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment")
    assert "\n" not in answer["Content-Disposition"]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Length"] == str(len(content))


def test_a_file_says_whether_its_months_were_compared(account, accountant):
    profile_of(account)
    at = clock.now() - dt.timedelta(hours=2)
    upload(
        accountant,
        csv_bytes([row(1, 10, date=f"{at.astimezone(clock.SCHOOL_ZONE):%d.%m.%Y %H:%M:%S}")]),
        source=code_of(account),
    )
    file = SourceFile.objects.get()
    assert "are being compared" in read(accountant, address("file", file.pk))
    tasks.reconcile_after_file(file_id=file.pk)
    assert "1 difference is open" in read(accountant, address("file", file.pk))
    part = accountant.get(address("file", file.pk), headers={"HX-Request": "true"})
    assert "every 3s" not in part.content.decode()


# Breaks


def test_the_list_is_narrowed_and_counted(found, accountant, account):
    item = found()
    page = read(accountant, address("breaks"))
    assert "Open 1 Block the month 1 Mine 0 Nobody's 1" in page
    assert "Another amount" in page
    assert str(item.student) in page
    month = f"{item.month:%Y-%m}"
    for query, is_there in [
        (f"?month={month}", True),
        ("?month=2001-01", False),
        (f"?source={code_of(account)}", True),
        ("?source=lms", False),
        ("?kind=amount_mismatch", True),
        ("?kind=duplicate", False),
        ("?whose=mine", False),
        ("?whose=free", True),
        ("?whose=critical", True),
        (f"?owner={accountant.user.pk}", False),
    ]:
        assert (
            f"order {item.facts['order_number']}" in read(accountant, address("breaks") + query)
        ) is is_there, query


@pytest.mark.parametrize(
    "query",
    [
        "?whose=x&kind=y&start=z&month=1&source=2&owner=a",
        "?start=99999999999",
        "?kind=%00",
        "?owner=99999999999999",
    ],
)
def test_a_mangled_address_shows_the_list(found, accountant, query):
    found()
    read(accountant, address("breaks") + query)


def test_the_list_reads_the_same_number_of_times_however_many_there_are(found, accountant, account):
    item = found()
    read(accountant, address("breaks"))
    with CaptureQueriesContext(connection) as few:
        read(accountant, address("breaks"))
    at = clock.start_of(item.month) + dt.timedelta(days=3)
    load(
        account,
        csv_bytes([row(5000 + number, 5, date=f"{at:%d.%m.%Y} 12:00:00") for number in range(120)]),
    )
    reconcile(account, Month(item.month))
    with CaptureQueriesContext(connection) as many:
        page = read(accountant, address("breaks"))
    assert len(few) == len(many)
    assert "More differences" in page
    assert "More differences" not in read(accountant, address("breaks") + "?start=100")


def test_a_break_shows_what_both_sides_say_with_file_and_line(found, accountant):
    item = found()
    page = read(accountant, address("break", item.pk))
    assert "Both sides know the order, and the amounts differ." in page
    assert "statement.csv 2 payment, done" in page
    assert f"Order {item.facts['order_number']} {item.facts['order_number']}" in page
    assert "Sum differs" in page
    html = accountant.get(address("break", item.pk)).content.decode()
    assert page_of(item.student) in html
    assert reverse("admin:billing_payment_change", args=[item.payment_id]) in html


def test_a_break_is_taken_given_and_given_back(found, accountant):
    item = found()
    colleague, stranger = person(role="accountant"), person(role="support")
    url = address("owner", item.pk)
    assert "The difference is yours." in said(
        accountant.post(url, {"owner": accountant.user.pk}, follow=True)
    )
    assert "mine" in read(accountant, address("breaks") + "?whose=mine")
    assert "is given to" in said(accountant.post(url, {"owner": colleague.user.pk}, follow=True))
    assert Discrepancy.objects.get().owner == colleague.user
    for nobody in (stranger.user.pk, "x", 10**12):
        assert "does not decide" in said(accountant.post(url, {"owner": nobody}, follow=True))
    assert Discrepancy.objects.get().owner == colleague.user
    accountant.post(url, {"owner": ""})
    assert Discrepancy.objects.get().owner is None


def decide(client, item, code, *, reason="seen on paper", follow=True, **fields):
    """Look at an end, then choose it, as a person does."""
    url = address("resolve", item.pk, code)
    shown = client.post(url, {**fields, "show": "1"}) if fields else client.get(url)
    seen = {"seen": shown.context["seen"], "stand": shown.context["stand"]}
    return client.post(url, {**fields, **seen, "reason": reason, "do": "1"}, follow=follow)


def test_accepting_asks_for_a_reason_and_closes(found, accountant):
    item = found()
    assert decide(accountant, item, "accept", reason=" ").status_code == 422
    answer = decide(accountant, item, "accept")
    assert "Decided. The difference is closed with your reason." in said(answer)
    item.refresh_from_db()
    assert (item.state, item.resolved_by, item.reason) == ("resolved", accountant.user, "seen on paper")
    page = read(accountant, address("break", item.pk))
    assert "Accept the difference" in page
    assert "seen on paper" in page
    assert TimelineEvent.objects.filter(kind="break_resolved", actor_id=accountant.user.pk).exists()


def test_asking_the_bank_compares_again_and_closes_what_agrees(found, accountant):
    item = found(lambda payment: [row_of(payment)], verified=False)
    answer = decide(accountant, item, "ask_provider", reason="")
    assert "the two sides agree now" in said(answer)
    assert "The two sides agree by now." in read(accountant, address("break", item.pk))


def test_what_still_differs_stays_open_and_says_so(found, accountant):
    item = found()
    assert "the two sides still differ" in said(decide(accountant, item, "ask_provider"))


def test_naming_the_payment_previews_and_refuses_what_is_not_there(found, accountant):
    item = found(lambda payment: [row_of(payment, Order="777")])
    item = Discrepancy.objects.exclude(kind="missing_at_provider").get()
    url = address("resolve", item.pk, "link_payment")
    part = accountant.post(url, {"order_number": "5"}, headers={"HX-Request": "true"})
    assert "no payment with this order number" in said(part)
    part = accountant.get(url, headers={"HX-Request": "true"})
    assert "Choose first" in said(part)


def test_a_second_click_and_a_colleague_find_it_closed(found, accountant):
    item = found()
    url = address("resolve", item.pk, "accept")
    shown = accountant.get(url)
    data = {
        "seen": shown.context["seen"],
        "stand": shown.context["stand"],
        "reason": "first",
        "do": "1",
    }
    accountant.post(url, data)
    answer = person(role="accountant").post(url, {**data, "reason": "second"}, follow=True)
    assert "This difference is closed already." in said(answer)
    assert Discrepancy.objects.get().reason == "first"
    answer = accountant.post(address("owner", item.pk), {"owner": accountant.user.pk}, follow=True)
    assert "closed already" in said(answer)


def test_a_decision_on_other_sums_than_were_seen_is_not_taken(found, accountant, account):
    item = found()
    url = address("resolve", item.pk, "accept")
    shown = accountant.get(url)
    Discrepancy.objects.update(theirs_minor=5)
    answer = accountant.post(
        url, {"seen": shown.context["seen"], "stand": shown.context["stand"], "reason": "x", "do": "1"}
    )
    assert answer.status_code == 422
    assert "Look at it, then confirm" in said(answer)
    assert Discrepancy.objects.get().state == "open"


def test_an_end_that_the_kind_does_not_have_is_not_there(found, accountant):
    item = found()
    for code in ("use_credit", "nonsense", "link_payment"):
        assert accountant.get(address("resolve", item.pk, code)).status_code == 404


def test_a_list_is_corrected_there_and_has_no_fees(found, accountant):
    item = found()
    assert "It is the bank's fee" in read(accountant, address("break", item.pk))
    Discrepancy.objects.update(side="crm")
    page = read(accountant, address("break", item.pk))
    assert "Corrected on the other side" in page
    assert "It is the bank's fee" not in page
    assert accountant.get(address("resolve", item.pk, "note_fee")).status_code == 404


@pytest.mark.parametrize("kind", Discrepancy.Kind.values)
def test_every_kind_has_a_page_and_every_end_of_it_a_preview(found, accountant, kind):
    item = found()
    Discrepancy.objects.update(kind=kind)
    item.refresh_from_db()
    read(accountant, address("break", item.pk))
    for resolution in resolutions.offered(discrepancy=item):
        read(accountant, address("resolve", item.pk, resolution.code))


# Elsewhere in the house


def test_the_start_page_tells_accountants_what_is_open(found, accountant):
    start = accountant.get(reverse("admin:index"))
    assert "not yet" in said(start)
    item = found()
    start = accountant.get(reverse("admin:index"))
    shown = {str(one.title): one for one in start.context["attention"]}["Differences in reconciliation"]
    assert (shown.count, shown.tone) == (1, "bad")
    assert shown.rows[0].url == address("break", item.pk)
    assert "today" in said(start)
    assert "Differences in reconciliation" not in said(person(role="manager").get(reverse("admin:index")))


def test_the_page_of_a_student_leads_to_the_difference(found, accountant):
    item = found()
    html = accountant.get(page_of(item.student)).content.decode()
    assert html.count(address("break", item.pk)) == 2  # above the page, and in the timeline
    assert "Open the difference" not in read(person(role="support"), page_of(item.student))


def test_the_task_leads_to_the_list_of_the_month(found, accountant):
    found()
    task = OperatorTask.objects.get(kind="month_breaks")
    html = accountant.get(reverse("desk-task", args=[task.pk])).content.decode()
    link = markup.unescape(html.split('class="mq-end" href="')[1].split('"')[0])
    assert link.startswith(address("breaks"))
    assert "Another amount" in read(accountant, link)
