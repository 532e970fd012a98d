"""What the terminal says about the demo school: who can log in, and which links can be paid now."""

from billing import links
from billing.models import PaymentLink
from common import clock
from config.backoffice.demo import lists, logins

LANGUAGES = {"hy": "in Armenian", "ru": "in Russian", "en": "in English"}
COLUMN = 28


def lines() -> list[str]:
    """Return the lines to print, indented like those of `make run`."""
    names = ", ".join(logins.PEOPLE)
    told = [
        _line("Log in as", names),
        _line("Password of all", logins.PASSWORD),
    ]
    told.append(_line("Lists of the CRM and the LMS", str(lists.folder())))
    told += [_line(f"A student pays, {LANGUAGES[language]}", address) for language, address in _payable()]
    return told


def _payable() -> list[tuple[str, str]]:
    """Return one link for each language that can be paid now, the one that stays good the longest."""
    found: dict[str, str] = {}
    payable = PaymentLink.objects.filter(
        state=PaymentLink.State.ACTIVE,
        expires_at__gt=clock.now(),
        payments__isnull=True,
        student__crm_id__startswith="demo-",
    )
    for link in payable.select_related("student").order_by("-expires_at", "id"):
        found.setdefault(link.student.language, links.link_address(link))
    return [(language, found[language]) for language in LANGUAGES if language in found]


def _line(name: str, text: str) -> str:
    return f"  {name:<{COLUMN}}  {text}"
