"""What a process of an LMS test does."""

from django.conf import settings

from access import sync


def sweep(*, kind: str, url: str, token: str) -> int:
    settings.LMS_KIND, settings.LMS_BASE_URL, settings.LMS_TOKEN = kind, url, token
    return sync.sweep()
