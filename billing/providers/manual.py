"""
Money that comes without a provider: cash at the desk, a transfer to the bank. A cashier enters it with its document.

There is nobody to ask and nothing to open: the document is the proof, and `billing.manual_payments` makes the report from it.
"""

import datetime as dt
from typing import ClassVar

from billing.providers import base
from common import http

CASH, TRANSFER = "cash", "transfer"


class Manual:
    """Stands in the registry so that such money has accounts, order numbers and books like any other."""

    PROFILES: ClassVar[tuple[str, ...]] = (CASH, TRANSFER)

    def __init__(self, config: base.AccountConfig, *, timeouts: http.Timeouts | None = None) -> None:
        self.config = config

    @staticmethod
    def capabilities(profile: str) -> base.Capabilities:
        return base.Capabilities(lookup=False, hosted_page=False)

    @staticmethod
    def required_secrets(profile: str) -> tuple[str, ...]:
        return ()

    def start_payment(self, start: base.PaymentStart) -> base.HostedPage:
        """Refuse: nobody pays here by browser."""
        raise base.ProviderRefused("Cash and transfers have no page to pay at.", code="no-page")

    def read_callback(self, callback: base.Callback) -> base.Hint:
        """Name no payment: nobody calls us for these accounts."""
        return base.Hint()

    def fetch_payment(self, reference: base.PaymentReference) -> base.PaymentReport:
        """Know nothing: there is nobody to ask, and the entered document stays the proof."""
        return base.PaymentReport(status=base.ReportedStatus.UNKNOWN, raw_code="no-lookup", is_answer=False)


def report_of(
    *,
    order_number: int,
    document_number: str,
    amount_minor: int,
    currency: str,
    occurred_at: dt.datetime | None = None,
) -> base.PaymentReport:
    """Return what a document proves, in the shape in which a provider's look-up would say it."""
    return base.PaymentReport(
        status=base.ReportedStatus.PAID,
        order_number=order_number,
        provider_ref=document_number,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=occurred_at,
        raw_code="document",
    )
