"""A payment link as a message to paste into a messenger, in each language of the school. Sends nothing."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from billing import link_words
from billing.models import PaymentLink


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
        ) % _words(link, language)


def _words(link: PaymentLink, language: str) -> dict[str, str]:
    words = link_words.words_of(link, language)
    return {**words, "expires": words["expires"].rstrip(".")}  # the sentence has a full stop of its own
