"""Two runs at once do one, and a run that died leaves nothing half."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections

from reconciliation import compare, keeping, runs
from reconciliation.models import Discrepancy, Run
from tests.reconciliation.months import as_file, reconcile, stand_at, this_month
from tests.reconciliation.statements import load, profile_of, row
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(shift_clock):
    account = World().accounts["arca"]
    profile_of(account)
    month = this_month()
    load(account, as_file([row(account.order_number_last, 5, date=f"{month.first:%d.%m.%Y}")]))
    stand_at(shift_clock, month.stop + dt.timedelta(days=1))
    return account


def test_a_second_run_of_the_same_month_does_nothing(account, monkeypatch):
    month = this_month().before
    inside, go_on = threading.Event(), threading.Event()
    find = compare.find_breaks

    def slowly(scope, standing):
        inside.set()
        assert go_on.wait(30)
        return find(scope, standing)

    monkeypatch.setattr(compare, "find_breaks", slowly)

    def first():
        try:
            reconcile(account, month)
        finally:
            connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(30)
    second = reconcile(account, month)
    go_on.set()
    thread.join(30)
    assert Run.objects.count() == 1
    assert second == Run.objects.get()
    assert Run.objects.get().finished_at is not None
    assert Discrepancy.objects.count() == 1


def test_a_run_that_dies_leaves_no_break_and_no_lock(account, monkeypatch):
    month = this_month().before
    monkeypatch.setattr(keeping, "_close_by_facts", lambda *_facts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reconcile(account, month)
    assert not Discrepancy.objects.exists()
    monkeypatch.undo()
    assert reconcile(account, month).summary["breaks"] == {"missing_in_ledger": 1}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [runs.RUNS]
        )
        assert cursor.fetchone()[0] == 0
