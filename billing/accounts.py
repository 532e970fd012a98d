"""Merchant accounts with their secrets: who can be paid through, and why somebody cannot."""

import dataclasses
import logging
import os
import time
from collections.abc import Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import MerchantAccount, PaymentLink
from billing.providers import registry
from billing.providers.base import AccountConfig, PaymentProvider
from common import clock
from common.errors import DomainError
from students import timeline

log = logging.getLogger(__name__)

SECRET_NAMES = ("client_id", "username", "password", "callback_key")


class AccountUnavailable(DomainError):  # noqa: N818
    """This bank cannot be used for this link."""

    code = "account-unavailable"
    status = 409


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """Whether an account can serve students now, and if not, why in words for operators."""

    account: MerchantAccount
    missing: tuple[str, ...]

    @property
    def is_configured(self) -> bool:
        return not self.missing

    @property
    def is_refused(self) -> bool:
        return self.account.refused_at is not None

    @property
    def is_usable(self) -> bool:
        return self.account.is_active and self.is_configured and not self.is_refused


def find_account(*, code: str) -> MerchantAccount | None:
    """
    Return the account with this code, at most ten seconds old: callbacks come in floods and accounts hardly change.

    For reading provider, profile and secrets' prefix only; whoever decides on its condition reads the row.
    """
    known, read_at = _known_accounts.get(code, (None, 0.0))
    if known is not None and time.monotonic() - read_at < KNOWN_SECONDS:
        return known
    account = MerchantAccount.objects.filter(code=code).first()
    if account is not None:
        _known_accounts[code] = (account, time.monotonic())
    return account


KNOWN_SECONDS = 10.0
_known_accounts: dict[str, tuple[MerchantAccount, float]] = {}


def config_of(account: MerchantAccount, environ: Mapping[str, str] = os.environ) -> AccountConfig:
    """Return the account's contract with its secrets from the environment (empty where a variable is missing)."""
    prefix = account.secrets_prefix
    return AccountConfig(
        code=account.code,
        provider=account.provider,
        profile=account.profile,
        currency=account.currency,
        base_url=environ.get(f"{prefix}_BASE_URL", ""),
        secrets={name: environ.get(f"{prefix}_{name.upper()}", "") for name in SECRET_NAMES},
    )


def condition_of(account: MerchantAccount) -> Condition:
    """Return whether the account can serve, naming the variables that are missing."""
    config = config_of(account)
    needed = registry.required_secrets(account.provider, account.profile)
    can = registry.capabilities(account.provider, account.profile)
    is_called = can.hosted_page or can.lookup  # cash and transfers have no server
    missing = [f"{account.secrets_prefix}_BASE_URL"] if is_called and not config.base_url else []
    missing += [f"{account.secrets_prefix}_{name.upper()}" for name in needed if not config.secret(name)]
    return Condition(account=account, missing=tuple(missing))


def adapter_of(account: MerchantAccount) -> PaymentProvider:
    """Return the adapter that speaks for this account."""
    return registry.adapter(config_of(account))


def offered_accounts(*, link: PaymentLink) -> list[MerchantAccount]:
    """Return the accounts a student may pay this link through, in the school's order."""
    return offered_for(currency=link.currency, legal_entity_id=link.invoice.legal_entity_id)


def offered_for(*, currency: str, legal_entity_id: int) -> list[MerchantAccount]:
    """Return the accounts that take money in a currency for a legal entity now, in the school's order."""
    accounts = MerchantAccount.objects.filter(
        is_active=True, currency=currency, legal_entity_id=legal_entity_id
    )
    return [account for account in accounts if _can_serve(account)]


def _can_serve(account: MerchantAccount) -> bool:
    try:
        capabilities = registry.capabilities(account.provider, account.profile)
    except registry.UnknownProvider as error:
        log.error("account %s is not offered: %s", account.code, error)  # noqa: TRY400 -- a setting, not a crash
        return False
    return capabilities.hosted_page and condition_of(account).is_usable


def require_offered(*, link: PaymentLink, account_code: str) -> MerchantAccount:
    """Return the account if it is offered for this link. Raises AccountUnavailable."""
    for account in offered_accounts(link=link):
        if account.code == account_code:
            return account
    raise AccountUnavailable(_("This bank is not available now. Choose another one."), field="account")


def mark_reached(*, account_id: int) -> None:
    """Note that the account answered, which also ends a refusal; at most one write a second. Safe to repeat."""
    now = clock.now()
    MerchantAccount.objects.filter(
        Q(last_reached_at__isnull=True) | Q(last_reached_at__lt=now) | Q(refused_at__isnull=False),
        pk=account_id,
    ).update(last_reached_at=now, refused_at=None, refused_reason="")


def mark_refused(*, account_id: int, code: str, message: str) -> None:
    """Note that the provider refused our login: the bank is no longer offered until an answer comes. Safe to repeat."""
    changed = MerchantAccount.objects.filter(pk=account_id, refused_at__isnull=True).update(
        refused_at=clock.now(), refused_reason=f"{code} {message}".strip()
    )
    if changed:
        timeline.record(
            [
                timeline.Event(
                    kind="account_refused",
                    student_id=None,
                    actor=timeline.SYSTEM,
                    reason=f"{code} {message}".strip(),
                    subject_kind="billing.merchantaccount",
                    subject_id=account_id,
                )
            ]
        )
