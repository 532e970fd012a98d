"""Who tells us something to compare with: each merchant account, the CRM, the LMS. And which month is meant."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from billing.models import MerchantAccount
from reconciliation.models import Side
from reconciliation.months import Month

WITHOUT_STATEMENTS = ["manual"]  # a cash desk's documents are entered one by one


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """One source; `code` names it in addresses and forms."""

    side: str
    account: MerchantAccount | None = None

    @property
    def code(self) -> str:
        return f"account-{self.account.pk}" if self.account else str(self.side)

    @property
    def name(self) -> str:
        return self.account.name if self.account else str(Side(self.side).label)

    @property
    def currency(self) -> str:
        return self.account.currency if self.account else "AMD"


def origins() -> Sequence[Origin]:
    """Return every source that files can come from, the accounts in their order first."""
    accounts = MerchantAccount.objects.exclude(provider__in=WITHOUT_STATEMENTS).order_by("position", "pk")
    return [
        *(Origin(Side.PROVIDER, account) for account in accounts),
        Origin(Side.CRM),
        Origin(Side.LMS),
    ]


def find(code: str) -> Origin | None:
    """Return the source that a code names."""
    return next((origin for origin in origins() if origin.code == code), None)


def month_named(text: str, usual: Month) -> Month:
    """Return the month written like "2026-10"; the usual one where the text names none that a school has lived in."""
    try:
        first = dt.datetime.strptime(text[:7], "%Y-%m").date() if len(text) == 7 else None  # noqa: DTZ007
    except ValueError:
        first = None
    return Month(first) if first is not None and 2000 <= first.year < 2100 else usual
