"""A school with the default ladder, a mail server, and a calendar that is turned to an hour of a day."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.utils import timezone

from billing import daily
from billing.reminders import default_steps
from common import clock
from tests.billing.reminders.mail_server import MailServer


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


@pytest.fixture
def turn_to(shift_clock):
    """Turn the school to an hour of a day and let the calendar do what it does by itself."""

    def turn(day: dt.date, hour: int = 12, minute: int = 0) -> None:
        moment = clock.start_of(day) + dt.timedelta(hours=hour, minutes=minute)
        shift_clock(seconds=(moment - timezone.now()).total_seconds())
        daily.expire_links()
        daily.mark_due()
        daily.mark_overdue()

    return turn


@pytest.fixture
def ladder_there(db):
    """The steps that a migration gives a new school; tests that commit empty the tables of later ones."""
    default_steps.write_default_steps(apps)


@pytest.fixture
def owing(world, ladder_there, turn_to):
    """Three parts of thirty days from 1 March, the first one paid; the second falls due on the 31st, with grace to 5 April."""
    turn_to(dt.date(2027, 3, 1))
    group = world.group(starts_on=dt.date(2027, 3, 1), days=90)
    invoice = world.invoice(group=group, plan="three-parts", student=world.student(language="ru"))
    world.paid(world.link(invoice))
    part = world.installment(invoice, 2)
    assert (part.due_date, part.grace_date) == (dt.date(2027, 3, 31), dt.date(2027, 4, 5))
    return part
