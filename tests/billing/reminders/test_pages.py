"""The manager edits the ladder with a preview; the student page and the list tell what was said."""

import datetime as dt

import pytest
from django.urls import reverse

from billing.models import Reminder, ReminderStep
from billing.reminders import sending
from tests.backoffice.people import person, read, words_of

pytestmark = pytest.mark.django_db

DUE = dt.date(2027, 3, 31)


@pytest.fixture
def step(ladder_there):
    return ReminderStep.objects.get(anchor="due", offset_days=0)


def form_of(step, **changes):
    names = [f"{kind}_{language}" for kind in ("subject", "text") for language in ("hy", "ru", "en")]
    return {
        "anchor": step.anchor,
        "offset_days": step.offset_days,
        "is_active": "on",
        **{name: getattr(step, name) for name in names},
        **changes,
    }


def page(step):
    return reverse("admin:billing_reminderstep_change", args=[step.pk])


def test_a_manager_sees_how_a_text_reads_and_stores_it(step):
    client = person(role="manager")
    data = form_of(step, text_en="Dear {name}, {amount} by {due}: {link}", text_ru="{link} {iban}")
    assert "{grace} the last day of grace" in words_of(client.get(page(step)).content.decode())
    shown = words_of(client.post(reverse("admin:billing_reminderstep_sample"), data).content.decode())
    assert "Dear Ani Sargsyan, 30 000 ֏ by" in shown.replace("AMD", "֏").replace(",000", " 000")
    assert "{iban} is not a placeholder" in shown
    assert "Բարև, Անի Սարգսյան" in shown
    step.refresh_from_db()
    assert step.text_en.startswith("Hello")
    assert client.post(page(step), data | {"text_ru": "{link}"}).status_code == 302
    step.refresh_from_db()
    assert step.text_en.startswith("Dear")


def test_the_sample_is_for_those_who_see_the_ladder(step):
    address = reverse("admin:billing_reminderstep_sample")
    assert person(role="support").post(address, form_of(step)).status_code == 403


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text_ru": "{link} {iban}"}, "{iban} is not a placeholder. Use one of these"),
        ({"text_hy": "Բարև"}, "The text needs {link}"),
        ({"subject_en": "{link}"}, "take {link} out of the subject"),
        ({"text_en": ""}, "This field is required"),
        ({"offset_days": "1"}, "Another step in use is for the same day"),
        ({"offset_days": "-90"}, "greater than or equal to -60"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words_and_not_stored(step, changes, told):
    answer = person(role="manager").post(page(step), form_of(step, **changes))
    assert told in words_of(answer.content.decode()).replace("&#x27;", "'")
    unchanged = ReminderStep.objects.get(pk=step.pk)
    assert form_of(unchanged) == form_of(step)


def test_nobody_else_changes_the_ladder_and_nobody_deletes_a_step(step):
    assert person(role="support").get(page(step)).status_code == 403
    assert person(role="support").post(page(step), form_of(step, text_en="{link}")).status_code == 403
    delete = reverse("admin:billing_reminderstep_delete", args=[step.pk])
    assert person(role="manager").post(delete, {"post": "yes"}).status_code == 403


def test_the_student_page_and_the_list_tell_what_was_said_and_why_not(world, owing, turn_to, mail_server):
    turn_to(DUE - dt.timedelta(days=3))
    world.attempt(world.link(owing.invoice, number=2))
    sending.remind()
    client = person(role="support")
    words = words_of(read(client, owing.invoice.student))
    assert "3 days before the due date" in words
    assert "a payment is open at a bank, or held for a person" in words
    listed = client.get(reverse("admin:billing_reminder_changelist"), {"reason__exact": "payment_open"})
    assert "a payment is open at a bank" in words_of(listed.content.decode())
    one = client.get(reverse("admin:billing_reminder_change", args=[Reminder.objects.get().pk]))
    assert "Left out" in words_of(one.content.decode())
    assert (
        client.post(
            reverse("admin:billing_reminder_change", args=[Reminder.objects.get().pk]), {"reason": ""}
        ).status_code
        == 403
    )


def test_the_list_of_a_student_is_reached_from_the_page(owing, turn_to, mail_server):
    turn_to(DUE)
    sending.remind()
    client = person(role="manager")
    address = reverse("admin:billing_reminder_changelist")
    answer = client.get(address, {"student__id__exact": owing.invoice.student_id})
    assert answer.status_code == 200
    assert "on the due date" in words_of(answer.content.decode())
