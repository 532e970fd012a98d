"""What a task about money shows of its matter: the numbers that a person compares before deciding."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import balances, credits, differences
from billing.models import Installment, MerchantAccount, Payment, PaymentLink
from common import dates, money
from students.models import OperatorTask

Facts = Sequence[tuple[Any, Any]]


def of_held(task: OperatorTask) -> Facts:
    """Return what differs, what was asked and what came."""
    data = task.data
    return [
        (_("Differs"), differences.word_of(data.get("difference", ""))),
        (_("Asked"), _money(data.get("expected_minor"), data.get("expected_currency"))),
        (_("Came"), _money(data.get("reported_minor"), data.get("reported_currency"))),
        *_orders(task),
        *of_payment(task),
    ]


def of_credit(task: OperatorTask) -> Facts:
    """Return how much credit is left of the payment, and the payment."""
    payment = _payment(task)
    left = credits.credit_of(payment=payment) if payment else 0
    return [
        (_("Credit left"), _money(left, payment.currency if payment else "AMD")),
        *of_payment(task),
    ]


def of_payment(task: OperatorTask) -> Facts:
    """Return the payment's bank, order, course and state."""
    payment = _payment(task)
    if payment is None:
        return []
    return [
        (_("Payment"), _money(payment.captured_minor or payment.amount_minor, payment.currency)),
        (_("Bank"), payment.account.name),
        (_("Order"), payment.order_number),
        (_("Bank's reference"), payment.provider_ref),
        (_("Course"), payment.course.title),
        (_("State"), payment.get_state_display()),
    ]


def of_order(task: OperatorTask) -> Facts:
    """Return what the provider says of an order that we do not know."""
    code = task.data.get("account", "")
    account = MerchantAccount.objects.filter(code=code).first()
    return [
        (_("Bank"), account.name if account else code),
        (_("Order"), task.data.get("order", "")),
        (_("Bank's reference"), task.data.get("provider_ref", "")),
        (_("Messages"), task.data.get("seen", "")),
    ]


def of_installment(task: OperatorTask) -> Facts:
    """Return which paid days did not open."""
    part = (
        Installment.objects.select_related("invoice__enrollment__group__course")
        .filter(pk=task.subject_id)
        .first()
    )
    if part is None:
        return []
    language = (get_language() or "en").split("-")[0]
    return [
        (_("Course"), part.invoice.enrollment.group.course.title),
        (_("Invoice"), part.invoice.number),
        (_("Installment"), part.number),
        (_("Paid days"), dates.format_period(part.period_from, part.period_to, language)),
    ]


def of_owed(task: OperatorTask) -> Facts:
    """Return what is owed of an installment and until when it was due."""
    part = (
        Installment.objects.select_related("invoice__enrollment__group__course")
        .filter(pk=task.subject_id)
        .first()
    )
    if part is None:
        return []
    language = (get_language() or "en").split("-")[0]
    [owed] = [
        line.remaining_minor
        for line in balances.schedule_of(invoice_id=part.invoice_id)
        if line.installment.pk == part.pk
    ]
    return [
        (_("Course"), part.invoice.enrollment.group.course.title),
        (_("Invoice"), part.invoice.number),
        (_("Installment"), part.number),
        (_("Owed"), _money(owed, part.invoice.currency)),
        (_("Due"), dates.format_day(part.due_date, language)),
        (_("Grace until"), dates.format_day(part.grace_date, language)),
    ]


def of_link(task: OperatorTask) -> Facts:
    """Return what an old link asked for, and what of it is owed by now; without an old link, what is owed of the part."""
    if task.subject_kind == "billing.installment":
        return of_owed(task)
    link = PaymentLink.objects.select_related("course", "group", "invoice").filter(pk=task.subject_id).first()
    if link is None:
        return []
    asked = set(link.lines.values_list("installment_id", flat=True))
    owed = [
        line.remaining_minor
        for line in balances.schedule_of(invoice_id=link.invoice_id)
        if line.installment.pk in asked
    ]
    language = (get_language() or "en").split("-")[0]
    return [
        (_("Course"), link.course.title),
        (_("Invoice"), link.invoice.number),
        (_("The link asked for"), _money(link.amount_minor, link.currency)),
        (_("Owed"), _money(sum(owed), link.currency)),
        (_("It was valid until"), dates.format_moment(link.expires_at, language)),
    ]


def _payment(task: OperatorTask) -> Payment | None:
    return (
        Payment.objects.select_related("account", "course").filter(pk=task.subject_id).first()
        if task.subject_id
        else None
    )


def _orders(task: OperatorTask) -> Facts:
    reported = task.data.get("reported_order_number")
    if task.data.get("difference") != "order_number" or reported is None:
        return []
    return [(_("The bank speaks of order"), reported)]


def _money(amount_minor: Any, currency: Any) -> str:
    if amount_minor is None or not currency:
        return "–"
    return money.format_money(int(amount_minor), str(currency), (get_language() or "en").split("-")[0])
