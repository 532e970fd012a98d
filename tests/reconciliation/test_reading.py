"""Every way in which banks write tables: recognised, or refused with the line and the reason (C3, C4)."""

import datetime as dt
import io

import openpyxl
import pytest

from reconciliation.sources import base, tables
from reconciliation.sources.refusals import FileRefused
from tests.reconciliation.readings import read
from tests.reconciliation.statements import COLUMNS, HEADING, csv_bytes, row


def refused(content, **profile):
    with pytest.raises(FileRefused) as caught:
        read(content, **profile)
    return caught.value.reason, caught.value.line


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_recognised(encoding, delimiter):
    content = csv_bytes([row(1, 10000, Reference="ТЕСТ")], encoding=encoding, delimiter=delimiter)
    (record,) = read(content)
    assert (record.order_number, record.amount_minor, record.reference) == (1, 1_000_000, "ТЕСТ")


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("10000", 1_000_000),
        ("10000,00", 1_000_000),
        ("10 000.50", 1_000_050),
        ("10\u00a0000,5", 1_000_050),
        ("10,000.00", 1_000_000),
        ("1.234.567,89", 123_456_789),
        ("12,345", 1_234_500),
        ("10'000 AMD", 1_000_000),
        ("10000 ֏", 1_000_000),
    ],
)
def test_amounts_are_exact(written, minor):
    (record,) = read(csv_bytes([row(1, written)]))
    assert record.amount_minor == minor


@pytest.mark.parametrize(
    "written", ["", "abc", "1.2.3", "10.005.1", "1e5", "NaN", "12,34.56", "0.005", "--5"]
)
def test_what_is_no_amount_is_a_bad_row(written):
    bad = read(csv_bytes([row(1, written), row(2, 5)]))[0]
    assert (bad.line, bad.reason) == (2, "amount")


def test_hundredths_are_told_by_the_profile():
    (record,) = read(csv_bytes([row(1, "1000000")]), amount_unit="minor")
    assert record.amount_minor == 1_000_000


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-10-31 23:59:59", "2026-10-31T23:59:59+04:00"),
        ("31.10.2026 23:59", "2026-10-31T23:59:00+04:00"),
        ("1/11/2026", "2026-11-01T00:00:00+04:00"),
        ("2026-10-31T20:00:00Z", "2026-10-31T20:00:00+00:00"),
    ],
)
def test_dates_are_moments_of_the_school_unless_they_say_otherwise(written, moment):
    (record,) = read(csv_bytes([row(1, 5, date=written)]))
    assert record.occurred_at.isoformat() == moment


def test_a_report_in_another_zone_keeps_its_moment():
    (record,) = read(csv_bytes([row(1, 5, date="2026-10-31 20:00:00")]), zone="UTC")
    assert record.occurred_at.isoformat() == "2026-10-31T20:00:00+00:00"


def test_rows_that_cannot_be_read_are_listed_and_the_others_taken():
    content = csv_bytes(
        [
            row(1, 5),
            row(2, 5, date="31.02.2026"),
            row("x", 5),
            row(4, 5, Type="Chargeback"),
            row(5, 5, Result="Perhaps"),
            row(6, 5, Currency="drams?"),
            row(7, 5, Terminal="T2"),
            row(9001, 5),
            row("", 5, Reference=""),
            row(10, "-7", Type="Refund"),
        ]
    )
    items = read(content)
    assert [item.order_number for item in items if isinstance(item, base.Record)] == [1, 10]
    assert [(item.line, item.reason) for item in items if isinstance(item, base.Unreadable)] == [
        (3, "date"),
        (4, "order"),
        (5, "kind"),
        (6, "status"),
        (7, "currency"),
        (8, "account"),
        (9, "account"),
        (10, "nameless"),
    ]
    assert (items[-1].kind, items[-1].amount_minor) == ("refund", 700)


def test_titles_blank_lines_repeated_headings_and_totals_are_no_rows():
    rows = [
        ["Bank statement"],
        [""] * 10,
        HEADING,
        row(1, 100),
        [""] * 10,
        HEADING,
        row(2, 200),
        ["Итого:"] + [""] * 4 + ["300,00"],
    ]
    records = read(csv_bytes(rows, heading=None))
    assert [(record.line, record.order_number) for record in records] == [(4, 1), (7, 2)]


def test_a_numeric_currency_is_known():
    (record,) = read(csv_bytes([row(1, 100, Currency="051")]))
    assert record.currency == "AMD"


def test_totals_of_other_rows_refuse_the_file():
    content = csv_bytes([row(1, 100), row(2, 200), ["Total", "", "", "", "", "400"]])
    assert refused(content) == ("cut", 4)


def test_a_last_line_that_ends_early_refuses_the_file():
    content = csv_bytes([row(1, 100), row(2, 200)])
    assert refused(content[: content.rindex(b";AMD") - 6]) == ("cut", 3)


def test_a_file_cut_in_the_middle_of_a_letter_is_refused():
    content = csv_bytes([row(1, 100, Reference="ճ")], heading=HEADING)
    assert refused(content[: content.index("ճ".encode()) + 1])[0] == "cut"


def test_quotes_that_do_not_close_refuse_the_file():
    assert refused(csv_bytes([row(1, 100, Reference='"abc')]))[0] == "damaged"


def test_letters_of_two_encodings_refuse_the_file():
    content = csv_bytes([row(1, 100, Reference="ТЕСТ")]) + "ТЕСТ".encode("cp1251")
    assert refused(content) == ("encoding", 3)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7 ...",
        b"\x00\x01\x02;",
        b"<html><table>",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"PK\x03\x04 no",
    ],
)
def test_what_is_no_table_is_refused(content):
    assert refused(content)


def test_another_table_is_refused_at_its_heading():
    assert refused(b"a;b;c\r\n1;2;3\r\n") == ("no_heading", 1)


def test_a_heading_that_stands_twice_is_refused():
    assert refused(csv_bytes([[*row(1, 2), "3"]], heading=[*HEADING, "Amount"])) == ("double_heading", 1)


def test_a_file_of_another_account_is_refused():
    assert refused(csv_bytes([row(1, 5, Terminal="T2"), row(2, 5, Terminal="T2")])) == ("foreign", 2)
    assert refused(csv_bytes([row(9001, 5), row(9002, 5)])) == ("foreign", 2)


def test_a_file_larger_than_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 100)
    assert refused(csv_bytes([row(1, 5)]))[0] == "too_large"


def workbook(rows):
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_reads_like_a_text_file():
    content = workbook(
        [
            HEADING,
            [
                dt.datetime(2026, 10, 31, 23, 59),  # noqa: DTZ001 -- a cell has no zone
                1,
                "R",
                "Purchase",
                "Approved",
                10000.5,
                None,
                None,
                "AMD",
                "T1",
            ],
            ["31.10.2026", "2", "R2", "Purchase", "Approved", "10 000,50", None, None, "AMD", "T1"],
        ]
    )
    records = read(content)
    assert [(record.order_number, record.amount_minor) for record in records] == [
        (1, 1_000_050),
        (2, 1_000_050),
    ]
    assert records[0].occurred_at.isoformat() == "2026-10-31T23:59:00+04:00"


def test_a_workbook_that_is_cut_is_refused():
    content = workbook([HEADING, row(1, 2)])
    assert refused(content[: len(content) // 2])[0] == "damaged"


def test_columns_of_the_profile_are_enough():
    heading = ["Extra", *HEADING]
    content = csv_bytes([["x", *row(3, 5)]], heading=heading)
    (record,) = read(content, columns={**COLUMNS, "amount": "  AMOUNT "})
    assert record.order_number == 3
