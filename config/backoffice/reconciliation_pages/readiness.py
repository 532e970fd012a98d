"""What still keeps a month from being closed, as the first page of reconciliation says it."""

from collections.abc import Sequence
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Payment
from common import dates
from common.admin_display import language
from config.backoffice.reconciliation_pages import source_cards
from config.backoffice.reconciliation_pages.source_cards import Card
from reconciliation import blockers
from reconciliation.models import Discrepancy
from reconciliation.months import Month
from refunds.models import Refund


def blocks_of(*, month: Month, cards: Sequence[Card], earning: set[int]) -> list[dict[str, Any]]:
    """Return what still keeps the month from being closed (`reconciliation.blockers`), each with the way there."""
    critical = Discrepancy.objects.filter(
        state=Discrepancy.State.OPEN, month__lte=month.first, kind__in=Discrepancy.CRITICAL_KINDS
    ).count()
    payments = Payment.objects.filter(blockers.unknown_payments(month.stop)).count()
    refunds = Refund.objects.filter(state=Refund.State.UNKNOWN, sent_at__lt=month.stop).count()
    earlier = next((first for first in blockers.open_months() if first < month.first), None)
    counted = [
        (
            critical,
            ngettext("difference waits for a decision", "differences wait for a decision", critical),
            source_cards.breaks_url(whose="critical"),
        ),
        (
            payments,
            ngettext("payment has an unknown outcome", "payments have an unknown outcome", payments),
            f"{reverse('admin:billing_payment_changelist')}?state__exact=unknown",
        ),
        (
            refunds,
            ngettext("refund has an unknown outcome", "refunds have an unknown outcome", refunds),
            _optional("refunds"),
        ),
    ]
    found: list[dict[str, Any]] = [
        {"count": count, "text": text, "url": url} for count, text, url in counted if count
    ]
    for card in cards:
        account = card.origin.account
        if account is None or account.pk not in earning:
            continue
        if not card.files:
            words_ = _("%(name)s had money, and no statement is loaded")
        elif card.run is None or not card.run.is_final or card.run.started_at < card.files[0].loaded_at:
            words_ = _("%(name)s was not compared since the month ended")
        else:
            continue
        found.append({"count": None, "text": words_ % {"name": account.name}, "url": f"#{card.origin.code}"})
    if earlier is not None:
        name = dates.format_month(earlier, language()).capitalize()
        url = f"{reverse('reconciliation')}?month={earlier:%Y-%m}"
        found.append(
            {"count": None, "text": _("%(month)s is open and comes first") % {"month": name}, "url": url}
        )
    return found


def month_url(month: Month) -> str:
    """Return the address of the month's own page."""
    return _optional("month", str(month))


def _optional(name: str, *args: str) -> str:
    """Return the address of a page that another part of the house may bring."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
