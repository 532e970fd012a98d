"""What happens to invoices, links and payments, as sentences."""

from django.utils.translation import gettext_lazy as _

from billing.models import Payment
from students import telling
from students.models import TimelineEvent


def _answer(event: TimelineEvent) -> dict[str, str]:
    data = event.data or {}
    words = dict(Payment.State.choices)
    return {"outcome": str(words.get(data.get("state", ""), data.get("status") or telling.UNTOLD))}


KINDS = {
    # Invoices and their schedules
    "invoice_issued": telling.kind("invoice", "invoice", _("Invoice %(number)s issued: %(full)s")),
    "installment_due": telling.kind(
        "invoice", "clock", _("Part %(number)s is due: %(expected)s"), tone="wait"
    ),
    "installment_overdue": telling.kind(
        "invoice", "alert", _("Part %(number)s is overdue: %(remaining)s not paid"), tone="bad"
    ),
    "installment_partly_paid": telling.kind(
        "invoice", "half", _("Part %(number)s is partly paid, %(remaining)s remaining"), tone="warn"
    ),
    "installment_paid": telling.kind("invoice", "check", _("Part %(number)s is paid"), tone="good"),
    "installment_cancelled": telling.kind("invoice", "stop", _("Part %(number)s cancelled")),
    # Payment links
    "link_created": telling.kind(
        "link", "link", _("Payment link made for %(amount)s, valid until %(expires_at)s")
    ),
    "link_sent": telling.kind("link", "mail", _("Payment link sent by e-mail")),
    "link_opened": telling.kind("link", "link", _("The student opened the payment link")),
    "link_paid": telling.kind("link", "check", _("Payment link paid"), tone="good"),
    "link_expired": telling.kind("link", "clock", _("Payment link expired")),
    "link_cancelled": telling.kind("link", "stop", _("Payment link cancelled")),
    "link_superseded": telling.kind("link", "swap", _("Payment link replaced by a newer one")),
    # Payments
    "attempt_started": telling.kind(
        "payment", "card", _("Payment of %(amount)s started at %(account)s, order %(order_number)s")
    ),
    "payment_at_provider": telling.kind(
        "payment", "bank", _("The student is on the bank's page"), tone="wait"
    ),
    "payment_unknown": telling.kind(
        "payment", "question", _("The bank's answer is not known; we ask again"), tone="warn"
    ),
    "payment_seen_again": telling.kind("payment", "bank", _("The bank answers again"), tone="wait"),
    "payment_verified": telling.kind("payment", "check", _("Payment verified: %(captured)s"), tone="good"),
    "payment_failed": telling.kind("payment", "cross", _("The bank declined the payment"), tone="bad"),
    "payment_expired": telling.kind(
        "payment", "clock", _("The payment was never attempted; the bank's page is over")
    ),
    "payment_held": telling.kind(
        "payment", "hand", _("Payment held: what came differs from what was asked"), tone="warn"
    ),
    "provider_asked": telling.kind(
        "payment", "search", _("The provider was asked, the answer: %(outcome)s"), also=_answer
    ),
    "callback_received": telling.kind(
        "payment", "bank", _("The provider sent a message; we look up ourselves")
    ),
    "money_allocated": telling.kind(
        "payment", "coin", _("%(amount)s stands for part %(number)s"), tone="good"
    ),
    "credit_kept": telling.kind("payment", "coin", _("%(amount)s kept as the student's credit"), tone="warn"),
    "account_refused": telling.kind("payment", "alert", _("%(account)s refuses our credentials"), tone="bad"),
}
