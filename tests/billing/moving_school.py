"""Two groups of nine lessons, half a month in, and a student who paid in the first."""

import datetime as dt

from billing import transfers
from common import clock
from courses.models import Lesson
from tests.billing import doubtful

DRAM = 100
DAYS_IN = 15


def group(world, *, price=90_000, held=2, **facts):
    """Return a group that began fifteen days ago with a lesson every ten days, the first ones held."""
    start = facts.pop("starts_on", clock.today() - dt.timedelta(days=DAYS_IN))
    made = world.group(price=price, starts_on=start, **facts)
    made.lessons.all().delete()
    Lesson.objects.bulk_create(
        Lesson(
            group=made,
            number=number + 1,
            starts_at=clock.start_of(start + dt.timedelta(days=10 * number)) + dt.timedelta(hours=15),
            held_at=clock.now() if number < held else None,
        )
        for number in range(9)
    )
    return made


def student_who_paid(world, *, plan="three-parts", price=90_000, held=2):
    """Return the invoice of a student whose first installment is paid."""
    invoice = world.invoice(group=group(world, price=price, held=held), plan=plan)
    world.paid(world.link(invoice))
    return invoice


def move(invoice, target, **facts):
    return transfers.transfer_student(
        enrollment_id=invoice.enrollment_id,
        group_id=target.pk,
        reason=facts.pop("reason", "evening suits better"),
        actor=facts.pop("actor", None) or doubtful.colleague(),
        **facts,
    )
