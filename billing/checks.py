"""What is wrong with the accounts before a student finds out: `manage.py check --database default` and every migrate say it."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from billing import accounts
from billing.models import MerchantAccount
from billing.providers import registry


@register(Tags.database)
def check_merchant_accounts(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Name what offered accounts are missing, so that a bank is not silently absent from the pay page."""
    if not databases or "default" not in databases:
        return []
    if MerchantAccount._meta.db_table not in connections["default"].introspection.table_names():
        return []  # nothing is migrated yet
    return [
        message
        for account in MerchantAccount.objects.filter(is_active=True)
        for message in _messages_of(account)
    ]


def _messages_of(account: MerchantAccount) -> list[CheckMessage]:
    try:
        missing = accounts.condition_of(account).missing
    except registry.UnknownProvider as error:
        return [
            Warning(
                str(error), hint="Correct the account's provider or profile.", obj=account, id="billing.W002"
            )
        ]
    if not missing:
        return []
    return [
        Warning(
            f"The merchant account “{account.code}” is not offered: {', '.join(missing)} is not set.",
            hint="Set the variables in the environment of every process, or take the account out of use.",
            obj=account,
            id="billing.W001",
        )
    ]
