"""What is wrong with the learning platform's settings, said at each start and by `manage.py check`."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from access.lms import registry
from common import webhook_signature


@register()
def check_lms(**_: Any) -> list[CheckMessage]:
    """Refuse to start with a platform that could never be told anything."""
    if not registry.is_used():
        return []
    found: list[CheckMessage] = []
    if settings.LMS_KIND not in registry.ADAPTERS:
        known = ", ".join(registry.ADAPTERS)
        found.append(Error(f"LMS_KIND must be one of {known}, or empty.", id="access.E001"))
    parts = urlsplit(settings.LMS_BASE_URL)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        found.append(Error("LMS_BASE_URL is no web address.", hint="https://lms.school.am", id="access.E002"))
    elif settings.IS_PRODUCTION and parts.scheme != "https":
        found.append(
            Error(
                "LMS_BASE_URL must begin with https://: the token travels with each call.", id="access.E003"
            )
        )
    if not settings.LMS_TOKEN:
        found.append(Error("LMS_TOKEN is not set.", hint="A token of a service user.", id="access.E004"))
    elif settings.LMS_KIND == "signed_http" and (problem := _problem_of_secrets(settings.LMS_TOKEN)):
        found.append(
            Error(
                f"LMS_TOKEN: {problem}",
                hint="Two are separated by a space, the new one first.",
                id="access.E005",
            )
        )
    return found


def _problem_of_secrets(text: str) -> str:
    try:
        webhook_signature.read_secrets(text)
    except webhook_signature.BadSecret as bad:
        return str(bad)
    return ""
