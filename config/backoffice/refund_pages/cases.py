"""What can be sent back when somebody stands before a payment: the money it stands for, and where else the same money lies."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from billing import accounts
from billing.models import Invoice, Payment
from billing.providers import registry
from common.admin_display import language
from common.errors import DomainError
from common.money import format_money
from config.backoffice.refund_pages.forms import ALL, CREDIT, THIS
from refunds import sources, wishes
from refunds.models import RefundRequest


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A payment, and of its money what may go back; `refusal` says why nothing may."""

    payment: Payment
    refusal: str
    money_choices: list[tuple[str, str]]
    scope_choices: list[tuple[str, str]]
    may_cancel: bool
    waiting: Sequence[RefundRequest]

    @property
    def form_facts(self) -> dict[str, Any]:
        """Return what the form needs to know."""
        return {
            "money_choices": self.money_choices,
            "scope_choices": self.scope_choices,
            "may_cancel": self.may_cancel,
            "currency": self.payment.currency,
        }


def read(payment: Payment) -> Case:
    """Return what of a payment may go back now."""
    found = [
        item
        for item in sources.standings(student_id=payment.student_id)
        if item.payment.currency == payment.currency
    ]
    own = next((item for item in found if item.payment.pk == payment.pk), None)
    keys = _keys(own) if own else []
    others = [
        item
        for item in found
        if item.payment.pk != payment.pk and any(item.available_minor(key) for key in keys)
    ]
    return Case(
        payment=payment,
        refusal=_refusal(payment, keys),
        money_choices=_money_choices(keys, [own, *others] if own else []),
        scope_choices=_scope_choices(payment, has_others=bool(others)),
        may_cancel=_may_cancel(payment),
        waiting=RefundRequest.objects.filter(
            student_id=payment.student_id, state=RefundRequest.State.REQUESTED
        ).select_related("requested_by", "invoice__enrollment__group__course"),
    )


def _keys(own: sources.Standing) -> list[int | None]:
    """Return the invoices that the payment stands for and still can give back, newest part first, then its credit."""
    invoices = dict.fromkeys(share.installment.invoice_id for share in own.stands)
    return [key for key in (*invoices, None) if own.available_minor(key) > 0]


def _refusal(payment: Payment, keys: Sequence[int | None]) -> str:
    try:
        wishes.require_refundable(student_id=payment.student_id, payment_id=payment.pk)
    except DomainError as error:
        return str(error)
    return "" if keys else _("Nothing is left of payment %s that could be sent back.") % payment.order_number


def _money_choices(keys: Sequence[int | None], found: Sequence[sources.Standing]) -> list[tuple[str, str]]:
    invoices = Invoice.objects.select_related("enrollment__group__course").in_bulk(
        [key for key in keys if key is not None]
    )
    choices = []
    for key in keys:
        amount = sum(item.available_minor(key) for item in found)
        words = {"amount": format_money(amount, found[0].payment.currency, language())}
        if key is None:
            choices.append((CREDIT, _("Credit that stands for nothing, %(amount)s") % words))
            continue
        words |= {
            "course": invoices[key].enrollment.group.course.title,
            "number": invoices[key].number,
        }
        choices.append(
            (f"invoice:{key}", _("%(course)s, invoice %(number)s: %(amount)s can go back") % words)
        )
    return choices


def _scope_choices(payment: Payment, *, has_others: bool) -> list[tuple[str, str]]:
    this = (THIS, _("Only order %(order)s") % {"order": payment.order_number})
    return [(ALL, _("All payments, newest first")), this] if has_others else [this]


def _may_cancel(payment: Payment) -> bool:
    can = registry.capabilities(payment.account.provider, payment.account.profile)
    sends = registry.refunds(accounts.config_of(payment.account)) is not None
    return can.cancel and sends and payment.refunded_minor == 0
