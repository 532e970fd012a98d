"""
What every bank or wallet can do for us, in our words.

Frozen values cross this seam and nothing else. Amounts are integers in our minor units (AMD: 1 dram = 100);
the adapter alone knows whether its bank counts drams or hundredths. What only some providers offer is a
Protocol of its own.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any, Protocol


class ReportedStatus(enum.StrEnum):
    """What a provider says of one payment. A word that is in no adapter's table is UNKNOWN."""

    NOT_ATTEMPTED = "not_attempted"  # registered, and the buyer has not tried a card yet
    PENDING = "pending"  # tried, not decided (3-D Secure under way, or held)
    PAID = "paid"  # the money is taken
    FAILED = "failed"  # declined or reversed; no money
    UNKNOWN = "unknown"  # no answer that can be understood: ask again, never "failed"


@dataclasses.dataclass(frozen=True, slots=True)
class AccountConfig:
    """Our contract at a provider with the secrets filled in from the environment."""

    code: str
    provider: str
    profile: str
    currency: str  # ISO 4217 letters
    base_url: str
    secrets: Mapping[str, str] = dataclasses.field(repr=False)  # client_id, username, password, callback_key

    def secret(self, name: str) -> str:
        return self.secrets.get(name, "")


@dataclasses.dataclass(frozen=True, slots=True)
class PaymentStart:
    """One attempt that a buyer is about to make."""

    order_number: int
    amount_minor: int
    currency: str
    description: str
    return_url: str
    language: str  # hy, ru or en
    opaque: str  # ASCII, comes back in answers where the provider echoes it
    session_seconds: int = 1200


@dataclasses.dataclass(frozen=True, slots=True)
class HostedPage:
    """The provider's page that the buyer's browser goes to."""

    provider_ref: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class PaymentReference:
    """How a payment is named: our number always, theirs when its answer reached us."""

    order_number: int
    provider_ref: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class PaymentReport:
    """What the provider reports of one payment. Absent facts are None, never guessed."""

    status: ReportedStatus
    order_number: int | None = None
    provider_ref: str = ""
    amount_minor: int | None = None
    currency: str = ""  # ISO 4217 letters
    refunded_minor: int | None = None
    occurred_at: dt.datetime | None = None  # when the money moved, where a document proves it
    raw_code: str = ""  # the provider's own code and text, for people
    raw_message: str = ""
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # the whole answer, card data masked
    is_answer: bool = True  # False: nothing shows that the provider looked (Ameriabank's 500 fault)


@dataclasses.dataclass(frozen=True, slots=True)
class Callback:
    """A message that reached one of our doors, exactly as received."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """The answer that the provider's protocol asks of us."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: str = "OK"


@dataclasses.dataclass(frozen=True, slots=True)
class Hint:
    """
    Which payment a callback or a browser return speaks of. It proves nothing; the look-up decides.

    `report` is set only where a provider offers no look-up and its signed message is the only proof.
    """

    order_number: int | None = None
    provider_ref: str = ""
    authentic: bool = False  # a signature was checked and is good
    report: PaymentReport | None = None
    event_key: str = ""  # equal for repeats of one message; empty: the body's hash is used
    reply: Reply = Reply()


class ProviderError(Exception):
    """A provider did not do what was asked. `raw` holds what it said, secrets removed, card data masked."""

    def __init__(self, message: str, *, code: str = "", raw: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.raw = dict(raw or {})


class ProviderUnavailable(ProviderError):  # noqa: N818 -- the three answers to "ask again?"
    """
    Ask again: time-out, no connection, 5xx, an answer that cannot be read.

    `maybe_done` is False only when the request surely never reached the provider.
    """

    def __init__(
        self, message: str, *, code: str = "", raw: Mapping[str, Any] | None = None, maybe_done: bool = True
    ) -> None:
        super().__init__(message, code=code, raw=raw)
        self.maybe_done = maybe_done


class ProviderRefused(ProviderError):  # noqa: N818
    """
    Do not ask again: the provider understood and said no. `credentials` tells a refused login from a refused
    request.
    """

    def __init__(
        self, message: str, *, code: str = "", raw: Mapping[str, Any] | None = None, credentials: bool = False
    ) -> None:
        super().__init__(message, code=code, raw=raw)
        self.credentials = credentials


class BadSignature(ProviderError):  # noqa: N818
    """The message is not from the provider, or was changed on the way."""


class PaymentProvider(Protocol):
    """
    What every provider offers. Each call may raise ProviderUnavailable or ProviderRefused; none is repeated
    by itself.
    """

    def start_payment(self, start: PaymentStart) -> HostedPage:
        """Register one attempt and say where the buyer pays. Moves no money."""
        ...

    def read_callback(self, callback: Callback) -> Hint:
        """
        Say which payment a callback or return speaks of; raises BadSignature where a signature is due and
        wrong.
        """
        ...

    def fetch_payment(self, reference: PaymentReference) -> PaymentReport:
        """Ask what became of a payment. Safe to repeat."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class RefundOrder:
    """
    Money to send back for one payment. `whole` asks for a cancel or reversal of everything instead of a
    refund.
    """

    reference: PaymentReference
    amount_minor: int
    currency: str
    whole: bool = False


class Refunds(Protocol):
    """
    Offered where a provider can send money back by itself.

    There is no idempotency key at these banks: a lost answer raises ProviderUnavailable, is never repeated,
    and the refunded total of the next look-up decides.
    """

    def send_refund(self, order: RefundOrder) -> None: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Capabilities:
    """What operators may be offered for an account; a button that a provider cannot serve is not there."""

    lookup: bool = True
    callback: bool = False
    refund: bool = False
    partial_refund: bool = False
    cancel: bool = False
    hosted_page: bool = True
    session_seconds: int = 1200
