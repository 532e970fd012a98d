"""A month at a bank, for tests: payments made by the real verbs, and the statement that the bank would write of them."""

from common import clock
from reconciliation import runs
from reconciliation.models import Discrepancy, Run
from reconciliation.months import Month
from tests.reconciliation.statements import csv_bytes, row


def this_month():
    return Month.of(clock.now())


def statement_of(payments, **facts):
    """Return the rows that the bank writes of payments, all at the moment it took the money (verified)."""
    return [row_of(payment, **facts) for payment in payments]


def row_of(payment, **facts):
    at = (payment.verified_at or payment.created_at).astimezone(clock.SCHOOL_ZONE)
    told = {"date": f"{at:%d.%m.%Y %H:%M:%S}", "Reference": payment.provider_ref, **facts}
    return row(payment.order_number, f"{payment.amount_minor // 100}", **told)


def as_file(rows):
    return csv_bytes(rows)


def reconcile(account, month=None) -> Run:
    return runs.run_month(
        month=(month or this_month()).first, side="provider", account=account, trigger=Run.Trigger.PERSON
    )


def open_breaks(**scope):
    """Return the open breaks as (kind, key)."""
    found = Discrepancy.objects.filter(state=Discrepancy.State.OPEN, **scope)
    return sorted(found.values_list("kind", "key"))


def stand_at(shift_clock, moment):
    """Move the clock of rules to a moment, wherever it stood."""
    shift_clock(seconds=0)
    shift_clock(seconds=(moment - clock.now()).total_seconds())
