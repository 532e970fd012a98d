"""Students are found by what people remember, in whatever letters and spacing they write it."""

import pytest

from students import registration, search, timeline


def make(name, **facts):
    return registration.register_student(full_name=name, actor=timeline.SYSTEM, **facts)


def found(text):
    return [student.full_name for student in search.find_students(text=text)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Անի Սարգսյան", "անի"),
        ("Անի Սարգսյան", "ՍԱՐԳՍ"),
        ("Անի Սարգսյան", "  Սարգսյան   Անի "),
        ("Սևակ Եղիազարյան", "Սեւակ"),
        ("Սեւակ Եղիազարյան", "սևակ"),
        ("Սևակ Եղիազարյան", "ՍԵՎԱԿ"),
        ("Եվա Մուրադյան", "Եւա"),
        ("Алёна Соловьёва", "алена соловьева"),
        ("Алена Соловьева", "АЛЁНА"),
        ("Пётр Йолкин", "Пётр Йолкин"),
        ("Mary O'Neil-Smith", "o'neil-smith mary"),
        ("John (Jack) Doe", "(jack)"),
        ("A.B. Cee", "a.b."),
    ],
)
def test_a_name_is_found_in_any_case_order_and_spelling(name, text):
    make(name)
    make("Somebody Else")
    assert found(text) == [name]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", [".*", "a|b", "[", "(", "\\", "^", "$", "%", "_", "\\d", "*", "?", "+", "{1}", "'"]
)
def test_signs_mean_themselves(text):
    make("Anna Doe")
    assert found(text) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "+374 91 12-34-56",
        "091123456",
        "091 12 34 56",
        "(091) 12.34.56",
        "91123456",
        "00374 91 123456",
        "123456",
        "37491123456",
    ],
)
def test_a_phone_is_found_however_it_is_written(text):
    make("Anna Doe", phone="+37491123456")
    make("Other", phone="+37477000000")
    assert found(text) == ["Anna Doe"]


@pytest.mark.django_db
def test_a_foreign_phone_is_found():
    make("Anna Doe", phone="+7 916 123-45-67")
    assert found("7 916 1234567") == found("9161234567") == ["Anna Doe"]


@pytest.mark.django_db
def test_few_digits_are_no_phone():
    make("Anna Doe", phone="+37491123456")
    assert found("0") == []


@pytest.mark.django_db
def test_an_email_is_found_by_a_part_in_any_case():
    make("Anna Doe", email="Anna.Doe@example.am")
    assert found("anna.doe@EXAMPLE") == ["Anna Doe"]
