"""What of an answer may be kept."""

import decimal
import json

import pytest

from billing.providers import masking
from tests.billing.providers import payloads


def test_ameriabanks_answer_keeps_no_person() -> None:
    kept = masking.masked(payloads.AMERIA_PAID)
    assert kept["CardNumber"] == "400000**0000"
    assert kept["ApprovalCode"] == "123456"
    assert (kept["ClientName"], kept["ExpDate"], kept["ProcessingIP"]) == ("***", "***", "***")
    assert kept["ClientEmail"] == ""
    assert kept["Amount"] == 10.0


def test_the_gateways_answer_keeps_no_person() -> None:
    kept = masking.masked(payloads.ARCA_PAID)
    card = {"pan": "400000**0000", "expiration": "***", "cardholderName": "***", "approvalCode": "123456"}
    assert kept["cardAuthInfo"] == card
    assert kept["ip"] == "***"
    assert kept["amount"] == 1000


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("400000**0000", "400000**0000"),
        ("400000******0000", "400000******0000"),
        ("4000000000000002", "400000**0002"),
        ("4000 0000 0000 0002", "400000**0002"),
        (4000000000000002, "400000**0002"),
        ("40000000**0000", "***"),
        ("something", "***"),
        (["4000000000000002"], "***"),
        ("", ""),
    ],
)
def test_a_card_number_keeps_six_and_four(number: object, kept: str) -> None:
    assert masking.masked({"CardNumber": number}) == {"CardNumber": kept}
    assert masking.masked({"a": [{"PAN": number}]}) == {"a": [{"PAN": kept}]}


def test_a_whole_card_number_in_a_text_is_masked() -> None:
    assert masking.masked_text("card 4000 0000 0000 0002 declined") == "card 400000**0002 declined"
    assert masking.masked_text("order 4000000000000003") == "order 4000000000000003"
    assert masking.masked({"rrn": "20260101120000"}) == {"rrn": "20260101120000"}


@pytest.mark.parametrize(
    "spelling",
    ["pa ss&wörd<1>", "pa+ss%26w%C3%B6rd%3C1%3E", "pa%20ss%26w%C3%B6rd%3C1%3E", "pa ss&amp;wörd&lt;1&gt;"],
)
def test_our_secrets_are_removed_however_they_are_written(spelling: str) -> None:
    kept = masking.masked(
        {"Message": f"login {spelling} failed", spelling: [spelling]}, secrets=["pa ss&wörd<1>"]
    )
    assert kept == {"Message": "login *** failed", "***": ["***"]}


def test_fields_named_like_secrets_are_blanked() -> None:
    kept = masking.masked({"Password": "x", "userName": "y", "bindingId": "z", "cvc": 123})
    assert set(kept.values()) == {"***"}


@pytest.mark.parametrize(
    "value",
    [
        {"a": "\x00", "b": "\ud800", "c": "ok"},
        {"a": float("inf"), "b": decimal.Decimal("1e999"), "c": decimal.Decimal("NaN"), "d": 10**4000},
        {"a": [[[[[[[[[[1]]]]]]]]]]},
        {"a": "x" * 100_000, "b": list(range(1000)), "c": object()},
        {str(number): number for number in range(1000)},
        ["no", "object"],
        None,
    ],
)
def test_whatever_is_kept_is_plain_bounded_json(value: object) -> None:
    kept = masking.masked(value)
    written = json.dumps(kept, allow_nan=False, ensure_ascii=False)
    assert len(written.encode("utf-8")) < 20_000
    assert "\\u0000" not in written
