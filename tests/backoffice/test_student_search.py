"""The search leads from a name, a contact or a number to the student's page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import search as billing_search
from students.models import Student
from tests.backoffice.people import page_of, person, words_of


@pytest.fixture
def support(db):
    return person(role="support")


def look_for(client, text):
    return client.get(reverse("student-search"), {"q": text})


def test_an_order_number_leads_to_its_student(world, support):
    payment = world.attempt()
    world.attempt()
    for text in (str(payment.order_number), f" #{payment.order_number} ", f"№ {payment.order_number}"):
        assert look_for(support, text)["Location"] == page_of(payment.student)


def test_a_providers_reference_is_found_in_either_case(world, support):
    payment = world.attempt()
    world.attempt()
    for text in (payment.provider_ref.lower(), payment.provider_ref.upper()):
        assert look_for(support, text)["Location"] == page_of(payment.student)


def test_an_invoice_number_leads_to_its_student(world, support):
    invoice = world.invoice()
    world.invoice()
    assert look_for(support, invoice.number)["Location"] == page_of(invoice.student)


def test_crm_and_lms_ids_lead_to_their_student(world, support):
    student = world.student(crm_id="deal-77", lms_id="moodle-5")
    assert look_for(support, "deal-77")["Location"] == page_of(student)
    assert look_for(support, "moodle-5")["Location"] == page_of(student)


def test_a_whole_email_or_phone_leads_to_its_student(world, support):
    student = world.student(email="nare@example.am", phone="+37491123456")
    world.student(email="nare.k@example.am", phone="+37491123457")
    assert look_for(support, "NARE@example.am")["Location"] == page_of(student)
    assert look_for(support, "091 12-34-56")["Location"] == page_of(student)


def test_two_with_the_same_phone_are_both_listed(world, support):
    mother, child = world.student(phone="+37491123456"), world.student(phone="+37491123456")
    answer = look_for(support, "091123456")
    assert answer.status_code == 200
    html = answer.content.decode()
    assert page_of(mother) in html
    assert page_of(child) in html


def test_a_name_lists_everybody_who_has_it_with_access(world, support):
    payment = world.paid()
    Student.objects.filter(pk=payment.student_id).update(full_name="Արամ Հակոբյան")
    world.student(full_name="Արամ Գրիգորյան")
    world.student(full_name="Lilit")
    words = words_of(look_for(support, "արամ").content.decode())
    assert "Արամ Հակոբյան" in words
    assert "Արամ Գրիգորյան" in words
    assert "Lilit" not in words
    assert payment.course.title + " Open" in words


def test_nobody_found_says_what_to_try(support):
    words = words_of(look_for(support, "Անահիտ").content.decode())
    assert "Nobody is found by “Անահիտ”" in words
    assert "Write a part of the name" in words


def test_an_empty_search_says_what_can_be_written(world, support):
    student = world.student(full_name="Newest One")
    html = support.get(reverse("student-search")).content.decode()
    assert "a phone in any form" in words_of(html)
    assert page_of(student) in html


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "x" * 5000, "<script>", "9" * 30, "٣٣٣٣٣٣", "²²²²²", "-", "𝟙𝟚𝟛𝟜𝟝𝟞"]
)
def test_odd_input_finds_nobody_and_breaks_nothing(world, support, text):
    answer = look_for(support, text)
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()


def test_many_results_ask_for_one_more_word(world, support):
    Student.objects.bulk_create(Student(full_name=f"Anna {number}") for number in range(60))
    html = look_for(support, "anna").content.decode()
    assert html.count("<li>") <= 40
    assert "one more word" in html


def test_the_number_of_queries_does_not_grow_with_results(world, support):
    def queries(text):
        with CaptureQueriesContext(connection) as seen:
            look_for(support, text)
        return len(seen)

    Student.objects.bulk_create([Student(full_name="Bob")])
    Student.objects.bulk_create(Student(full_name=f"Anna {number}") for number in range(60))
    look_for(support, "warm")
    assert queries("anna") == queries("bob") <= 16


def test_numbers_are_found_by_indexes(world):
    payment = world.attempt()
    for text in (str(payment.order_number), payment.provider_ref):
        with CaptureQueriesContext(connection) as seen:
            assert billing_search.find_by_number(text=text)[0].student_id == payment.student_id
        statements = [q["sql"] for q in seen if 'FROM "billing_payment"' in q["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            for statement in statements:
                cursor.execute(f"EXPLAIN {statement}")
                plan = "\n".join(row[0] for row in cursor.fetchall())
                assert "Index" in plan, plan
                assert "Seq Scan on billing_payment" not in plan, plan
