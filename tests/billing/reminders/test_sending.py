"""The sweep: who is written to, when, once; and why somebody is not."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from billing import link_mail, links, lookup, pauses
from billing.models import Installment, MerchantAccount, PaymentLink, Reminder, ReminderStep
from billing.reminders import choosing, sending, unanswered
from common import clock
from courses import enrolling, pausing
from students import timeline
from students.models import OperatorTask, Student, TimelineEvent

pytestmark = pytest.mark.django_db

DUE = dt.date(2027, 3, 31)
Reason = Reminder.Reason


def after(days):
    return DUE + dt.timedelta(days=days)


def said():
    return list(Reminder.objects.order_by("id").values_list("state", "reason"))


def test_on_its_day_a_student_gets_one_mail_with_the_one_link(owing, turn_to, mail_server):
    turn_to(DUE)
    assert sending.remind() == 1
    [mail] = mail_server.mails
    link = PaymentLink.objects.get(state="active")
    student = owing.invoice.student
    assert mail["To"] == student.email
    assert links.link_address(link) in mail.get_content()
    assert student.full_name in mail.get_content()
    assert mail["Subject"].strip().startswith("Пора оплатить: Course")
    reminder = Reminder.objects.get()
    assert mail["Message-ID"] == f"<{reminder.message_id}>"
    assert (reminder.state, reminder.link, reminder.language) == ("sent", link, "ru")
    event = TimelineEvent.objects.get(kind="reminder_sent")
    assert event.student_id == student.pk
    assert student.email not in str(event.data)


def test_a_second_run_says_nothing_more(owing, turn_to, mail_server):
    turn_to(DUE)
    assert [sending.remind() for _ in range(3)] == [1, 0, 0]
    assert len(mail_server.mails) == 1


def test_the_active_link_is_the_one_that_goes_out(world, owing, turn_to, mail_server):
    turn_to(after(-3), 8)
    link = world.link(owing.invoice, number=2)
    turn_to(after(-3), 10)
    assert sending.remind() == 1
    assert links.link_address(link) in mail_server.mails[0].get_content()
    assert PaymentLink.objects.filter(lines__installment=owing).count() == 1


def test_the_whole_ladder_and_then_a_person(owing, turn_to, mail_server):
    for days in range(-6, 12):
        turn_to(after(days))
        sending.remind()
        unanswered.sweep()
    subjects = [mail["Subject"].strip().split(":")[0] for mail in mail_server.mails]
    assert subjects == [
        "Скоро срок оплаты",
        "Пора оплатить",
        "Оплата ещё не поступила",
        "Оплата задерживается",
        "Курс скоро закроется",
    ]
    task = OperatorTask.objects.get()
    assert (task.kind, task.subject_id) == ("reminders_unanswered", owing.pk)


def test_a_task_that_was_resolved_does_not_come_again(owing, turn_to):
    turn_to(after(6))
    assert unanswered.sweep() == 1
    task = OperatorTask.objects.get()
    task.resolve(resolution="will_pay", reason="a test", resolved_by_id=None)
    task.save()
    turn_to(after(7))
    assert unanswered.sweep() == 0


def test_paying_ends_reminders_and_the_task(world, owing, turn_to, mail_server):
    turn_to(after(6))
    unanswered.sweep()
    world.paid(world.link(owing.invoice, number=2))
    unanswered.sweep()
    assert OperatorTask.objects.get().state == "resolved"
    turn_to(DUE)
    assert sending.remind() == 0
    assert mail_server.mails == []


@pytest.mark.parametrize(
    ("day", "hour", "minute", "sent"),
    [
        (DUE, 0, 0, 0),
        (DUE, 8, 59, 0),
        (DUE, 9, 0, 1),
        (DUE, 20, 59, 1),
        (DUE, 21, 0, 0),
        (DUE, 23, 59, 0),
        (after(1), 0, 0, 0),
    ],
)
def test_at_midnight_of_the_31st_and_by_night_nobody_is_written_to(
    owing, turn_to, mail_server, day, hour, minute, sent
):
    turn_to(day, hour, minute)
    assert sending.remind() == len(mail_server.mails) == sent
    assert len(said()) == sent


def test_what_the_night_held_back_goes_out_in_the_morning_as_the_step_of_that_day(
    owing, turn_to, mail_server
):
    turn_to(DUE, 23, 59)
    sending.remind()
    turn_to(after(1), 9)
    assert sending.remind() == 1
    assert Reminder.objects.get().step.offset_days == 1


def test_two_courses_take_turns_day_by_day(world, owing, turn_to, mail_server):
    student = owing.invoice.student
    turn_to(dt.date(2027, 3, 1), 13)
    group = world.group(starts_on=dt.date(2027, 3, 1), days=90)
    other = world.invoice(group=group, plan="three-parts", student=student)
    world.paid(world.link(other))
    turn_to(after(-3))
    assert sending.remind() == 1
    assert said() == [("sent", ""), ("skipped", "another_today")]
    turn_to(after(-2))
    assert sending.remind() == 1
    days = [
        (row.installment.invoice_id, row.day) for row in Reminder.objects.filter(state="sent").order_by("id")
    ]
    assert days == [(owing.invoice_id, after(-3)), (other.pk, after(-2))]


def pause(part):
    """Let a pause begin the day after a due date, which stays therefore."""
    made = pauses.pause_student(
        enrollment_id=part.invoice.enrollment_id,
        days=pausing.Days(first=after(1), last=after(20)),
        reason="the family moves house",
        actor=timeline.SYSTEM,
    )
    part.refresh_from_db()
    return made


def test_nobody_is_reminded_in_a_pause(owing, turn_to, mail_server):
    turn_to(DUE, 8)
    pause(owing)
    assert owing.due_date == DUE
    turn_to(after(1))
    assert [sending.remind(), sending.remind()] == [0, 0]
    assert said() == [("skipped", "paused")]
    turn_to(after(6))
    assert unanswered.sweep() == 0
    assert mail_server.mails == []


def test_nobody_is_reminded_after_the_end(owing, turn_to, mail_server):
    enrolling.end_enrollment(enrollment_id=owing.invoice.enrollment_id, reason="left", actor=timeline.SYSTEM)
    turn_to(DUE)
    assert [sending.remind(), sending.remind()] == [0, 0]
    assert said() == [("skipped", "ended")]
    turn_to(after(6))
    assert unanswered.sweep() == 0
    assert mail_server.mails == []


def test_a_cancelled_invoice_is_not_spoken_of(owing, turn_to):
    invoice = owing.invoice
    invoice.cancelled_at, invoice.cancel_reason = clock.now(), "a test"
    invoice.save(update_fields=["cancelled_at", "cancel_reason"])
    turn_to(DUE)
    assert sending.remind() == 0
    assert said() == []


def test_while_a_payment_is_open_at_a_bank_nothing_goes_out_and_afterwards_it_does(
    world, owing, turn_to, mail_server
):
    turn_to(DUE, 10)
    payment = world.attempt(world.link(owing.invoice, number=2))
    assert [sending.remind(), sending.remind()] == [0, 0]
    assert said() == [("skipped", "payment_open")]
    world.buyer_pays(payment, "decline")
    lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    assert sending.remind() == 1
    assert len(mail_server.mails) == 1


def test_paid_between_choosing_and_sending_is_not_reminded(world, owing, turn_to, mail_server):
    turn_to(DUE)
    [candidate] = choosing.candidates(day=clock.today())
    world.paid(world.link(owing.invoice, number=2))
    assert sending.commit_to_send(candidate) is None
    assert said() == []
    assert mail_server.mails == []


def test_without_an_address_it_says_so_once_a_day(owing, turn_to):
    Student.objects.filter(pk=owing.invoice.student_id).update(email="")
    turn_to(DUE)
    assert [sending.remind(), sending.remind()] == [0, 0]
    turn_to(after(1))
    sending.remind()
    assert said() == [("skipped", "no_address")] * 2
    assert not PaymentLink.objects.filter(state="active").exists()


def test_without_a_bank_there_is_no_link_and_a_person_is_asked(owing, turn_to, mail_server):
    MerchantAccount.objects.update(is_active=False)
    turn_to(DUE)
    assert [sending.remind(), sending.remind()] == [0, 0]
    assert said() == [("skipped", "no_link")]
    assert OperatorTask.objects.get().kind == "reminder_without_link"
    MerchantAccount.objects.update(is_active=True)
    turn_to(after(1))
    assert sending.remind() == 1
    unanswered.sweep()
    assert OperatorTask.objects.get().state == "resolved"


def test_a_link_that_a_colleague_sent_this_day_is_the_message_of_the_day(world, owing, turn_to, mail_server):
    turn_to(DUE)
    link_mail.send_payment_link(link_id=world.link(owing.invoice, number=2).pk, actor=timeline.SYSTEM)
    assert sending.remind() == 0
    assert said() == [("skipped", "another_today")]
    turn_to(after(1))
    assert sending.remind() == 1


def test_a_message_that_cannot_be_written_is_never_committed(owing, turn_to, mail_server):
    ReminderStep.objects.update(text_ru="{")  # past the form
    turn_to(DUE)
    with pytest.raises(ExceptionGroup, match="could not be sent"):
        sending.remind()
    assert said() == []
    assert not PaymentLink.objects.filter(state="active").exists()


def test_a_lost_answer_is_unknown_and_never_sent_again(owing, turn_to, mail_server):
    mail_server.behaviour = "silent"
    turn_to(DUE)
    assert sending.remind() == 0
    mail_server.behaviour = "take"
    turn_to(DUE, 18)
    assert sending.remind() == 0
    assert said() == [("unknown", "answer_lost")]
    assert len(mail_server.mails) == 1
    assert TimelineEvent.objects.filter(kind="reminder_unknown").count() == 1


def test_a_refused_address_is_not_tried_again_for_this_step(owing, turn_to, mail_server):
    mail_server.behaviour = "refuse"
    turn_to(DUE)
    assert [sending.remind(), sending.remind()] == [0, 0]
    assert said() == [("failed", "refused")]


@pytest.mark.parametrize("kind", ["busy", "gone"])
def test_a_mail_server_that_is_away_is_asked_again_an_hour_later(owing, turn_to, mail_server, settings, kind):
    mail_server.behaviour = "busy"
    if kind == "gone":
        settings.EMAIL_PORT = 1
    turn_to(DUE, 10)
    assert [sending.remind(), sending.remind()] == [0, 0]
    assert said() == [("failed", "unavailable")]
    settings.EMAIL_PORT, mail_server.behaviour = mail_server.port, "take"
    turn_to(DUE, 11, 1)
    assert sending.remind() == 1
    ids = set(Reminder.objects.values_list("message_id", flat=True))
    assert ids == {mail_server.mails[0]["Message-ID"].strip("<>")}


def test_what_went_out_cannot_be_rewritten(owing, turn_to, mail_server):
    turn_to(DUE)
    sending.remind()
    for words in ("state = 'failed', reason = 'refused'", "day = day + 1", "began_at = now()"):
        with pytest.raises(IntegrityError, match="is fixed"), transaction.atomic():
            connection.cursor().execute(f"UPDATE billing_reminder SET {words}")


def test_one_message_a_day_and_one_a_step_are_held_by_the_database(owing, turn_to, mail_server):
    turn_to(DUE)
    sending.remind()
    first = Reminder.objects.get()
    facts = {
        "student": first.student,
        "installment": first.installment,
        "step": first.step,
        "due_date": first.due_date,
        "day": first.day,
        "channel": "email",
        "language": "ru",
    }
    for change in ({"day": after(1)}, {"due_date": after(9)}):
        with pytest.raises(IntegrityError, match="one_reminder_per"), transaction.atomic():
            Reminder.objects.create(**facts | change)


def test_a_school_that_switched_every_step_off_writes_to_nobody(owing, turn_to, mail_server):
    ReminderStep.objects.update(is_active=False)
    turn_to(DUE)
    assert sending.remind() == 0
    turn_to(after(6))
    assert unanswered.sweep() == 0


def test_a_part_that_is_paid_partly_is_still_reminded_of_with_what_remains(
    world, ladder_there, turn_to, mail_server
):
    turn_to(dt.date(2027, 3, 1))
    invoice = world.invoice(plan="flexible")
    world.paid(world.link(invoice, amount_minor=3_000_000))
    part = world.installment(invoice)
    assert part.state == Installment.State.PARTLY_PAID
    turn_to(part.due_date + dt.timedelta(days=1))
    assert sending.remind() == 1
    assert PaymentLink.objects.get(state="active").amount_minor == 6_000_000
