"""What stands in the files: text stays text, numbers stay numbers, the same facts are the same bytes."""

import io
import zipfile

import openpyxl
import pytest
from django.utils import translation

from reconciliation.reports import xlsx_form
from tests.reports import files

pytestmark = pytest.mark.django_db

FORMULAS = [
    '=HYPERLINK("http://evil.example";"click")',
    "+374 91 000000",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    '"=1',
    "'=1",
    "\u00a0=1",
    "\uff1d1",
    "Անի;=1+1",
    "Անի\n@x",
    "a,=1",
]
HARMLESS = [
    "Անի Սարգսյան",
    "Иван-Павел",
    "a = b",
    "o'Neil",
    "100 %",
    "%(x)s",
    "",
    "back\\slash",
    "x" * 40_000,
]


def test_formulas_are_text_in_csv():
    rows = files.rows_of(files.given(FORMULAS))
    for typed, row in zip(FORMULAS, rows, strict=True):
        cell = row["text"]
        assert cell.replace("'", "") == typed.replace("'", "")
        for separator in ";,|\t":
            for part in cell.splitlines() if separator == "\t" else cell.split(separator):
                assert part.strip(' "\u00a0')[:1] not in {"=", "+", "-", "@", "\uff1d", "\t"}, cell


def test_formulas_are_text_in_xlsx():
    book = openpyxl.load_workbook(io.BytesIO(files.xlsx_of(files.given(FORMULAS))))
    for typed, (_number, cell, *_rest) in zip(FORMULAS, book.worksheets[0].iter_rows(min_row=3), strict=True):
        assert cell.data_type in {"s", "inlineStr"}
        assert cell.value == typed


def test_harmless_text_stays_as_it_is():
    rows = files.rows_of(files.given(HARMLESS))
    assert [row["text"] for row in rows] == HARMLESS
    (sheet,) = files.sheets_of(files.xlsx_of(files.given(HARMLESS)))
    assert [row[1] or "" for row in sheet[2:]] == [text[: xlsx_form.LONGEST_TEXT] for text in HARMLESS]


def test_markup_and_signs_that_are_no_characters_cannot_break_a_workbook():
    texts = ["</t></is></c>", "a & b < c > d", "a\x01b\x1fc", "_x003D_1", "a\nb\tc", "]]>", "\\N", "\\."]
    (sheet,) = files.sheets_of(files.xlsx_of(files.given(texts)))
    read = [row[1] for row in sheet[2:]]
    assert read[0:3] == ["</t></is></c>", "a & b < c > d", "abc"]
    assert read[3] in {"_x003D_1", "_x005F_x003D_1"}
    assert read[4:] == ["a\nb\tc", "]]>", "\\N", "\\."]
    assert [row["text"] for row in files.rows_of(files.given(texts))] == texts


def test_amounts_are_numbers_also_below_nothing():
    amounts = [-150, 0, 9_000_000, 123_456_789_012_345, -1]
    report = files.given(["a"] * 5, amounts=amounts)
    assert [row["amount"] for row in files.rows_of(report)] == [
        "-1.50",
        "0.00",
        "90000.00",
        "1234567890123.45",
        "-0.01",
    ]
    (sheet,) = files.sheets_of(files.xlsx_of(report))
    assert [row[2] for row in sheet[2:]] == [-1.5, 0, 90000, 1234567890123.45, -0.01]


def test_days_and_moments_are_the_schools():
    (row,) = files.rows_of(files.given(["a"]))
    assert (row["day"], row["at"]) == ("2026-10-31", "2026-11-01 00:30:15")
    (sheet,) = files.sheets_of(files.xlsx_of(files.given(["a"])))
    assert [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in sheet[2][6:]] == [
        "2026-10-31 00:00:00",
        "2026-11-01 00:30:15",
    ]


def test_a_choice_stands_there_as_code_and_in_words():
    (row,) = files.rows_of(files.given(["a"]))
    assert (row["state"], row["state_words"]) == ("done", "it is done")


def test_headings_are_words_above_stable_codes():
    first, second, *_rest = files.csv_of(files.given(["a"])).decode("utf-8-sig").splitlines()
    assert first == 'Number,"Text, and more",Amount,Currency,State,State,Day,At'
    assert second == "number,text,amount,currency,state,state_words,day,at"


def test_same_facts_give_same_bytes():
    report = files.given(FORMULAS)
    assert files.csv_of(report) == files.csv_of(report)
    first = files.xlsx_of(report)
    with translation.override("ru"):
        assert files.xlsx_of(report) == first
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert package.testzip() is None


def test_no_rows_are_a_file_with_headings():
    report = files.given(["a"])
    empty = type(report)(
        **{**{f: getattr(report, f) for f in report.__slots__}, "sql": report.sql + " WHERE false"}
    )
    assert files.rows_of(empty) == []
    (sheet,) = files.sheets_of(files.xlsx_of(empty))
    assert len(sheet) == 2


def test_rows_beyond_a_sheet_go_on_in_the_next(monkeypatch):
    monkeypatch.setattr(xlsx_form, "ROWS_OF_A_SHEET", 3)
    sheets = files.sheets_of(files.xlsx_of(files.given([f"row {number}" for number in range(7)])))
    assert [[row[0] for row in sheet[2:]] for sheet in sheets] == [[0, 1, 2], [3, 4, 5], [6]]
    assert {tuple(sheet[1]) for sheet in sheets} == {tuple(sheets[0][1])}


def test_a_full_sheet_begins_no_empty_one(monkeypatch):
    monkeypatch.setattr(xlsx_form, "ROWS_OF_A_SHEET", 3)
    assert len(files.sheets_of(files.xlsx_of(files.given(["a", "b", "c"])))) == 1


def test_a_source_that_fails_midway_fails_the_file():
    report = files.given(["a", "b"])
    failing = type(report)(
        **{
            **{f: getattr(report, f) for f in report.__slots__},
            "sql": report.sql.replace(
                "SELECT *", "SELECT 1 / (1 - number) AS number, text, amount, currency, state, day, at"
            ),
        }
    )
    for write in (files.csv_of, files.xlsx_of):
        with pytest.raises(Exception, match="division by zero"):
            write(failing)
