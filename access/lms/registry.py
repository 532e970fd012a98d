"""Which learning platforms we speak to, by the word of the setting LMS_KIND."""

from collections.abc import Callable, Mapping

from django.conf import settings

from access.lms import base, moodle, openedx, signed_http

ADAPTERS: Mapping[str, Callable[..., base.Lms]] = {
    "moodle": moodle.Moodle,
    "openedx": openedx.OpenEdx,
    "signed_http": signed_http.SignedHttp,
}


class UnknownLms(LookupError):  # noqa: N818
    """The setting names a platform that we have no adapter for."""


def is_used() -> bool:
    """Return whether the school has a learning platform that is told."""
    return bool(settings.LMS_KIND)


def adapter() -> base.Lms:
    """Return the school's platform. Raises UnknownLms for a kind without an adapter: never a default one."""
    kind = settings.LMS_KIND
    if kind not in ADAPTERS:
        raise UnknownLms(f"LMS_KIND is {kind!r}; it may be: {', '.join(ADAPTERS)}.")
    return ADAPTERS[kind](
        config=base.LmsConfig(
            base_url=settings.LMS_BASE_URL,
            token=settings.LMS_TOKEN,
            role_id=settings.LMS_ROLE_ID,
            creates_users=settings.LMS_CREATES_USERS,
        )
    )
