"""What a payment link says, written for people in one language: the words that every message about it is made of."""

from django.conf import settings

from billing import links
from billing.models import PaymentLink
from common import dates, money


def words_of(link: PaymentLink, language: str) -> dict[str, str]:
    """Return the facts of a link as texts by their names. `link` comes with student, course and group."""
    return {
        "name": link.student.full_name,
        "course": link.course.title,
        "group": link.group.name,
        "period": dates.format_period(link.period_from, link.period_to, language),
        "amount": money.format_money(link.amount_minor, link.currency, language),
        "link": links.link_address(link),
        "expires": dates.format_moment(link.expires_at, language),
        "school": settings.SCHOOL_NAME,
    }
