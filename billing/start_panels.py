"""Money that needs attention, and the money of today, on the start page."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import accounts
from billing.models import Installment, MerchantAccount, Payment, PaymentLink
from billing.providers import registry
from common import admin_display, clock, money
from common.start_panel import SHOWN, Attention, Figure, Row, StartPanel

SOON = dt.timedelta(hours=48)


def held_payments(_viewer: Any) -> Attention:
    """Return payments whose money differs from what was asked: a person decides."""
    held = Payment.objects.filter(state=Payment.State.HELD)
    return _payments(_("Payments held: money differs"), "hand", "bad", held, "held")


def unknown_payments(_viewer: Any) -> Attention:
    """Return payments whose outcome is not known."""
    unknown = Payment.objects.filter(state=Payment.State.UNKNOWN)
    return _payments(_("Payments with unknown outcome"), "question", "warn", unknown, "unknown")


def overdue(_viewer: Any) -> Attention:
    """Return installments whose grace is over."""
    late = Installment.objects.filter(state=Installment.State.OVERDUE)
    return _installments(_("Overdue installments"), "alert", "bad", late, "overdue")


def due_today(_viewer: Any) -> Attention:
    """Return installments that fall due today."""
    due = Installment.objects.filter(due_date=clock.today(), state__in=Installment.OPEN_STATES)
    return _installments(_("Due today"), "calendar", "wait", due, "today")


def expiring_links(_viewer: Any) -> Attention:
    """Return active links that end within two days."""
    now = clock.now()
    soon = PaymentLink.objects.filter(state=PaymentLink.State.ACTIVE, expires_at__lte=now + SOON)
    return Attention(
        title=_("Links that expire within two days"),
        icon="clock",
        tone="warn",
        count=soon.count(),
        rows=[
            Row(
                text=link.student,
                url=admin_display.page_of(link),
                detail=_("until %(moment)s") % {"moment": admin_display.moment(link.expires_at)},
                amount=_money(link.amount_minor, link.currency),
            )
            for link in soon.select_related("student").order_by("expires_at")[:SHOWN]
        ],
        url=f"{reverse('admin:billing_paymentlink_changelist')}?state__exact=active&o=6",
    )


def accounts_out(_viewer: Any) -> Attention:
    """Return the merchant accounts that should serve students and cannot, with the reason."""
    out = [
        (account, why)
        for account in MerchantAccount.objects.filter(is_active=True)
        if (why := why_out(account))
    ]
    return Attention(
        title=_("Banks that cannot be offered"),
        icon="bank",
        tone="bad",
        count=len(out),
        rows=[
            Row(text=account.name, url=admin_display.page_of(account), detail=why)
            for account, why in out[:SHOWN]
        ],
        url=reverse("admin:billing_merchantaccount_changelist"),
    )


def why_out(account: MerchantAccount) -> str:
    """Return why an account that is switched on cannot serve students, nothing if it can."""
    try:
        condition = accounts.condition_of(account)
    except registry.UnknownProvider as error:
        return str(error)
    if condition.missing:
        return _("Not set up: the environment lacks %(names)s.") % {"names": ", ".join(condition.missing)}
    if condition.is_refused:
        return _("The provider refused our login on %(moment)s: %(why)s") % {
            "moment": admin_display.moment(account.refused_at),
            "why": account.refused_reason or "–",
        }
    return ""


def verified_today(_viewer: Any) -> Figure:
    """Return the money that was verified today, by currency."""
    return _received(
        Payment.objects.filter(verified_at__gte=clock.start_of(clock.today())),
        text=_("verified today (%(count)s payments)"),
        url=f"{reverse('admin:billing_payment_changelist')}?state__exact=verified&o=-8",
    )


def _received(payments: QuerySet[Payment], *, text: str, url: str) -> Figure:
    sums = list(
        payments.order_by("currency")
        .values("currency")
        .annotate(count=Count("pk"), total=Sum("captured_minor"))
    )
    words = " + ".join(_money(item["total"], item["currency"]) for item in sums)
    count = sum(item["count"] for item in sums)
    return Figure(
        figure=words or _money(0, "AMD"),
        text=text % {"count": count},
        icon="coin",
        tone="good" if count else "mute",
        url=url,
    )


def _payments(title: str, icon: str, tone: str, payments: QuerySet[Payment], state: str) -> Attention:
    return Attention(
        title=title,
        icon=icon,
        tone=tone,
        count=payments.count(),
        rows=[
            Row(
                text=payment.student,
                url=admin_display.page_of(payment),
                detail=f"{payment.account} · {payment.order_number} · {admin_display.moment(payment.created_at)}",
                amount=_money(payment.captured_minor or payment.amount_minor, payment.currency),
            )
            for payment in payments.select_related("student", "account").order_by("created_at")[:SHOWN]
        ],
        url=f"{reverse('admin:billing_payment_changelist')}?state__exact={state}",
    )


def _installments(
    title: str, icon: str, tone: str, installments: QuerySet[Installment], when: str
) -> Attention:
    first: Iterable[Installment] = installments.select_related("invoice__student").order_by("due_date", "id")[
        :SHOWN
    ]
    return Attention(
        title=title,
        icon=icon,
        tone=tone,
        count=installments.count(),
        rows=[
            Row(
                text=installment.invoice.student,
                url=admin_display.page_of(installment.invoice),
                detail=_("due %(day)s") % {"day": admin_display.day(installment.due_date)},
                amount=_money(installment.expected_minor, installment.invoice.currency),
            )
            for installment in first
        ],
        url=f"{reverse('admin:billing_installment_changelist')}?when={when}",
    )


def _money(amount_minor: int, currency: str) -> str:
    return money.format_money(amount_minor, currency, admin_display.language())


PANELS = [
    StartPanel(place=30, permission="billing.view_payment", load=held_payments),
    StartPanel(place=40, permission="billing.view_payment", load=unknown_payments),
    StartPanel(place=50, permission="billing.view_merchantaccount", load=accounts_out),
    StartPanel(place=60, permission="billing.view_installment", load=overdue),
    StartPanel(place=70, permission="billing.view_installment", load=due_today),
    StartPanel(place=80, permission="billing.view_paymentlink", load=expiring_links),
    StartPanel(place=110, permission="billing.view_payment", load=verified_today),
]
