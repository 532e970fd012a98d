"""Asking a bank one question over HTTP, and reading what it said without believing it."""

import dataclasses
import decimal
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from billing.providers import base, currencies, masking
from common import http

LARGEST_ORDER_NUMBER = 2**31 - 1  # order numbers are digits within signed 32 bits
LARGEST_AMOUNT = 10**15  # minor units; more is no amount but an accident


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """
    What a bank answered: `fields` is its JSON object, None when there was none; numbers with a point are
    Decimal.

    `raw` is the same with card data masked and secrets removed. Only `raw` may be stored, shown or put into
    an error.
    """

    status: int
    fields: Mapping[str, Any] | None = dataclasses.field(repr=False)
    raw: dict[str, Any]

    def text(self, name: str) -> str:
        """Return a field that should be text; anything else is empty."""
        value = (self.fields or {}).get(name)
        return value if isinstance(value, str) else ""

    def shown(self, name: str) -> str:
        """Return a field for people to read: masked, as text, at most 300 characters."""
        value = self.raw.get(name)
        return "" if value is None or isinstance(value, dict | list) else str(value)[:300]


def ask_json(
    *, url: str, fields: Mapping[str, Any], secrets: Collection[str], timeouts: http.Timeouts
) -> Answer:
    """
    Post JSON once. Raises ProviderUnavailable when no answer came, saying whether the question may have
    arrived.
    """
    return _ask(lambda: http.post_json(url=url, fields=fields, timeouts=timeouts), secrets)


def ask_form(
    *, url: str, fields: Mapping[str, str], secrets: Collection[str], timeouts: http.Timeouts
) -> Answer:
    """Post form fields once. Raises ProviderUnavailable when no answer came, as `ask_json` does."""
    return _ask(lambda: http.post_form(url=url, fields=fields, timeouts=timeouts), secrets)


def check_money(*, config: base.AccountConfig, amount_minor: int, currency: str, unit_minor: int) -> None:
    """Raise ProviderRefused for money that an account cannot move, before anybody is asked."""
    if currency != config.currency or not currencies.is_known(letters=currency):
        raise base.ProviderRefused(f"This account takes {config.currency} only.", code="currency")
    if amount_minor <= 0 or amount_minor % unit_minor:
        raise base.ProviderRefused(
            f"The sum must be a multiple of {unit_minor / 100:g}, more than 0.", code="amount"
        )


def unreadable(answer: Answer) -> base.ProviderUnavailable:
    """
    Make the error for an answer that cannot be understood: the question arrived, its outcome is not known.
    """
    return base.ProviderUnavailable(
        f"The provider's answer (HTTP {answer.status}) cannot be understood.",
        code=f"http-{answer.status}",
        raw=answer.raw,
    )


def whole_or_unknown(report: base.PaymentReport) -> base.PaymentReport:
    """
    Return the report; one that says PAID without a readable sum, currency and order number becomes UNKNOWN.
    """
    whole = report.amount_minor is not None and report.currency and report.order_number is not None
    if report.status is base.ReportedStatus.PAID and not whole:
        return dataclasses.replace(report, status=base.ReportedStatus.UNKNOWN)
    return report


def order_number(value: object) -> int | None:
    """Return an order number that was written as digits, or None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 < value <= LARGEST_ORDER_NUMBER else ""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 10:
        return None
    number = int(value)
    return number if 0 < number <= LARGEST_ORDER_NUMBER else None


def minor_from_major(value: object, *, exponent: int = 2) -> int | None:
    """
    Return minor units of a JSON number in major units (10.0 → 1000); None unless it is exact and not
    negative.
    """
    if isinstance(value, bool) or not isinstance(value, int | decimal.Decimal):
        return None
    number = decimal.Decimal(value)
    if not number.is_finite() or number.adjusted() > 15 or number < 0:
        return None
    scaled = number.scaleb(exponent)
    return int(scaled) if scaled == scaled.to_integral_value() and scaled <= LARGEST_AMOUNT else None


def minor(value: object) -> int | None:
    """Return a JSON integer as minor units; None for anything else or less than zero."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= LARGEST_AMOUNT else None


def _ask(post: Callable[[], http.Answer], secrets: Collection[str]) -> Answer:
    try:
        answer = post()
    except http.NotSent as error:
        raise base.ProviderUnavailable(
            f"The provider cannot be reached: {error}.", code="not-sent", maybe_done=False
        ) from None
    except http.NoAnswer as error:
        raise base.ProviderUnavailable(f"The provider did not answer: {error}.", code="no-answer") from None
    fields = _json_object(answer.body)
    if fields is None:
        text = masking.masked_text(answer.body.decode("utf-8", "replace"), secrets=secrets)
        return Answer(answer.status, None, {"http_status": answer.status, "text": text[:1000]})
    return Answer(answer.status, fields, masking.masked(fields, secrets=secrets))


def _json_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(body, parse_float=decimal.Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
