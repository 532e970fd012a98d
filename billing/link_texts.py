"""A payment link as a message to paste into a messenger, in each language of the school. Sends nothing."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from billing import links
from billing.models import PaymentLink
from common import dates, money


def messages_of(*, link: PaymentLink) -> list[tuple[str, str, str]]:
    """Return code and name of each language and the message in it, the student's own language first."""
    names = dict(settings.LANGUAGES)
    codes = sorted(names, key=lambda code: code != link.student.language)
    return [(code, translation.get_language_info(code)["name_local"], _message(link, code)) for code in codes]


def _message(link: PaymentLink, language: str) -> str:
    with translation.override(language):
        return _(
            "Hello, %(name)s! To pay for %(course)s (%(group)s, %(period)s), %(amount)s, open this link: %(link)s "
            "It is valid until %(expires)s. %(school)s"
        ) % {
            "name": link.student.full_name,
            "course": link.course.title,
            "group": link.group.name,
            "period": dates.format_period(link.period_from, link.period_to, language),
            "amount": money.format_money(link.amount_minor, link.currency, language),
            "link": links.link_address(link),
            "expires": dates.format_moment(link.expires_at, language).rstrip("."),
            "school": settings.SCHOOL_NAME,
        }
