"""What may be asked for: the rules that a wish to send money back has to keep, each refusal a sentence that names the limit."""

import dataclasses
import datetime as dt

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.models import Invoice, Payment
from common import clock, money
from common.errors import DomainError
from refunds import policy, preview, sources
from refunds.models import RefundRequest

Decision = RefundRequest.AccessDecision


class RefundRefused(DomainError):  # noqa: N818
    """The refund cannot be asked for or decided like this; the sentence names the limit or the person."""

    code = "refund-refused"
    status = 409


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Money that somebody wants to send back: of an invoice, or without one credit in `currency`; perhaps of one payment only."""

    student_id: int
    invoice_id: int | None
    amount_minor: int
    reason: str
    payment_id: int | None = None
    currency: str = "AMD"
    change_reason: str = ""
    school_cancels: bool = False
    keep_owed: bool = False
    prefer_cancel: bool = False
    access_decision: str = Decision.KEEP
    access_until: dt.date | None = None


def check(wish: Wish) -> tuple[Invoice | None, policy.Suggestion]:
    """
    Return the invoice of a wish and what its policy suggests today. Reads only.

    Raises RefundRefused, BadAmount or UnreadablePolicy when the rules do not allow it.
    """
    invoice = _require_invoice(wish.student_id, wish.invoice_id)
    currency = invoice.currency if invoice else wish.currency
    money.require_payable(wish.amount_minor, currency)
    if wish.payment_id is not None:
        require_refundable(student_id=wish.student_id, payment_id=wish.payment_id)
    found = preview.found_money(student_id=wish.student_id, payment_id=wish.payment_id, currency=currency)
    available = sum(item.available_minor(wish.invoice_id) for item in found)
    require_within(amount_minor=wish.amount_minor, available_minor=available, currency=currency)
    suggested = preview.suggestion(
        invoice=invoice, available_minor=available, currency=currency, school_cancels=wish.school_cancels
    )
    _require_reasons(wish, is_changed=wish.amount_minor != suggested.amount_minor)
    _require_access(wish)
    return invoice, suggested


def require_refundable(*, student_id: int, payment_id: int) -> None:
    """Raise RefundRefused, naming the payment, unless it is the student's and brought money that may go back."""
    payment = Payment.objects.filter(pk=payment_id, student_id=student_id).first()
    if payment is None:
        raise RefundRefused(_("Choose a payment of this student."), field="payment")
    if payment.state in sources.REFUNDABLE_STATES:
        return
    if payment.state == Payment.State.HELD:
        raise RefundRefused(
            _("Payment %(number)s is held: somebody decides about it first.")
            % {"number": payment.order_number},
            field="payment",
        )
    raise RefundRefused(
        _("Payment %(number)s brought no money that could be sent back: it is %(state)s.")
        % {"number": payment.order_number, "state": payment.get_state_display()},
        field="payment",
    )


def require_within(*, amount_minor: int, available_minor: int, currency: str) -> None:
    """Raise RefundRefused with the limit if more is asked for than can still be sent back."""
    if amount_minor <= available_minor:
        return
    language = (get_language() or "en").split("-")[0]
    if not available_minor:
        raise RefundRefused(_("Nothing is left that could be sent back."), field="amount")
    raise RefundRefused(
        _("At most %(limit)s can be sent back.")
        % {"limit": money.format_money(available_minor, currency, language)},
        field="amount",
    )


def _require_invoice(student_id: int, invoice_id: int | None) -> Invoice | None:
    try:
        return preview.invoice_of(student_id=student_id, invoice_id=invoice_id)
    except Invoice.DoesNotExist:
        raise RefundRefused(_("Choose an invoice of this student."), field="invoice") from None


def _require_reasons(wish: Wish, *, is_changed: bool) -> None:
    if not wish.reason.strip():
        raise RefundRefused(_("Write why the money goes back."), field="reason")
    if is_changed and not wish.change_reason.strip():
        raise RefundRefused(
            _("The amount differs from the credit: write why.")
            if wish.invoice_id is None
            else _("The amount differs from what the policy suggests: write why."),
            field="change_reason",
        )


def _require_access(wish: Wish) -> None:
    if wish.access_decision == Decision.KEEP:
        return
    if wish.invoice_id is None:
        raise RefundRefused(
            _("Credit opened nothing: its refund leaves access as it is."), field="access_decision"
        )
    until = wish.access_until
    if wish.access_decision == Decision.SHORTEN and (until is None or until < clock.today()):
        raise RefundRefused(_("Write the last day of access, today or later."), field="access_until")
