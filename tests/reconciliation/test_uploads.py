"""A file on its way in: kept for one person, loaded once, forgotten after a day."""

import io
import threading

import pytest
from django.db import connection

from common import crash
from reconciliation import loading, profiles, runs, schedule, tasks, upload_bytes, upload_sample, uploads
from reconciliation.models import Run, Side, SourceFile, SourceRow, Upload, UploadPart
from reconciliation.sources.refusals import FileRefused
from tests.reconciliation.statements import COLUMNS, csv_bytes, profile_of, row

pytestmark = pytest.mark.django_db
ROWS = [row(number, 10_000) for number in range(1, 60)]


@pytest.fixture
def accountant(django_user_model):
    return django_user_model.objects.create_user("accountant")


@pytest.fixture
def account(world):
    return world.accounts["arca"]


@pytest.fixture
def bring(account, accountant):
    def bring(content=None, name="october.csv", **facts):
        given = {"side": Side.PROVIDER, "account": account, "month": None, "user": accountant, **facts}
        return uploads.receive(
            stream=io.BytesIO(csv_bytes(ROWS) if content is None else content), name=name, **given
        )

    return bring


def loaded(upload):
    uploads.ask(upload_id=upload.pk)
    return uploads.take(upload_id=upload.pk)


def test_an_upload_keeps_the_bytes_and_the_first_lines(bring):
    upload = bring()
    assert b"".join(bytes(part.data) for part in upload.parts.order_by("number")) == csv_bytes(ROWS)
    sample = upload_sample.sample_of(upload)
    assert len(sample.lines) == profiles.SAMPLE_LINES
    assert sample.lines[0][1][0] == "Date"
    assert sample.words[3] == ["Type", "Purchase"]
    assert 1 not in sample.words  # as many orders as rows


def test_what_is_no_table_is_refused_and_nothing_is_kept(bring):
    with pytest.raises(FileRefused):
        bring(b"%PDF-1.4 nothing")
    assert Upload.objects.count() == UploadPart.objects.count() == 0


def test_a_zero_in_a_name_or_a_cell_does_no_harm(bring):
    assert bring(name="a\x00b.csv").name == "ab.csv"


def test_a_second_upload_replaces_the_one_that_nobody_went_on_with(bring, account):
    first = bring()
    second = bring()
    assert list(Upload.objects.all()) == [second]
    profile_of(account)
    loaded(second)
    bring()
    assert Upload.objects.filter(pk=second.pk).exists()
    assert not Upload.objects.filter(pk=first.pk).exists()


def test_it_is_mapped_when_the_columns_are_those_of_the_profile(bring, account):
    upload = bring()
    assert not uploads.is_mapped(upload)
    profile_of(account, columns={**COLUMNS, "amount": "Sum"})
    assert not uploads.is_mapped(upload)
    profile_of(account)
    assert uploads.is_mapped(upload)


def test_taking_loads_once(bring, account):
    profile_of(account)
    upload = bring()
    assert uploads.take(upload_id=upload.pk).file is None  # nobody asked
    first = loaded(upload)
    assert first.file.rows_new == 59
    assert not first.is_repeat
    assert uploads.take(upload_id=upload.pk).file_id == first.file_id
    assert SourceFile.objects.count() == 1
    assert UploadPart.objects.count() == 0
    assert upload_bytes.progress_of(first) > 50
    with pytest.raises(uploads.UploadGone):
        uploads.ask(upload_id=upload.pk)


def test_the_same_bytes_again_are_a_repeat(bring, account):
    profile_of(account)
    loaded(bring())
    assert loaded(bring()).is_repeat
    assert SourceFile.objects.get().uploads == 2


def test_a_refusal_is_kept_in_words_and_another_mapping_tries_again(bring, account):
    upload = bring()
    refused = loaded(upload)
    assert "Say first how files of this source are read" in refused.refusal
    assert SourceRow.objects.count() == 0
    profile_of(account)
    assert loaded(upload).file.rows_new == 59


