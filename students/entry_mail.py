"""The links to the own page, by e-mail, in the student's language; a minor's goes to the representative."""

import datetime as dt
import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from common import clock
from students import entering
from students.models import StudentEntry

log = logging.getLogger(__name__)


def mail_links() -> int:
    """
    Mail the links that were asked for; return how many.

    Each row is marked before its mail goes out, so that two workers send no two. A mail that fails is not sent again: its link
    is short-lived, and the student asks once more. Safe to repeat.
    """
    sent = 0
    while entry := _claim():
        try:
            _send(entry)
            sent += 1
        except (OSError, smtplib.SMTPException) as error:
            log.warning("the link %s could not be mailed: %s", entry.pk, type(error).__name__)
    return sent


def _claim() -> StudentEntry | None:
    since = clock.now() - dt.timedelta(minutes=entering.LINK_MINUTES)
    with transaction.atomic():
        entry = (
            StudentEntry.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("student")
            .filter(mailed_at=None, ended_at=None, asked_at__gt=since, student__erased_at=None)
            .order_by("pk")
            .first()
        )
        if entry is not None:
            entry.mailed_at = clock.now()
            entry.save(update_fields=["mailed_at"])
    return entry


def _send(entry: StudentEntry) -> None:
    student = entry.student
    with translation.override(student.language):
        text = render_to_string(
            "mail/own_page.txt",
            {
                "name": student.full_name,
                "address": entering.link_address(entry),
                "minutes": entering.LINK_MINUTES,
                "school": settings.SCHOOL_NAME,
            },
        )
        subject = _("Your page at %(school)s") % {"school": settings.SCHOOL_NAME}
    EmailMessage(subject=subject, body=text, to=[student.letter_address]).send()
