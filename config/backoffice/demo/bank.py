"""
The buyer's hand at the banks' sandbox, over its control API.

Only the demo knows this address. It is derived from the account's own: the sandbox serves every bank at one host.
"""

import datetime as dt
import os
import urllib.parse
from typing import Any

from billing import accounts
from billing.models import MerchantAccount, Payment
from common import clock
from config.backoffice.demo import web

PROFILES = {"ameria": "ameria", "arca": "arca-epg", "ineco": "ineco"}
SHOP = "MUTQ-DEMO"


class NoSandbox(Exception):  # noqa: N818 -- reads as the sentence it is
    """The banks of this installation are not the sandbox, or it does not answer."""


class Bank:
    """One sandbox, as somebody sees it who may press its buttons."""

    def __init__(self, url: str) -> None:
        self.url = url

    def require_sandbox(self) -> None:
        """Raise NoSandbox unless this is a sandbox, so that no real bank is ever met by the demo."""
        try:
            title = str(self._ask("GET", "schema").get("openapi", ""))
        except (OSError, TypeError, ValueError) as error:
            raise NoSandbox(f"{self.url} is no sandbox that answers ({error}).") from error
        if not title:
            raise NoSandbox(f"{self.url} answers, but it is no sandbox.")

    def introduce(self, account: MerchantAccount) -> None:
        """Tell the sandbox about an account of ours, so that its page names the shop. Safe to repeat."""
        config = accounts.config_of(account)
        self._ask(
            "PUT",
            f"merchants/{config.secret('username')}",
            profile=PROFILES[account.code],
            client_id=config.secret("client_id") if account.provider == "ameria" else None,
            password=config.secret("password"),
            options={"shop": SHOP},
        )

    def follow_clock(self, account: MerchantAccount) -> None:
        """Bring the bank's time for an account to ours, which may be bent."""
        self._ask("POST", "clock", login=_login(account), at=clock.now().isoformat())

    def reset_clock(self, account: MerchantAccount) -> None:
        """Let the bank's time for an account be real again. Safe to repeat."""
        self._ask("POST", "clock", login=_login(account), reset=True)

    def is_untouched(self, payment: Payment) -> bool:
        """Say whether no buyer has tried anything on this order yet."""
        order = self._order(payment)
        return order["state"] == "created" and not order["attempts"]

    def press(self, payment: Payment, outcome: str, *, late: bool = False) -> str:
        """Press a button of the bank's page; return where the browser is sent, or nothing. `late` is after the session."""
        answer = self._ask("POST", f"orders/{payment.provider_ref}/outcome", outcome=outcome, late=late)
        return str(answer["return_url"] or "")

    def forge_return(self, payment: Payment) -> str:
        """Return the address to which a forger would send a browser: it claims success, and nothing was paid."""
        return str(self._ask("POST", f"orders/{payment.provider_ref}/forged-return")["return_url"])

    def correct(self, payment: Payment) -> None:
        """Turn a declined order into a paid one, as bank staff may do hours later. Safe to repeat."""
        if self._order(payment)["state"] == "declined":
            self._ask("POST", f"orders/{payment.provider_ref}/correction")

    def refund_in_cabinet(self, payment: Payment, amount_minor: int) -> None:
        """Send a part of a payment back in the bank's cabinet. Safe to repeat: it happens once."""
        if not self._order(payment)["refunds"]:
            self._ask("POST", f"orders/{payment.provider_ref}/cabinet-refund", amount_minor=amount_minor)

    def charge_stranger(self, account: MerchantAccount, *, number: int, amount_minor: int) -> str:
        """
        Take money at an ArCa account for an order that another program made; return the bank's id of it. Safe to repeat.
        """
        config = accounts.config_of(account)
        query = urllib.parse.urlencode({"login": config.secret("username"), "order_number": number})
        known = self._ask("GET", f"orders?{query}")["orders"]
        if known:
            return str(known[0]["provider_ref"])
        registered = web.call(
            "POST",
            f"{config.base_url}register.do",
            form={
                "userName": config.secret("username"),
                "password": config.secret("password"),
                "orderNumber": str(number),
                "amount": str(amount_minor),
                "currency": "051",
                "returnUrl": "https://another-program.example/",
            },
        )
        reference = str(registered.body["orderId"])
        self._ask("POST", f"orders/{reference}/outcome", outcome="pay")
        return reference

    def statement(self, account: MerchantAccount, month: dt.date) -> bytes:
        """Download the bank's statement of a month (any day of it) as the bank writes it."""
        login = urllib.parse.quote(_login(account))
        answer = web.call("GET", f"{self.url}/cabinet/{login}/statement?month={month:%Y-%m}")
        if answer.status >= 400:
            raise NoSandbox(f"The sandbox refuses a statement: {answer.text}")
        return answer.content

    def spoil_answers(self, payment: Payment, kind: str, *, operation: str = "lookup", **params: Any) -> None:
        """Let every look-up (or refund) of this order go wrong from now on, as the sandbox's switches can."""
        self._ask(
            "POST",
            "faults",
            kind=kind,
            login=_login(payment.account),
            order_number=str(payment.order_number),
            operation=operation,
            times=None,
            params=params,
        )

    def _order(self, payment: Payment) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", f"orders/{payment.provider_ref}")["order"]
        return found

    def _ask(self, method: str, path: str, **fields: Any) -> dict[str, Any]:
        answer = web.call(method, f"{self.url}/_control/{path}", fields=fields or None)
        if answer.status >= 400:
            raise NoSandbox(f"The sandbox refuses {method} {path}: {answer.text}")
        return answer.body


def sandbox() -> Bank:
    """Return the sandbox that plays the banks of this installation. Raises NoSandbox."""
    address = os.environ.get("AMERIA_BASE_URL", "")
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise NoSandbox("AMERIA_BASE_URL names no address; start the sandbox and set it.")
    bank = Bank(f"{parts.scheme}://{parts.netloc}")
    bank.require_sandbox()
    return bank


def _login(account: MerchantAccount) -> str:
    return accounts.config_of(account).secret("username")
