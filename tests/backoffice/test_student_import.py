"""Students from a file: previewed, recognised, stored as a whole or not at all; and back into a file, harmless."""

import html
import io

import openpyxl
import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from students.models import Student, TimelineEvent
from tests.backoffice.people import person, words_of

pytestmark = pytest.mark.django_db

PAGE = "admin:students_student_import"


@pytest.fixture
def manager(db):
    return person(role="manager")


def preview(client, content, name="students.csv"):
    content = content.encode() if isinstance(content, str) else content
    return client.post(reverse(PAGE), {"import_file": SimpleUploadedFile(name, content), "resource": "0"})


def confirm(client, answer):
    return client.post(
        reverse("admin:students_student_process_import"), answer.context["confirm_form"].initial
    )


def load(client, content, name="students.csv"):
    answer = preview(client, content, name)
    assert answer.context.get("confirm_form"), words_of(answer.content.decode())
    assert confirm(client, answer).status_code == 302


def sheet(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def refusals(answer):
    assert answer.context.get("confirm_form") is None
    return html.unescape(words_of(answer.content.decode()))


def test_the_preview_stores_nothing_and_the_confirmation_stores_it(manager):
    answer = preview(
        manager, "full_name,email,phone,language,crm_id\nԱնի Սարգսյան,ani@example.am,091123456,hy,c-1\n"
    )
    assert "New: 1. Changed: 0. Unchanged: 0." in words_of(answer.content.decode())
    assert not Student.objects.exists()
    assert not TimelineEvent.objects.exists()
    confirm(manager, answer)
    student = Student.objects.get()
    assert (student.full_name, student.phone, student.crm_id) == ("Անի Սարգսյան", "+37491123456", "c-1")
    event = TimelineEvent.objects.get(student=student)
    assert (event.kind, event.actor) == ("student_registered", manager.user)


def test_an_xlsx_with_headings_in_armenian_and_numbers_as_excel_writes_them(manager):
    content = sheet(
        ["Անուն Ազգանուն", "Էլ. փոստ", "Հեռախոս", "Լեզու", "Ծննդյան ամսաթիվ"],
        ["Նարե Խաչատրյան", "nare@example.am", 91123456, "Հայերեն", "31.05.2008"],
    )
    load(manager, content, "list.xlsx")
    student = Student.objects.get()
    assert (student.phone, student.language, str(student.birth_date)) == ("+37491123456", "hy", "2008-05-31")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_any_usual_separator_is_read(manager, mark):
    load(manager, f"name{mark}e-mail\nAni{mark}ani@example.am\n")
    assert Student.objects.get().email == "ani@example.am"


def test_a_byte_order_mark_is_not_part_of_the_heading(manager):
    load(manager, "\ufefffull_name\nAni\n")
    assert Student.objects.get().full_name == "Ani"


def test_a_known_crm_id_changes_the_student_and_an_empty_cell_changes_nothing(world, manager):
    student = world.student(crm_id="c-1", phone="+37491000000", language="ru")
    load(manager, "full_name,crm_id,phone,email\nNew Name,c-1,,new@example.am\n")
    student.refresh_from_db()
    assert (student.full_name, student.email, student.phone) == ("New Name", "new@example.am", "+37491000000")
    assert student.language == "ru"
    assert Student.objects.count() == 1


def test_a_known_mail_with_the_same_name_is_the_same_student_and_gets_the_crm_id(world, manager):
    student = world.student(full_name="Ani", email="ani@example.am")
    load(manager, "full_name,email,crm_id\nani,ANI@example.am,c-9\n")
    student.refresh_from_db()
    assert student.crm_id == "c-9"
    assert Student.objects.count() == 1


def test_the_same_file_again_changes_nothing(manager):
    content = "full_name,email,crm_id\nAni,ani@example.am,c-1\n"
    load(manager, content)
    answer = preview(manager, content)
    assert "New: 0. Changed: 0. Unchanged: 1." in words_of(answer.content.decode())


def test_a_sibling_with_the_same_mail_needs_a_crm_id(world, manager):
    world.student(full_name="Ani", email="mother@example.am")
    words = refusals(preview(manager, "full_name,email\nGor,mother@example.am\n"))
    assert "Line 2" in words
    assert "Ani has this e-mail already" in words
    load(manager, "full_name,email,crm_id\nGor,mother@example.am,c-2\n")
    assert Student.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("full_name,email\nAni,not-a-mail\n", "This is not an e-mail address"),
        ("full_name,phone\nAni,12\n", "Write the phone with digits"),
        ("full_name,language\nAni,Klingon\n", "must be hy, ru or en"),
        ("full_name,birth_date\nAni,31/31/2008\n", "Write the day as"),
        ("full_name,crm_id\n,c-1\n", "Write the student's name"),
        ("full_name,crm_id\nAni,c-1\nGor,c-1\n", "Line 2 is the same student"),
        ("full_name,email\nAni,a@example.am\nAni,A@example.am\n", "Line 2 is the same student"),
        ("email\nani@example.am\n", "has no column “full_name”"),
    ],
)
def test_a_bad_line_is_told_in_words_and_nothing_is_stored(manager, content, words):
    assert words in refusals(preview(manager, content))
    assert not Student.objects.exists()


