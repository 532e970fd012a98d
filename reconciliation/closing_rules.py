"""Which months may be closed at all, whatever is settled in them. Reads only."""

import datetime as dt

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import closed_months
from common import clock, dates
from common.errors import DomainError
from reconciliation.models import MonthClose
from reconciliation.months import Month


class CloseRefused(DomainError):  # noqa: N818
    """The month cannot be reviewed, closed or reopened now."""

    code = "month-refused"
    status = 409


def require_over(month: Month) -> None:
    """Raise CloseRefused unless the month is over."""
    today = Month.of_day(clock.today())
    if month.first > today.first:
        raise CloseRefused(_("%(month)s has not begun yet.") % {"month": month.name})
    if month.first == today.first:
        raise CloseRefused(
            _("%(month)s is not over yet: it can be closed from %(day)s on.")
            % {"month": month.name, "day": _day(month.next.first)}
        )


def require_in_order(month: Month) -> None:
    """Raise CloseRefused unless the month has postings, is not shut, and is the first that is open."""
    first_open, booked = closed_months.first_open_day(), closed_months.booked_months()
    if first_open is not None and month.first < first_open:
        raise CloseRefused(
            _("%(month)s lies before a closed month and is shut with it.") % {"month": month.name}
        )
    if month.first not in booked:
        raise CloseRefused(
            _("Nothing is booked in %(month)s, so there is nothing to close.") % {"month": month}
        )
    earlier = [day for day in booked if day < month.first and (first_open is None or day >= first_open)]
    if earlier:
        raise CloseRefused(
            _("%(earlier)s is open and comes first: close it, then %(month)s.")
            % {"earlier": Month(earlier[0]).name, "month": month.name}
        )


def require_open(close: MonthClose) -> None:
    """Raise CloseRefused for a month that is closed."""
    if close.state == MonthClose.State.CLOSED and close.closed_by and close.closed_at:
        raise CloseRefused(
            _("%(month)s is closed already, by %(person)s on %(day)s.")
            % {
                "month": Month(close.month).name,
                "person": close.closed_by.get_full_name() or close.closed_by.get_username(),
                "day": _day(clock.day_of(close.closed_at)),
            }
        )


def _day(day: dt.date) -> str:
    return dates.format_day(day, get_language() or settings.LANGUAGE_CODE)
