"""`kill -9` while a file is taken or a month compared (K8): nothing half stays, and doing it again gives the same (C3, B5)."""

import base64
import datetime as dt

import pytest

from billing.models import MerchantAccount
from reconciliation import loading
from reconciliation.models import BadRow, Discrepancy, Run, SourceFile, SourceFilePart, SourceRow
from reconciliation.months import Month
from reconciliation.sources import batches
from students.models import OperatorTask, TimelineEvent
from tests import processes
from tests.reconciliation.months import open_breaks, reconcile, stand_at, this_month
from tests.reconciliation.statements import csv_bytes, load, profile_of, row
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

ROWS = 60


def load_apart(*, account_id, content, block_bytes=300):
    """In a process of its own, a few rows at a time."""
    batches.BLOCK_BYTES = block_bytes
    loading.PART_BYTES = 500
    done = load(MerchantAccount.objects.get(pk=account_id), base64.b64decode(content))
    return done.file.pk, done.is_repeat, done.file.rows_new


def compare_apart(*, account_id, first):
    return reconcile(MerchantAccount.objects.get(pk=account_id), Month(first)).pk


@pytest.fixture
def account(db):
    account = World().accounts["arca"]
    profile_of(account)
    return account


@pytest.fixture
def content(account):
    day = this_month().first
    rows = [row(account.order_number_first + number, 5, date=f"{day:%d.%m.%Y}") for number in range(ROWS)]
    return csv_bytes([*rows, row("x", 5, date=f"{day:%d.%m.%Y}")])


def told(content):
    return base64.b64encode(content).decode()


def kept():
    """Return everything that a file left, but the moments it was done at."""
    columns = [field.attname for field in SourceRow._meta.fields if field.attname not in ("id", "file_id")]
    return (
        sorted(map(str, SourceRow.objects.values_list(*columns))),
        sorted(BadRow.objects.values_list("line", "reason", "cells")),
        list(
            SourceFile.objects.values_list("sha256", "rows_new", "rows_bad", "uploads", "first_at", "last_at")
        ),
        b"".join(bytes(part.data) for part in SourceFilePart.objects.order_by("number")),
        TimelineEvent.objects.filter(kind="statement_loaded").count(),
    )


@pytest.mark.parametrize("point", ["load.mid_rows:3", "load.mid_original", "load.before_commit"])
def test_a_file_whose_taking_dies_leaves_nothing_and_is_taken_again(account, content, point):
    facts = {"account_id": account.pk, "content": told(content)}
    assert processes.alone(load_apart, crash_at=point, **facts).was_killed, f"{point} is not on the path"
    assert kept() == ([], [], [], b"", 0)
    (again,) = processes.values([processes.alone(load_apart, **facts)])
    assert again[1:] == (False, ROWS)
    assert kept()[3] == content
    assert SourceRow.objects.count() == ROWS
    assert list(BadRow.objects.values_list("line", "reason")) == [(ROWS + 2, "order")]


def test_one_file_given_by_four_people_at_once_is_taken_once(account, content):
    job = processes.Job(act=load_apart, arguments={"account_id": account.pk, "content": told(content)})
    done = processes.values(processes.together([job] * 4))
    assert sorted(is_repeat for _file, is_repeat, _rows in done) == [False, True, True, True]
    assert (SourceFile.objects.get().uploads, SourceRow.objects.count()) == (4, ROWS)


def test_overlapping_files_at_once_bring_each_row_once(account, content):
    lines = content.split(b"\r\n")
    halves = [b"\r\n".join(lines[:40]) + b"\r\n", b"\r\n".join([lines[0], *lines[20:]])]
    jobs = [
        processes.Job(act=load_apart, arguments={"account_id": account.pk, "content": told(half)})
        for half in halves
    ]
    processes.values(processes.together(jobs))
    assert SourceRow.objects.count() == ROWS
    assert sum(SourceFile.objects.values_list("rows_known", flat=True)) == 20


@pytest.mark.parametrize("point", ["reconcile.after_start", "reconcile.after_found", "reconcile.after_run"])
def test_a_comparison_that_dies_is_done_again_with_the_same_breaks(account, content, shift_clock, point):
    month = this_month()
    load(account, content)
    stand_at(shift_clock, month.stop + dt.timedelta(days=1))
    facts = {"account_id": account.pk, "first": month.first}
    assert processes.alone(compare_apart, crash_at=point, **facts).was_killed, f"{point} is not on the path"
    assert Discrepancy.objects.count() == (ROWS if point == "reconcile.after_run" else 0)
    run = Run.objects.get(pk=processes.values([processes.alone(compare_apart, **facts)])[0])
    assert run.summary["breaks"] == {"missing_in_ledger": ROWS}
    assert len(open_breaks()) == ROWS == TimelineEvent.objects.filter(kind="break_found").count()
    assert OperatorTask.objects.get().data["breaks"] == ROWS


def test_four_comparisons_of_a_month_at_once_find_each_break_once(account, content, shift_clock):
    month = this_month()
    load(account, content)
    stand_at(shift_clock, month.stop + dt.timedelta(days=1))
    job = processes.Job(act=compare_apart, arguments={"account_id": account.pk, "first": month.first})
    processes.together([job] * 4)
    assert len(open_breaks()) == ROWS == TimelineEvent.objects.filter(kind="break_found").count()
    assert OperatorTask.objects.count() == 1
