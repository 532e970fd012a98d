"""Reading the files of reports back, for tests, and a small report whose rows are given."""

import csv
import datetime as dt
import io
from typing import Any

import openpyxl

from reconciliation.reports import base
from reconciliation.reports.base import Column, Kind, Report

MONTH = dt.date(2026, 10, 1)


def given(texts: list[str], *, amounts: list[int] | None = None) -> Report:
    """Return a report with these texts in its rows, and an amount each."""
    rows = ", ".join(
        f"({number}, convert_from(decode('{text.encode().hex()}', 'hex'), 'UTF8'), {amount}, 'AMD', 'done',"
        " date '2026-10-31', timestamptz '2026-10-31 20:30:15.5+00')"
        for number, (text, amount) in enumerate(zip(texts, amounts or [-150] * len(texts), strict=True))
    )
    return Report(
        code="given",
        title="Given [rows]",
        lead="",
        nothing="",
        rights=[],
        key=["number"],
        sql=f"SELECT * FROM (VALUES {rows}) AS v (number, text, amount, currency, state, day, at)",
        columns=[
            Column(code="number", title="Number", kind=Kind.COUNT),
            Column(code="text", title="Text, and more", kind=Kind.TEXT),
            Column(code="amount", title="Amount", kind=Kind.MONEY),
            Column(code="currency", title="Currency", kind=Kind.CODE),
            Column(
                code="state", title="State", kind=Kind.CHOICE, words={"done": "it is done", "not": "%s & not"}
            ),
            Column(code="day", title="Day", kind=Kind.DATE),
            Column(code="at", title="At", kind=Kind.MOMENT),
        ],
    )


def csv_of(report: Report, month: dt.date = MONTH, **facts: Any) -> bytes:
    out = io.BytesIO()
    base.write_csv(report, month, out, **facts)
    return out.getvalue()


def xlsx_of(report: Report, month: dt.date = MONTH, **facts: Any) -> bytes:
    out = io.BytesIO()
    base.write_xlsx(report, month, out, **facts)
    return out.getvalue()


def csv_rows(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV by their codes."""
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    return [dict(zip(lines[1], line, strict=True)) for line in lines[2:]]


def rows_of(report: Report, month: dt.date = MONTH, **facts: Any) -> list[dict[str, str]]:
    return csv_rows(csv_of(report, month, **facts))


def sheets_of(data: bytes) -> list[list[list[Any]]]:
    """Return the cells of every sheet of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]
