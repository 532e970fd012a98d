"""The words of one reminder: the step's text in the student's language, filled with what the link asks."""

import datetime as dt

from django.conf import settings

from billing import link_words
from billing.models import Installment, PaymentLink, Reminder, ReminderStep
from billing.reminders import texts
from billing.reminders.channels import Message
from common import clock, dates, money
from students.models import Student


def compose(*, reminder: Reminder, address: str) -> Message:
    """Return the message of a reminder; sends nothing. Raises LookupError for one that was left out: it has no link."""
    if reminder.link is None:
        raise LookupError("What was left out has no words.")
    facts = _facts(reminder.installment, reminder.link, reminder.student, reminder.language)
    return Message(
        message_id=reminder.message_id,
        address=address,
        subject=_one_line(texts.fill(reminder.step.subject(reminder.language), facts)),
        text=texts.fill(reminder.step.text(reminder.language), facts).strip() + "\n",
    )


def sample(*, step: ReminderStep, language: str) -> Message:
    """Return how a step reads, with facts of nobody. Raises texts.BadText."""
    return Message(
        message_id="",
        address="",
        subject=_one_line(texts.fill(step.subject(language), _sample_facts(language))),
        text=texts.fill(step.text(language), _sample_facts(language)).strip() + "\n",
    )


def _facts(installment: Installment, link: PaymentLink, student: Student, language: str) -> dict[str, str]:
    return {
        **link_words.words_of(link, language),
        "name": student.full_name,
        "due": dates.format_day(installment.due_date, language),
        "grace": dates.format_day(installment.grace_date, language),
        "contact": settings.SCHOOL_CONTACT,
    }


def _sample_facts(language: str) -> dict[str, str]:
    today = clock.today()
    later = [today + dt.timedelta(days=days) for days in (5, 7, 30)]
    return {
        "name": {"hy": "Անի Սարգսյան", "ru": "Ани Саргсян"}.get(language, "Ani Sargsyan"),
        "course": "Python",
        "group": "Python 12",
        "period": dates.format_period(today, later[2], language),
        "amount": money.format_money(3_000_000, "AMD", language),
        "due": dates.format_day(today, language),
        "grace": dates.format_day(later[0], language),
        "link": f"{settings.PUBLIC_URL}/…",
        "expires": dates.format_moment(clock.end_of(later[1]) - dt.timedelta(seconds=1), language),
        "school": settings.SCHOOL_NAME,
        "contact": settings.SCHOOL_CONTACT,
    }


def _one_line(subject: str) -> str:
    """A subject with a line break would be refused as a forged header; names of courses may hold one."""
    return " ".join(subject.split())
