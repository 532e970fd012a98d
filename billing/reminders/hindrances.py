"""What speaks against reminding somebody now. Asked under the student's lock, just before a message is committed."""

import datetime as dt

from billing import accounts
from billing.models import Installment, Invoice, Payment, PaymentLink, Reminder
from common import clock
from courses import pausing
from courses.models import Enrollment
from students.models import TimelineEvent

Reason = Reminder.Reason
# A payment that is open at a bank ends within the day, and so does a link's time; the rest is looked at again the next day.
PASSING = {Reason.PAYMENT_OPEN, Reason.LINK_OVER}


def hindrance_of(*, part: Installment, address: str, day: dt.date) -> Reason | None:
    """Return the first reason not to write about an installment on a day, or None. `part` comes with invoice and enrollment."""
    invoice = part.invoice
    enrollment = invoice.enrollment
    if pausing.is_paused(enrollment_id=enrollment.pk, day=day):
        return Reason.PAUSED
    if enrollment.state == Enrollment.State.ENDED:
        return Reason.ENDED
    if got_a_message(student_id=invoice.student_id, day=day):
        return Reason.ANOTHER_TODAY
    if is_being_paid(part=part):
        return Reason.PAYMENT_OPEN
    if not address:
        return Reason.NO_ADDRESS
    if not can_be_paid(invoice=invoice):
        return Reason.NO_LINK
    link = open_link_of(part=part)
    if link is not None and link.expires_at <= clock.now():
        return Reason.LINK_OVER
    return None


def is_being_paid(*, part: Installment) -> bool:
    """Return whether an attempt for this installment is open at a bank, or its money is held for a person."""
    return Payment.objects.filter(
        link__lines__installment=part, state__in=[*Payment.OPEN_STATES, Payment.State.HELD]
    ).exists()


def can_be_paid(*, invoice: Invoice) -> bool:
    """Return whether any bank takes money for this invoice now."""
    return bool(accounts.offered_for(currency=invoice.currency, legal_entity_id=invoice.legal_entity_id))


def open_link_of(*, part: Installment) -> PaymentLink | None:
    """Return the one active link of an installment, if there is one."""
    return PaymentLink.objects.filter(
        lines__installment=part, lines__is_open=True, state=PaymentLink.State.ACTIVE
    ).first()


def got_a_message(*, student_id: int, day: dt.date) -> bool:
    """Return whether a reminder, a word that a link ends, or a link that a colleague sent went to the student on a day."""
    return (
        Reminder.objects.filter(student_id=student_id, day=day, state__in=Reminder.GONE_OUT).exists()
        or TimelineEvent.objects.filter(
            student_id=student_id, kind__in=["link_sent", "link_end_told"], at__gte=clock.start_of(day)
        ).exists()
    )
