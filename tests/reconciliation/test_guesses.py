"""What headings and words most likely mean."""

import pytest

from reconciliation import guesses
from tests.reconciliation.statements import COLUMNS, HEADING


def test_our_own_heading_is_understood():
    assert guesses.columns(heading=HEADING, side="provider") == COLUMNS


@pytest.mark.parametrize(
    ("heading", "fields"),
    [
        (
            ["Дата операции", "Номер заказа", "Сумма", "Комиссия", "Валюта", "Статус"],
            {"date", "order_number", "amount", "fee", "currency", "status"},
        ),
        (
            ["Ամսաթիվ", "Պատվերի համար", "Գումար", "Արժույթ", "Կարգավիճակ"],
            {"date", "order_number", "amount", "currency", "status"},
        ),
        (
            ["Date", "Time", "OrderID", "PaymentID", "Amount"],
            {"date", "time", "order_number", "reference", "amount"},
        ),
    ],
)
def test_headings_in_three_languages(heading, fields):
    assert set(guesses.columns(heading=heading, side="provider")) == fields


def test_no_column_stands_for_two_fields():
    found = guesses.columns(heading=["Order date", "Order amount"], side="provider")
    assert len(set(found.values())) == len(found)


def test_the_heading_stands_below_the_name_of_the_bank():
    lines = [(1, ["Some Bank CJSC", "", ""]), (2, ["Period", "October", ""]), (4, HEADING), (5, ["1"] * 10)]
    assert guesses.heading_line(lines=lines, side="provider") == 4
    assert guesses.heading_line(lines=[], side="provider") == 0


@pytest.mark.parametrize(
    ("side", "field", "word", "ours"),
    [
        ("provider", "kind", "Purchase", "payment"),
        ("provider", "kind", "Возврат", "refund"),
        ("provider", "kind", "Commission", ""),
        ("provider", "status", "APPROVED", "done"),
        ("provider", "status", "Отклонено", "not_done"),
        ("crm", "status", "Open", "not_done"),
        ("crm", "status", "Closed", "done"),
        ("lms", "status", "Open", "done"),
        ("lms", "status", "closed", "not_done"),
        ("lms", "student", "x", ""),
    ],
)
def test_words(side, field, word, ours):
    assert guesses.meaning(side=side, field=field, word=word) == ours
