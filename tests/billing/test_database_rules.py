"""What the database itself refuses, also against raw SQL by the serving role."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

pytestmark = pytest.mark.django_db

APPEND_ONLY = [
    "billing_ledgertransaction",
    "billing_ledgerline",
    "billing_allocation",
    "billing_adjustment",
    "billing_transfersettlement",
    "courses_transfer",
    "billing_paymentlookup",
    "students_timelineevent",
    "students_studentconsent",
    "courses_paymentplanversion",
    "courses_accessruleversion",
    "courses_refundpolicyversion",
]


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("words", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_serving_role_cannot_rewrite_history(table, words):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(words.format(table))


def test_unbalanced_books_are_refused():
    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        cursor = connection.cursor()
        cursor.execute(
            "WITH t AS (INSERT INTO billing_ledgertransaction (key, kind, occurred_at, booked_on, recorded_at)"
            " VALUES ('k', 'test', now(), now(), now()) RETURNING id)"
            " INSERT INTO billing_ledgerline (transaction_id, account, amount_minor, currency)"
            " SELECT id, 'bank', 100, 'AMD' FROM t"
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
