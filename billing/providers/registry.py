"""Which providers there are. Everybody asks here; an unknown code is an error, never a default provider."""

import types
import typing
from collections.abc import Mapping
from typing import ClassVar, Protocol

from billing.providers import ameria, arca, base, manual
from common import http


class UnknownProvider(LookupError):  # noqa: N818 -- one of the plain words for what went wrong
    """No such provider, or no such profile of it."""


class Adapter(base.PaymentProvider, Protocol):
    """What a class must offer to stand in PROVIDERS; one that sends money back is `base.Refunds` as well."""

    PROFILES: ClassVar[tuple[str, ...]]

    def __init__(self, config: base.AccountConfig, *, timeouts: http.Timeouts | None = None) -> None: ...

    @staticmethod
    def capabilities(profile: str) -> base.Capabilities: ...

    @staticmethod
    def required_secrets(profile: str) -> tuple[str, ...]: ...


PROVIDERS: Mapping[str, type[Adapter]] = types.MappingProxyType(
    {"ameria": ameria.Ameria, "arca": arca.Arca, "manual": manual.Manual}
)


def adapter(config: base.AccountConfig, *, timeouts: http.Timeouts | None = None) -> base.PaymentProvider:
    """
    Return the adapter of an account; cheap, as connections are pooled elsewhere. Raises UnknownProvider.
    """
    return _class(config.provider, config.profile)(config, timeouts=timeouts)


def refunds(config: base.AccountConfig, *, timeouts: http.Timeouts | None = None) -> base.Refunds | None:
    """Return what sends money back for an account, None where nothing does. Raises UnknownProvider."""
    if not capabilities(config.provider, config.profile).refund:
        return None
    return typing.cast(base.Refunds, adapter(config, timeouts=timeouts))


def capabilities(provider: str, profile: str) -> base.Capabilities:
    """Return what operators may be offered for accounts of this kind. Raises UnknownProvider."""
    return _class(provider, profile).capabilities(profile)


def required_secrets(provider: str, profile: str) -> tuple[str, ...]:
    """Return the names of the secrets without which no call can be made. Raises UnknownProvider."""
    return _class(provider, profile).required_secrets(profile)


def _class(provider: str, profile: str) -> type[Adapter]:
    if provider not in PROVIDERS:
        raise UnknownProvider(f"There is no provider {provider!r}; known: {', '.join(PROVIDERS)}.")
    found = PROVIDERS[provider]
    if profile not in found.PROFILES:
        raise UnknownProvider(f"{provider} has no profile {profile!r}; known: {', '.join(found.PROFILES)}.")
    return found