def test_what_was_asked_for_and_lost_is_found(bring, account):
    profile_of(account)
    upload = bring()
    uploads.ask(upload_id=upload.pk)
    assert tasks.take_uploads() == 1
    assert tasks.take_uploads() == 0
    assert Upload.objects.get(pk=upload.pk).file_id


def test_a_file_that_ends_the_program_is_not_tried_for_ever(bring, account, monkeypatch):
    profile_of(account)
    upload = bring()
    uploads.ask(upload_id=upload.pk)

    def die(**_facts):
        raise MemoryError

    monkeypatch.setattr(loading, "load_file", die)
    for _attempt in range(uploads.MOST_TRIES):
        with pytest.raises(MemoryError):
            uploads.take(upload_id=upload.pk)
    assert "ended while it read" in uploads.take(upload_id=upload.pk).refusal


def test_old_uploads_are_forgotten_and_their_files_stay(bring, account, shift_clock):
    profile_of(account)
    loaded(bring())
    waiting = bring()
    assert uploads.forget_old() == 0
    shift_clock(seconds=25 * 3600)
    assert uploads.forget_old() == 2
    assert not Upload.objects.filter(pk=waiting.pk).exists()
    assert SourceFile.objects.count() == 1
    with pytest.raises(uploads.UploadGone):
        uploads.ask(upload_id=waiting.pk)


def test_a_file_whose_comparison_was_lost_is_compared(bring, account, shift_clock):
    profile_of(account)
    file = loaded(bring()).file
    assert schedule.compare_new_files() == []  # its own task has a moment
    shift_clock(seconds=180)
    assert {run.trigger for run in schedule.compare_new_files()} == {Run.Trigger.FILE}
    assert schedule.compare_new_files() == []
    shift_clock(seconds=0)
    assert runs.run_after_file(file=file)


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_same_upload_load_it_once(world, accountant):
    account = world.accounts["arca"]
    profile_of(account)
    upload = uploads.receive(
        side=Side.PROVIDER,
        account=account,
        month=None,
        name="october.csv",
        stream=io.BytesIO(csv_bytes(ROWS)),
        user=accountant,
    )
    uploads.ask(upload_id=upload.pk)
    start = threading.Barrier(2)

    def take():
        start.wait()
        try:
            uploads.take(upload_id=upload.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert SourceFile.objects.get().uploads == 1
    assert SourceRow.objects.count() == 59


@pytest.mark.django_db(transaction=True)
def test_while_another_file_of_the_source_is_read_an_upload_waits(world, accountant):
    account = world.accounts["arca"]
    profile_of(account)
    upload = uploads.receive(
        side=Side.PROVIDER,
        account=account,
        month=None,
        name="october.csv",
        stream=io.BytesIO(csv_bytes(ROWS)),
        user=accountant,
    )
    uploads.ask(upload_id=upload.pk)
    held, over = threading.Event(), threading.Event()

    def hold():
        with connection.cursor() as cursor:
            key = f"source:{Side.PROVIDER}:{account.pk}"
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
            held.set()
            over.wait(30)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    waiting = uploads.take(upload_id=upload.pk)
    over.set()
    other.join()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
    assert (waiting.ended_at, waiting.tries) == (None, 0)
    assert uploads.take(upload_id=upload.pk).file_id


@pytest.mark.parametrize("point", ["upload.after_try", "upload.after_load"])
def test_a_process_that_dies_leaves_the_upload_waiting(bring, account, monkeypatch, point):
    profile_of(account)
    upload = bring()
    uploads.ask(upload_id=upload.pk)

    def die(name):
        if name == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(crash, "point", die)
        uploads.take(upload_id=upload.pk)
    assert (SourceFile.objects.count(), SourceRow.objects.count()) == (0, 0)
    assert tasks.take_uploads() == 1
    assert (SourceFile.objects.get().uploads, SourceFile.objects.get().rows_new) == (1, 59)
