"""Telling students by e-mail that money is on its way back, in their language. The row is the queue."""

import datetime as dt

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from common import clock, crash, money
from refunds import records
from refunds.models import Refund
from students import timeline

LEASE = dt.timedelta(minutes=5)


def tell_students() -> int:
    """
    Send the mails that are due; return how many. Safe to run in several processes at once.

    A process that dies between sending and noting it leads to a second mail with the same Message-ID, never to none.
    """
    told = 0
    while refund := _claim():
        if refund.student.letter_address:
            _send(refund)
            crash.point("refund.after_mail")
            told += 1
        _note(refund)
    return told


def _claim() -> Refund | None:
    now = clock.now()
    with transaction.atomic():
        refund = (
            Refund.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .filter(mail_due_at__lte=now)
            .select_related("student", "payment__course", "request")
            .order_by("mail_due_at", "id")
            .first()
        )
        if refund is not None:
            Refund.objects.filter(pk=refund.pk).update(mail_due_at=now + LEASE)
    return refund


def _send(refund: Refund) -> None:
    language = refund.student.language
    with translation.override(language):
        text = render_to_string(
            "mail/refund.txt",
            {
                "refund": refund,
                "amount": money.format_money(refund.amount_minor, refund.currency, language),
                "by_transfer": refund.state == Refund.State.MANUAL,
                "school": settings.SCHOOL_NAME,
            },
        )
        subject = _("Refund for %(course)s") % {"course": refund.payment.course.title}
    EmailMessage(
        subject=subject,
        body=text,
        to=[refund.student.letter_address],
        headers={"Message-ID": f"<refund-{refund.pk}@mutq>"},
    ).send()


def _note(refund: Refund) -> None:
    mailed = bool(refund.student.letter_address)
    with transaction.atomic():
        noted = Refund.objects.filter(pk=refund.pk, mail_due_at__isnull=False).update(
            mail_due_at=None, mailed_at=clock.now() if mailed else None
        )
        if noted and mailed:
            timeline.record([records.event(refund, "refund_mailed", timeline.SYSTEM, channel="email")])
