"""What happens to invoices, links and payments, as sentences."""

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from billing import differences
from billing.models import Discount, Reminder
from common.money import format_money
from students import telling
from students.models import TimelineEvent


def _differing(event: TimelineEvent) -> dict[str, str]:
    data = event.data or {}
    reported, currency = data.get("reported_minor"), data.get("reported_currency")
    language = (translation.get_language() or "en").split("-")[0]
    came = telling.UNTOLD if reported is None or not currency else format_money(reported, currency, language)
    return {"difference": differences.word_of(data.get("difference", "")), "reported": came}


def _link_paid(event: TimelineEvent) -> object:
    late = (event.data or {}).get("late")
    return _("Payment link paid, after it was closed") if late else _("Payment link paid")


def _why_not_reminded(event: TimelineEvent) -> dict[str, str]:
    reasons = dict(Reminder.Reason.choices)
    return {"why": str(reasons.get((event.data or {}).get("reason", ""), telling.UNTOLD))}


def _discount_ground(event: TimelineEvent) -> dict[str, str]:
    grounds = dict(Discount.Ground.choices)
    return {"ground": str(grounds.get((event.data or {}).get("ground", ""), telling.UNTOLD))}


KINDS = {
    # Invoices and their schedules
    "invoice_issued": telling.kind("invoice", "invoice", _("Invoice %(number)s issued: %(amount)s")),
    "installment_due": telling.kind("invoice", "clock", _("An installment is due"), tone="wait"),
    "installment_overdue": telling.kind("invoice", "alert", _("An installment is overdue"), tone="bad"),
    "installment_partly_paid": telling.kind(
        "invoice", "half", _("Installment %(number)s is partly paid: %(amount)s"), tone="warn"
    ),
    "installment_paid": telling.kind(
        "invoice", "check", _("Installment %(number)s is paid: %(amount)s"), tone="good"
    ),
    "installment_cancelled": telling.kind("invoice", "stop", _("An installment was cancelled")),
    "installment_moved": telling.kind(
        "invoice", "swap", _("Installment %(number)s moved to the other group's invoice")
    ),
    "installment_given_back": telling.kind(
        "invoice", "back", _("Installment %(number)s: the money went back, nothing is owed"), tone="warn"
    ),
    "installment_paid_again": telling.kind(
        "invoice", "check", _("Installment %(number)s is paid again"), tone="good"
    ),
    "installment_paid_in_part": telling.kind(
        "invoice", "half", _("Installment %(number)s is paid in part only; open: %(amount)s"), tone="warn"
    ),
    "installment_owed_again": telling.kind(
        "invoice", "clock", _("Installment %(number)s is owed again: %(amount)s"), tone="wait"
    ),
    "due_date_moved": telling.kind(
        "invoice", "calendar", _("Installment %(number)s is due on %(due_date)s now"), tone="wait"
    ),
    "installment_waits_again": telling.kind(
        "invoice", "calendar", _("Installment %(number)s waits again until %(due_date)s")
    ),
    # Discounts
    "discount_given": telling.kind(
        "invoice", "coin", _("Discount (%(ground)s): %(amount)s less to pay"), also=_discount_ground
    ),
    "discount_withdrawn": telling.kind("invoice", "coin", _("Discount taken back: %(amount)s is owed again")),
    # Payment links
    "link_created": telling.kind("link", "link", _("Payment link made: %(amount)s")),
    "link_sent": telling.kind("link", "mail", _("Payment link sent by e-mail")),
    "link_end_told": telling.kind("link", "mail", _("The student was told that the payment link ends soon")),
    "link_opened": telling.kind("link", "link", _("The student opened the payment link")),
    "link_paid": telling.kind_by("link", "check", _link_paid, tone="good"),
    "link_renewed": telling.kind("link", "again", _("The student asked for a new payment link and got it")),
    "link_expired": telling.kind("link", "clock", _("Payment link expired")),
    "link_cancelled": telling.kind("link", "stop", _("Payment link cancelled")),
    "link_superseded": telling.kind("link", "swap", _("Payment link replaced by a newer one")),
    # Reminders
    "reminder_sent": telling.kind(
        "link", "mail", _("Reminder sent: installment %(number)s, due %(due_date)s")
    ),
    "reminder_failed": telling.kind(
        "link",
        "cross",
        _("Reminder not sent: installment %(number)s, due %(due_date)s: %(why)s"),
        tone="warn",
        also=_why_not_reminded,
    ),
    "reminder_unknown": telling.kind(
        "link",
        "question",
        _("Nobody knows whether a reminder went out: installment %(number)s, due %(due_date)s"),
        tone="warn",
    ),
    # Payments
    "attempt_started": telling.kind("payment", "card", _("The student chose a bank, order %(order_number)s")),
    "payment_at_provider": telling.kind(
        "payment", "bank", _("The student is on the bank's page"), tone="wait"
    ),
    "payment_unknown": telling.kind(
        "payment", "question", _("The bank's answer is not known; we ask again"), tone="warn"
    ),
    "payment_seen_again": telling.kind("payment", "bank", _("The bank answers again"), tone="wait"),
    "payment_verified": telling.kind("payment", "check", _("Payment verified: %(amount)s"), tone="good"),
    "payment_failed": telling.kind(
        "payment", "cross", _("The bank declined the payment (code %(raw_code)s)"), tone="bad"
    ),
    "payment_expired": telling.kind("payment", "clock", _("Not paid: the student never tried at the bank")),
    "payment_held": telling.kind(
        "payment",
        "hand",
        _("Payment held, %(difference)s differs: asked %(expected)s, came %(reported)s"),
        tone="warn",
        also=_differing,
    ),
    "payment_not_ours": telling.kind(
        "payment", "hand", _("Held money decided: not ours, %(amount)s"), tone="warn"
    ),
    "held_accepted": telling.kind(
        "payment", "hand", _("Held money decided: the difference is accepted, %(amount)s"), tone="good"
    ),
    "held_kept": telling.kind(
        "payment", "hand", _("Held money decided: kept as credit, %(amount)s"), tone="good"
    ),
    "payment_entered": telling.kind(
        "payment", "note", _("Entered by hand: %(amount)s, document %(document_number)s of %(document_date)s")
    ),
    "review_confirmed": telling.kind(
        "payment", "check", _("A person confirmed the payment; access opens"), tone="good"
    ),
    "review_declined": telling.kind(
        "payment", "closed", _("A person left the course closed after review"), tone="warn"
    ),
    "declared_unpaid": telling.kind(
        "payment", "hand", _("A person declared the unknown payment not paid"), tone="warn"
    ),
    "credit_used": telling.kind(
        "payment", "coin", _("%(amount)s of credit stands for installment %(number)s"), tone="good"
    ),
    "payment_partly_refunded": telling.kind(
        "payment", "back", _("A part of the payment is back: %(amount)s")
    ),
    "payment_refunded": telling.kind("payment", "back", _("The whole payment is back")),
    "provider_asked": telling.kind(
        "payment", "search", _("The bank was asked by hand, order %(order_number)s")
    ),
    "fee_noted": telling.kind("payment", "bank", _("The bank's fee was booked: %(amount)s")),
    "callback_received": telling.kind(
        "payment", "bank", _("The bank sent a message; our own look-up decides")
    ),
    "money_allocated": telling.kind(
        "payment", "coin", _("%(amount)s stands for installment %(number)s"), tone="good"
    ),
    "credit_kept": telling.kind("payment", "coin", _("%(amount)s kept as the student's credit"), tone="warn"),
    "account_refused": telling.kind("payment", "alert", _("The bank refuses our credentials"), tone="bad"),
}
