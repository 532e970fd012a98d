"""What happens to money that goes back, as sentences."""

from django.utils.translation import gettext_lazy as _

from students import telling

KINDS = {
    "refund_requested": telling.kind("payment", "back", _("Refund of %(amount)s asked for"), tone="wait"),
    "refund_approved": telling.kind("payment", "back", _("Refund of %(amount)s approved"), tone="wait"),
    "refund_rejected": telling.kind("payment", "stop", _("Refund of %(amount)s rejected"), tone="mute"),
    "refund_withdrawn": telling.kind(
        "payment", "stop", _("Refund of %(amount)s taken back before it was sent")
    ),
    "refund_sent": telling.kind("payment", "bank", _("Refund of %(amount)s goes to the bank"), tone="wait"),
    "refund_cancel_refused": telling.kind(
        "payment", "bank", _("The bank cancels the payment no more (code %(code)s); it is asked for a refund")
    ),
    "refund_unknown": telling.kind(
        "payment",
        "question",
        _("Refund of %(amount)s: the bank's answer is not known; we ask again"),
        tone="warn",
    ),
    "refund_settled": telling.kind(
        "payment", "check", _("Refund of %(amount)s: the money is back"), tone="good"
    ),
    "refund_failed": telling.kind(
        "payment", "cross", _("Refund of %(amount)s: nothing moved (code %(code)s)"), tone="bad"
    ),
    "refund_manual": telling.kind(
        "payment",
        "note",
        _("Refund of %(amount)s sent by bank transfer, document %(document_number)s of %(document_date)s"),
        tone="good",
    ),
    "refund_external": telling.kind(
        "payment", "alert", _("%(amount)s went back in the bank's own cabinet"), tone="warn"
    ),
    "refund_explained": telling.kind(
        "payment", "hand", _("A person said what the %(amount)s from the bank's cabinet means")
    ),
    "refund_mailed": telling.kind("payment", "mail", _("The student was told by e-mail: %(amount)s is back")),
}
