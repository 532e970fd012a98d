"""A student whose first of three parts is paid, and pauses of her."""

import datetime as dt

from billing import pauses
from common import clock
from courses import pausing
from tests.billing import doubtful

REASON = "the family moves house"


def student_who_paid(world, *, plan="three-parts", **facts):
    """Three parts of thirty days from today, five days of grace after each due date; the first is paid."""
    invoice = world.invoice(plan=plan, **facts)
    world.paid(world.link(invoice))
    return invoice


def days(first, last):
    """Return the days of a pause, counted from today."""
    today = clock.today()
    return pausing.Days(first=today + dt.timedelta(days=first), last=today + dt.timedelta(days=last))


def pause(invoice, first, last, **facts):
    return pauses.pause_student(
        enrollment_id=invoice.enrollment_id,
        days=days(first, last),
        reason=facts.pop("reason", REASON),
        actor=facts.pop("actor", None) or doubtful.colleague(),
        **facts,
    )


def end(made, last_day, **facts):
    return pauses.end_pause(
        pause_id=made.pk,
        last_day=last_day,
        reason=facts.pop("reason", "back earlier"),
        actor=facts.pop("actor", None) or doubtful.colleague(),
        **facts,
    )
