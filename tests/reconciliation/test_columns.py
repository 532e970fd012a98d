"""A statement read by columns says the same as its rows read one by one: the same rows, bad lines, sums and refusals."""

import datetime as dt

import hypothesis
import pytest
from hypothesis import strategies

from reconciliation.sources import batches, columns, said
from tests.reconciliation.readings import bulk_of, compare, read
from tests.reconciliation.statements import COLUMNS, HEADING, WORDS, csv_bytes, row

ODD = [
    "",
    " ",
    "x",
    "-",
    "Total",
    "Итого:",
    "0",
    "007",
    "1.0",
    "'5",
    "9001",
    "1 ",
    "12;5",
    "\\",
    "a\tb",
    "½",
    "٣",
    "1_0",
    "9" * 19,
]
CELLS = {
    "Date": [
        "15.10.2026 12:00:00", "15.10.2026 12:00:59", "2026-10-15 12:00:07", "2026-10-15T12:00:07Z", "15.10.2026",
        "2026-10-15T12:00+04:15", "2026-10-15T12:00:30+04:15", "2026-10-15T1230Z:30", "2026-10-15 12:00:60",
        " 2026-10-15 12:00:07 ",
        "1/10/2026 9:05", "31.02.2026 10:00:00", "2026-W42-4T12:00:30", "2026-10-15 12:00:07.5", "1999-10-15 12:00:07",
        "15.10.2026 24:00:00",
    ],
    "Order": ["1", "2", "3", "0004", "8999", "9000", "12.0", "№ 7", "'8"],
    "Reference": ["REF-1", "ref 2", " r3 ", "Total", "ТЕСТ", "a\\b", "tab"],
    "Type": ["Purchase", "purchase ", "Refund", "Commission", "Other"],
    "Result": ["Approved", " APPROVED", "Declined", "Pending", "?"],
    "Amount": ["100", "100,00", "-7", "(5)", "1 000.50", "0", "-0", "1.2.3", "5 AMD", "0,001"],
    "Fee": ["", " ", "1", "1,5", "x", "-2"],
    "Net": ["", "99", "98,5"],
    "Currency": ["AMD", "051", "usd", "", "?", "RUB"],
    "Terminal": ["T1", " t1", "T2", ""],
}  # fmt: skip
FORMATS = [
    "%Y-%m-%d %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%H:%M:%S %d.%m.%y",
]
ALL_WORDS = {
    "kind": {**WORDS["kind"], "Commission": "ignore"},
    "status": {**WORDS["status"], "Pending": "ignore"},
}
MINOR_COLUMNS = {
    name: heading for name, heading in COLUMNS.items() if name not in ("kind", "status", "account")
}


@strategies.composite
def lines(draw):
    """Mostly plain rows, some with odd cells, now and then a line that is no row."""
    shape = draw(
        strategies.sampled_from(
            ["row", "row", "row", "row", "odd", "blank", "heading", "short", "long", "totals"]
        )
    )
    plain = [draw(strategies.sampled_from(CELLS[name][:2])) for name in HEADING]
    match shape:
        case "odd":
            place = draw(strategies.integers(0, len(HEADING) - 1))
            plain[place] = draw(strategies.sampled_from(CELLS[HEADING[place]] + ODD))
        case "blank":
            return draw(strategies.sampled_from([[""], [""] * len(HEADING)]))
        case "heading":
            return HEADING
        case "short":
            return plain[: draw(strategies.integers(1, len(HEADING) - 1))]
        case "long":
            return [*plain, "more"]
        case "totals":
            total = draw(strategies.sampled_from(["", "100", "200", "300", "x"]))
            return ["Total", *[""] * 4, total, *[""] * 4]
    return plain


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(
    rows=strategies.lists(lines(), min_size=1, max_size=12),
    order=strategies.permutations(range(len(HEADING))),
    end=strategies.sampled_from(["\n", "\r\n"]),
    encoding=strategies.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    is_cut=strategies.booleans(),
    by_sign=strategies.booleans(),
    block=strategies.sampled_from([200, 1 << 18]),
)
def test_both_ways_of_reading_say_the_same(rows, order, end, encoding, is_cut, by_sign, block):
    table = [HEADING, *rows]
    table = [[line[place] for place in order] if len(line) == len(HEADING) else line for line in table]
    content = csv_bytes(table, heading=None, end=end, encoding=encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "BLOCK_BYTES", block)
        patch.setattr(batches, "BATCH_LINES", 3)
        compare(
            content[: -len(end)] if is_cut and encoding != "utf-16" else content,
            words={} if by_sign else ALL_WORDS,
            columns=MINOR_COLUMNS if by_sign else COLUMNS,
        )


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(
    moments=strategies.lists(
        strategies.datetimes(dt.datetime(2000, 1, 2), dt.datetime(2099, 12, 30)), min_size=1, max_size=5  # noqa: DTZ001
    ),
    written=strategies.sampled_from(FORMATS),
    zone=strategies.sampled_from(["Asia/Yerevan", "UTC", "Europe/Moscow", "America/New_York", "Asia/Kathmandu"]),
    is_told=strategies.booleans(),
)  # fmt: skip
def test_every_way_to_write_a_date_is_the_same_moment_in_both(moments, written, zone, is_told):
    rows = [row(number, 5, date=f"{moment:{written}}") for number, moment in enumerate(moments, start=1)]
    compare(csv_bytes(rows), zone=zone, date_format=written if is_told else "")


def test_usual_rows_are_read_in_bulk_quoted_or_not():
    rows = [row(number, f"{number},50", Fee="1") for number in range(1, 30)]
    assert bulk_of(csv_bytes(rows)) == 29
    assert bulk_of(csv_bytes([[f'"{cell}"' for cell in cells] for cells in rows], heading=HEADING)) == 29
    assert bulk_of(csv_bytes([*rows, row("x", 5)])) == 29


def test_cells_of_two_lines_keep_their_numbers():
    records = read(csv_bytes([row(1, 5, Reference='"a\r\nb"'), row(2, 5)]))
    assert [record.line for record in records] == [3, 4]


def test_a_reading_that_differs_is_noticed(monkeypatch):
    """The control: without the second look at cells of another form the two ways differ, and the tests above would fail."""
    monkeypatch.setattr(columns, "SECONDS", {**columns.SECONDS, ":60": ":00+00"})
    with pytest.raises(AssertionError):
        read(csv_bytes([row(1, 5), row(2, 5, date="2026-10-15 12:00:60")]))
    monkeypatch.undo()
    monkeypatch.setattr(columns, "_perhaps_totals", lambda _column: [])
    with pytest.raises(AssertionError):
        read(
            csv_bytes(
                [["Total", "15.10.2026", "5", "900"], ["x", "15.10.2026", "5", "7"]],
                heading=["Reference", "Date", "Order", "Amount"],
            ),
            columns={"reference": "Reference", "date": "Date", "order_number": "Order", "amount": "Amount"},
            words={},
        )


def test_what_a_row_says_has_one_form():
    (record,) = read(csv_bytes([row(7, 5, date="2026-10-31 23:59:59")]))
    assert said.said(record).split("\t") == [
        "payment", "done", "", "", "500", "\\N", "\\N", "AMD", "7", "REF-7", "2026-10-31 19:59:59+00",
    ]  # fmt: skip
