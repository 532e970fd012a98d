"""Months that can be signed, for tests: paid by the real verbs, compared with the statement that the bank would write."""

import datetime as dt

from django.contrib.auth import get_user_model

from billing import manual_payments
from common import clock
from reconciliation import closing
from students import timeline
from tests.reconciliation.months import as_file, reconcile, stand_at, statement_of, this_month
from tests.reconciliation.statements import load, profile_of


def person(name="aram"):
    return get_user_model().objects.get_or_create(username=name)[0]


def stand_in_the_middle(shift_clock):
    """Stand on the 15th of this month, far from its edges, and return the month."""
    stand_at(shift_clock, clock.start_of(clock.today().replace(day=15)) + dt.timedelta(hours=12))
    return this_month()


def paid_month(world, shift_clock, *, payments=2, account="arca", before_the_end=None):
    """Let a month pass with payments and its statement compared; stand on the second day after it. Return it and the payments."""
    month = stand_in_the_middle(shift_clock)
    profile_of(world.accounts[account])
    paid = [world.paid(account=account) for _ in range(payments)]
    if before_the_end:
        before_the_end(paid)
    load(world.accounts[account], as_file(statement_of([payment for payment in paid if payment.verified_at])))
    stand_at(shift_clock, month.stop + dt.timedelta(days=1, hours=12))
    reconcile(world.accounts[account], month)
    return month, paid


def close(month, by="aram"):
    closing.start_review(month=month.first, by=person(by))
    return closing.close_month(month=month.first, by=person(by))


def reopen(month, by="nare", reason="A payment was missing."):
    return closing.reopen_month(month=month.first, by=person(by), reason=reason)


def enter_late(*, installment_id, month, number):
    """Enter cash at the desk whose document is dated on the last day of a month; return the payment's id."""
    return manual_payments.enter_payment(
        account_code="desk",
        amount_minor=9_000_000,
        document_number=number,
        document_date=month.next.first - dt.timedelta(days=1),
        installment_id=installment_id,
        actor=timeline.SYSTEM,
    ).pk


def close_in_review(*, month, by):
    """Close a month that is in review, as another process does."""
    return closing.close_month(month=month.first, by=person(by)).state


def reopen_by(*, month, by):
    return reopen(month, by=by).state
