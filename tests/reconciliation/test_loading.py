"""What becomes of files: kept once, rows known again, nothing of a refused one."""

import pytest

from reconciliation import loading, profiles, rows
from reconciliation.models import MappingProfile, SourceFile, SourceFilePart, SourceRow
from reconciliation.sources import batches
from reconciliation.sources.refusals import FileRefused
from students.models import TimelineEvent
from tests.reconciliation.statements import COLUMNS, WORDS, bad_rows, csv_bytes, load, profile_of, row
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db):
    account = World().accounts["arca"]
    profile_of(account)
    return account


def test_a_file_is_kept_as_it_came_with_its_rows(account):
    content = csv_bytes([row(1, 100), row("x", 5), row(2, 200, Type="Refund")])
    file = load(account, content).file
    assert (file.rows_new, file.rows_known, file.rows_bad) == (2, 0, 1)
    assert bad_rows(file) == [(3, "order")]
    assert b"".join(loading.original_of(file=file)) == content
    assert (file.size, len(file.sha256)) == (len(content), 64)
    assert file.first_at.isoformat() == "2026-10-15T12:00:00+04:00"
    assert list(file.rows.order_by("line").values_list("line", "kind", "amount_minor")) == [
        (2, "payment", 10_000),
        (4, "refund", 20_000),
    ]


def test_the_same_file_again_changes_nothing_and_is_counted(account):
    content = csv_bytes([row(1, 100)])
    first, second = load(account, content), load(account, content)
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert second.file.pk == first.file.pk
    assert (SourceFile.objects.get().uploads, SourceRow.objects.count()) == (2, 1)


def test_rows_of_overlapping_files_are_known(account):
    load(account, csv_bytes([row(1, 100), row(2, 200)]))
    file = load(account, csv_bytes([row(2, "200,00"), row(3, 300)], encoding="utf-16", delimiter="\t")).file
    assert (file.rows_new, file.rows_known) == (1, 1)
    assert SourceRow.objects.count() == 3


def test_the_same_line_twice_in_one_file_is_two_rows_in_every_file(account):
    load(account, csv_bytes([row(1, 100), row(1, 100)]))
    assert load(account, csv_bytes([row(1, 100), row(1, 100), row(2, 5)])).file.rows_new == 1
    assert SourceRow.objects.count() == 3


def test_the_same_row_of_another_account_is_another_row(account):
    other = MappingProfile.objects.get().account.__class__.objects.get(code="ameria")
    profile_of(other)
    load(account, csv_bytes([row(1, 100)]))
    assert load(other, csv_bytes([row(1, 100)])).file.rows_new == 1


def test_numbers_that_another_account_gave_out_are_foreign(account):
    other = account.__class__.objects.get(code="ameria")
    other.next_order_number += 1
    other.save()
    with pytest.raises(FileRefused) as caught:
        load(account, csv_bytes([row(other.order_number_first, 100)]))
    assert (caught.value.reason, caught.value.line) == ("foreign", 2)


def test_nothing_of_a_refused_file_is_kept(account):
    content = csv_bytes([row(1, 100), row(2, 200), ["Total", "", "", "", "", "999"]])
    with pytest.raises(FileRefused, match="Line 4"):
        load(account, content)
    assert not SourceFile.objects.exists()
    assert not SourceRow.objects.exists()
    assert not SourceFilePart.objects.exists()


def test_a_file_without_a_mapping_is_refused(account):
    with pytest.raises(loading.NoMapping):
        load(account.__class__.objects.get(code="ameria"), csv_bytes([row(1, 100)]))


def test_a_new_mapping_ends_the_one_before(account):
    old = profiles.live_profile(side="provider", account=account)
    new = profile_of(account, columns={**COLUMNS, "amount": "Sum"})
    assert profiles.live_profile(side="provider", account=account) == new
    old.refresh_from_db()
    assert old.replaced_at is not None


@pytest.mark.parametrize("total", ["300", "290", "310"])
def test_rows_that_the_mapping_ignores_are_passed_over_and_counted(account, total):
    profile_of(account, words={**WORDS, "kind": {**WORDS["kind"], "Commission": "ignore"}})
    charge = ["", "", "", " COMMISSION ", "", "-10", "", "", "?", "T9"]
    file = load(account, csv_bytes([row(1, 100), charge, row(2, 200), ["Total", "", "", "", "", total]])).file
    assert (file.rows_new, file.rows_bad, file.rows_ignored) == (2, 0, 1)
    assert SourceRow.objects.count() == 2
    assert TimelineEvent.objects.get(kind="statement_loaded").data["ignored"] == 1


def test_rows_whose_state_is_ignored_are_passed_over(account):
    profile_of(account, words={**WORDS, "status": {**WORDS["status"], "Pending": "ignore"}})
    file = load(account, csv_bytes([row(1, 100, Result="Pending"), row(2, 200)])).file
    assert (file.rows_new, file.rows_ignored) == (1, 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"columns": {"date": "Date", "amount": "Amount"}},
        {"columns": {**COLUMNS, "colour": "Colour"}},
        {"columns": COLUMNS, "words": {"kind": {}}},
        {"columns": COLUMNS, "words": {**WORDS, "status": {"OK": "fine"}}},
        {"columns": COLUMNS, "words": WORDS, "zone": "Asia/Nowhere"},
    ],
)
def test_a_mapping_that_says_too_little_is_refused(account, facts):
    with pytest.raises(profiles.MappingIncomplete):
        profiles.save_profile(side="provider", account=account, **facts)


@pytest.mark.parametrize("apart", [0, 40])
def test_twins_of_a_file_are_known_as_often_as_they_were_told(account, apart, monkeypatch):
    monkeypatch.setattr(batches, "BLOCK_BYTES", 300)
    others = [row(number, 5) for number in range(10, 10 + apart)]
    assert load(account, csv_bytes([row(1, 100), *others, row(1, 100)])).file.rows_new == 2 + apart
    file = load(account, csv_bytes([row(1, 100), row(2, 5), row(1, 100), *others, row(1, 100)])).file
    assert (file.rows_new, file.rows_known) == (2, 2 + apart)
    assert SourceRow.objects.filter(order_number=1).count() == 3


@pytest.mark.parametrize(
    "facts", [{"Fee": "1"}, {"Amount": "101"}, {"Result": "Declined"}, {"Reference": "other"}]
)
def test_a_row_that_says_something_else_is_not_known(account, facts):
    load(account, csv_bytes([row(1, 100)]))
    assert load(account, csv_bytes([row(1, 100, **facts), row(1, "100,00")])).file.rows_new == 1


def test_files_of_other_days_need_no_second_look(account, monkeypatch):
    load(account, csv_bytes([row(1, 100, date="20.10.2026")]))
    monkeypatch.setattr(rows, "_copy_what_is_new", lambda *_facts: 1 / 0)
    file = load(account, csv_bytes([row(1, 100, date="19.10.2026"), row("x", 5)])).file
    assert (file.rows_new, file.rows_known, file.rows_bad) == (1, 0, 1)
    assert set(file.rows.values_list("pk", flat=True)) == {SourceRow.first_id_of(file) + 2}
