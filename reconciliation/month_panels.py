"""Months that are over and not closed, on the start page."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import clock
from common.start_panel import SHOWN, Attention, Row
from reconciliation import blockers
from reconciliation.months import Month


def months_to_close(_viewer: Any) -> Attention:
    """Return the months that can be closed, the earliest first; it alone says what it waits for."""
    this_month = Month.of_day(clock.today()).first
    waiting = [month for month in blockers.open_months() if month < this_month]
    return Attention(
        title=_("Months to close"),
        icon="calendar",
        tone="warn",
        count=len(waiting),
        rows=[
            Row(
                text=Month(month).name.capitalize(),
                url=reverse("month", args=[Month(month)]),
                detail=_what_is_left(month) if number == 0 else _("waits for the month before it"),
            )
            for number, month in enumerate(waiting[:SHOWN])
        ],
        url=reverse("months"),
    )


def _what_is_left(month: Any) -> str:
    found = len(blockers.blockers(month, prove=False))
    if not found:
        return _("nothing known stands in the way")
    return ngettext(
        "%(count)s thing must be settled first", "%(count)s things must be settled first", found
    ) % {"count": found}
