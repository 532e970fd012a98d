"""A link whose time is nearly over is told to the student once, by e-mail, in her language, outside the quiet hours."""

import datetime as dt
import logging
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.db.models import F

from billing import link_mail, links
from billing.models import Payment, PaymentLink
from billing.reminders import hindrances, quiet
from common import clock, crash
from courses import pausing
from students import timeline

log = logging.getLogger(__name__)

BEFORE_THE_END = dt.timedelta(hours=24)
SHORTEST = dt.timedelta(hours=48)  # of a shorter one the student has heard a moment ago
BATCH = 100


def warn_of_expiry() -> int:
    """
    Tell the students whose links are over within a day; return how many mails went out. Does nothing in the quiet hours.

    A link is marked before its mail goes out, so that nobody gets two; a mail that fails is not sent again, and what it raised is
    raised at the end. Who got another message today, is paused or is paying right now is left alone. Safe to repeat and to run
    twice at once.
    """
    if quiet.is_quiet(clock.now(), quiet.parse(settings.REMINDER_QUIET_HOURS)):
        return 0
    sent, failures = 0, []
    for link_id in _nearly_over():
        if not _take(link_id):
            continue
        crash.point("warning.after_mark")
        try:
            link_mail.send_payment_link(link_id=link_id, actor=timeline.SYSTEM, is_ending=True)
            sent += 1
        except Exception as error:
            log.exception("the student of link %s could not be told that it ends", link_id)
            failures.append(error)
    if failures:
        raise ExceptionGroup("some links that end could not be told", failures)
    return sent


def _nearly_over() -> Iterator[int]:
    """Yield the links to look at by their ids, batch after batch: those that wait for another run hold up nobody."""
    now = clock.now()
    found = PaymentLink.objects.filter(
        state=PaymentLink.State.ACTIVE,
        expires_at__gt=now,
        expires_at__lte=now + BEFORE_THE_END,
        created_at__lte=F("expires_at") - SHORTEST,
        warned_at__isnull=True,
        student__erased_at__isnull=True,
    ).exclude(student__email="", student__representative_email="")
    last_id = 0
    while batch := list(found.filter(pk__gt=last_id).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield from batch
        last_id = batch[-1]


def _take(link_id: int) -> bool:
    """Mark a link as told if nothing speaks against it; return whether to tell."""
    with transaction.atomic():
        link = links.lock_link(link_id=link_id)
        now = clock.now()
        if link.state != PaymentLink.State.ACTIVE or link.warned_at or link.expires_at <= now:
            return False
        day = clock.today()
        if (
            hindrances.got_a_message(student_id=link.student_id, day=day)
            or pausing.is_paused(enrollment_id=link.enrollment_id, day=day)
            or not link.student.letter_address
            or link.payments.filter(state__in=[*Payment.OPEN_STATES, Payment.State.HELD]).exists()
        ):
            return False
        link.warned_at = now
        link.save(update_fields=["warned_at"])
    return True
