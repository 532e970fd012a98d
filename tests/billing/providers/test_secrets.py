"""No secret of an account appears where people or logs can see it, even if a bank repeats it to us."""

import json
import logging
import pickle
import traceback
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

from billing.providers import base, registry
from common import http
from tests.billing.providers import payloads, scripted
from tests.billing.providers.scripted import Bank

KINDS = [("ameria", ""), ("arca", "ipay"), ("arca", "epg"), ("arca", "ineco")]
ECHO = " ".join(scripted.SECRETS.values())
ECHOES = [
    scripted.said({"ResponseCode": "00", "errorCode": "0", "Description": ECHO, "errorMessage": ECHO}),
    scripted.said({"ResponseCode": "20", "errorCode": "5", "ResponseMessage": ECHO, "errorMessage": ECHO}),
    scripted.said({"ResponseCode": 5, "PaymentID": "", "errorCode": 5, "ResponseMessage": ECHO}),
    scripted.said({"Message": ECHO, ECHO: {"list": [ECHO]}}, status=500),
    scripted.said(payloads.AMERIA_PAID | {"Opaque": ECHO}),
    scripted.said(payloads.ARCA_PAID | {"orderDescription": ECHO, "actionCodeDescription": ECHO}),
    scripted.said(f"<html>{ECHO}</html>".encode(), status=502),
    scripted.said(urllib.parse.urlencode(scripted.SECRETS).encode()),
    http.NoAnswer("ReadTimeout"),
]


def calls(provider: str, profile: str) -> list[Callable[[], object]]:
    account = scripted.account(provider, profile)
    adapter, refunds = registry.adapter(account), registry.refunds(account)
    assert refunds is not None
    reference = base.PaymentReference(2350301, payloads.AMERIA_ID)
    start = base.PaymentStart(2350301, 1000, "AMD", "Course", "https://school.test/", "hy", "inv-7")
    order = base.RefundOrder(reference, 400, "AMD")
    return [
        lambda: adapter.start_payment(start),
        lambda: adapter.fetch_payment(reference),
        lambda: adapter.fetch_payment(base.PaymentReference(2350301)),
        lambda: refunds.send_refund(order),
        lambda: adapter,
    ]


def shown(call: Callable[[], object]) -> str:
    """Return everything that a caller could print, store or send to an error tracker."""
    try:
        result: Any = call()
    except base.ProviderError as error:
        texts = [str(error), repr(error), error.code, json.dumps(error.raw, ensure_ascii=False)]
        chain: BaseException | None = error
        while chain is not None:
            texts += [*traceback.format_exception(chain), repr(chain.args), repr(pickle.dumps(chain.args))]
            chain = chain.__cause__ or chain.__context__
        return "\n".join(texts)
    return repr(result) + json.dumps(dict(getattr(result, "raw", {})), ensure_ascii=False)


@pytest.mark.parametrize(("provider", "profile"), KINDS)
@pytest.mark.parametrize("answer", ECHOES)
def test_no_secret_is_shown_or_logged(
    bank: Bank,
    caplog: pytest.LogCaptureFixture,
    provider: str,
    profile: str,
    answer: http.Answer | http.HttpFailure,
) -> None:
    caplog.set_level(logging.DEBUG)
    bank.says(answer)
    for call in calls(provider, profile):
        everything = shown(call) + caplog.text
        for secret in scripted.SECRETS.values():
            for spelling in (secret, urllib.parse.quote(secret), urllib.parse.quote_plus(secret)):
                assert spelling not in everything


def test_an_account_does_not_print_its_secrets() -> None:
    printed = repr(scripted.account("ameria")) + str(scripted.account("ameria"))
    assert not [secret for secret in scripted.SECRETS.values() if secret in printed]


@pytest.mark.parametrize("provider", ["ameria", "arca"])
def test_card_data_of_a_whole_answer_is_masked(bank: Bank, provider: str) -> None:
    bank.says(
        payloads.AMERIA_PAID | {"CardNumber": "4000000000000002"}
        if provider == "ameria"
        else payloads.ARCA_PAID | {"Pan": "4000000000000002"}
    )
    account = scripted.account(provider, "" if provider == "ameria" else "ipay")
    report = registry.adapter(account).fetch_payment(base.PaymentReference(2350301, payloads.AMERIA_ID))
    kept = json.dumps(dict(report.raw))
    for seen in ("4000000000000002", "TEST HOLDER", "203012", "192.0.2.10"):
        assert seen not in kept
    assert "400000**0002" in kept
    assert "123456" in kept
