"""Refunds that need attention, on the start page."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from common import admin_display, money
from common.start_panel import SHOWN, Attention, Row, StartPanel
from refunds.models import Refund, RefundRequest


def to_decide(viewer: Any) -> Attention:
    """Return what colleagues asked for and this person may decide."""
    waiting = RefundRequest.objects.filter(state=RefundRequest.State.REQUESTED).exclude(
        requested_by=viewer.pk
    )
    first = waiting.select_related("student", "requested_by").order_by("requested_at", "id")[:SHOWN]
    return Attention(
        title=_("Refunds that wait for your decision"),
        icon="back",
        tone="warn",
        count=waiting.count(),
        rows=[
            Row(
                text=one.student,
                url=reverse("refund", args=[one.pk]),
                detail=_("asked for by %(person)s, %(moment)s")
                % {
                    "person": one.requested_by.get_full_name() or one.requested_by.get_username(),
                    "moment": admin_display.moment(one.requested_at),
                },
                amount=_money(one.amount_minor, one.currency),
            )
            for one in first
        ],
        url=f"{reverse('refunds')}?which=decide",
    )


def to_transfer(_viewer: Any) -> Attention:
    """Return approved refunds that a person sends by bank transfer."""
    waiting = Refund.objects.filter(state=Refund.State.APPROVED, channel=Refund.Channel.MANUAL)
    return _parts(_("Refunds to send by bank transfer"), "bank", waiting, "transfer")


def unknown(_viewer: Any) -> Attention:
    """Return refunds whose outcome the bank did not tell."""
    lost = Refund.objects.filter(state=Refund.State.UNKNOWN)
    return _parts(_("Refunds with unknown outcome"), "question", lost, "unknown")


def _parts(title: str, icon: str, parts: QuerySet[Refund], which: str) -> Attention:
    first = parts.defer("evidence").select_related("student", "payment__account").order_by("created_at", "id")
    return Attention(
        title=title,
        icon=icon,
        tone="warn",
        count=parts.count(),
        rows=[
            Row(
                text=one.student,
                url=reverse("refund-part", args=[one.pk]),
                detail=f"{one.payment.account} · {one.payment.order_number}",
                amount=_money(one.amount_minor, one.currency),
            )
            for one in first[:SHOWN]
        ],
        url=f"{reverse('refunds')}?which={which}",
    )


def _money(amount_minor: int, currency: str) -> str:
    return money.format_money(amount_minor, currency, admin_display.language())


PANELS = [
    StartPanel(place=42, permission="refunds.approve_refund", load=to_decide),
    StartPanel(place=44, permission="refunds.enter_manual_refund", load=to_transfer),
    StartPanel(place=46, permission="refunds.view_refund", load=unknown),
]
