"""Reconciliation on the start page: what differs and keeps a month open, and when the sides were compared last."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import admin_display, clock, dates
from common.start_panel import SHOWN, Attention, Figure, Row, StartPanel
from reconciliation import month_panels, words
from reconciliation.models import Discrepancy, Run
from reconciliation.months import Month


def open_breaks(_viewer: Any) -> Attention:
    """Return the open breaks, those that keep a month open first; red while there is one of them."""
    found = Discrepancy.objects.filter(state=Discrepancy.State.OPEN)
    critical = Q(kind__in=Discrepancy.CRITICAL_KINDS)
    counts = found.aggregate(all=Count("pk"), critical=Count("pk", filter=critical))
    first = found.select_related("student", "account").annotate(is_light=~critical)
    return Attention(
        title=_("Differences in reconciliation"),
        icon="swap",
        tone="bad" if counts["critical"] else "warn",
        count=counts["all"],
        rows=[
            Row(
                text=words.name_of(item.kind).capitalize(),
                url=reverse("reconciliation-break", args=[item.pk]),
                detail=_detail(item),
            )
            for item in first.order_by("is_light", "opened_at", "id")[:SHOWN]
        ],
        url=reverse("reconciliation-breaks"),
    )


def last_comparison(_viewer: Any) -> Figure:
    """Return when the sides were compared last."""
    run = Run.objects.filter(finished_at__isnull=False).order_by("-id").first()
    if run is None or run.finished_at is None:
        return Figure(
            figure=_("not yet"),
            text=_("compared with banks, CRM and LMS"),
            url=reverse("reconciliation"),
            icon="swap",
        )
    days = (clock.today() - clock.day_of(run.finished_at)).days
    figure = ngettext("%(days)s day ago", "%(days)s days ago", days) % {"days": days} if days else _("today")
    return Figure(
        figure=figure,
        text=_("compared with banks, CRM and LMS"),
        url=f"{reverse('reconciliation')}?month={Month(run.month)}",
        icon="swap",
        tone="good" if days <= 1 else "warn",
    )


def _detail(item: Discrepancy) -> str:
    who = item.student or (item.account.name if item.account else item.get_side_display())
    return f"{who} · {dates.format_month(item.month, admin_display.language())}"


PANELS = [
    StartPanel(place=54, permission="reconciliation.close_month", load=month_panels.months_to_close),
    StartPanel(place=55, permission="reconciliation.view_discrepancy", load=open_breaks),
    StartPanel(place=130, permission="reconciliation.view_run", load=last_comparison),
]