def test_one_bad_line_stops_the_whole_file(manager):
    words = refusals(preview(manager, "full_name,email\nAni,ani@example.am\nGor,bad\n"))
    assert "Line 3" in words
    assert "Traceback" not in words
    assert not Student.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("students.pdf", b"%PDF", "ends with .csv or .xlsx"),
        ("students.xlsx", b"full_name\nAni\n", "no XLSX file"),
        ("students.csv", "full_name\nԱնի\n".encode("utf-16"), "letters of this file cannot be read"),
        ("students.csv", "full_name\nМария\n".encode("cp1251"), "letters of this file cannot be read"),
        ("students.csv", b"full_name\n" + b"A" * 5_000_001, "larger than 5 MB"),
        ("students.csv", b"full_name\n" + b"Ani\n" * 5001, "more than 5000 rows"),
        ("students.csv", b"", "empty"),
        ("students.xlsx", b"PK\x03\x04 broken", "Ensure you have chosen the correct format"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(manager, name, content, words):
    assert words in refusals(preview(manager, content, name))
    assert not Student.objects.exists()


def test_an_id_that_another_took_meanwhile_stores_nothing(manager):
    answer = preview(manager, "full_name,lms_id\nAni,l-1\nGor,l-2\n")
    Student.objects.create(full_name="Quick", lms_id="l-2")
    refused = confirm(manager, answer)
    assert "Nothing was stored" in words_of(manager.get(refused["Location"]).content.decode())
    assert [student.full_name for student in Student.objects.all()] == ["Quick"]


def test_an_export_runs_no_formula_and_comes_back_unchanged(world, manager):
    world.student(full_name="=HYPERLINK(1)", phone="+37491000000", email="", crm_id="@SUM(1)")
    answer = manager.post(reverse("admin:students_student_export"), {"format": "0", "resource": "0"})
    exported = tablib.Dataset().load(answer.content.decode(), format="csv").dict[0]
    assert exported["full_name"] == "'=HYPERLINK(1)"
    assert exported["crm_id"] == "'@SUM(1)"
    assert exported["phone"] == "+37491000000"
    again = preview(manager, answer.content)
    assert "New: 0. Changed: 0. Unchanged: 1." in words_of(again.content.decode())


@pytest.mark.parametrize("role", ["cashier", "support", "accountant", "administrator"])
def test_others_neither_import_nor_confirm_nor_export(role):
    client = person(role=role)
    assert preview(client, "full_name\nAni\n").status_code == 403
    assert client.post(reverse("admin:students_student_process_import"), {}).status_code == 403
    assert client.post(reverse("admin:students_student_export"), {}).status_code == 403
