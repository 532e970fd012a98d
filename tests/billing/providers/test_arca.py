"""The gateway's words, units and oddities (iPay, EPG, Inecobank), from its manual and recorded answers."""

import urllib.parse
from typing import Any

import pytest

from billing.providers import arca, base
from common import http
from tests.billing.providers import payloads, scripted
from tests.billing.providers.scripted import Bank

Status = base.ReportedStatus
REFERENCE = base.PaymentReference(20261, payloads.ARCA_ID)
LOST = base.PaymentReference(20261)


def start(**changes: Any) -> base.PaymentStart:
    values: dict[str, Any] = {
        "order_number": 20261,
        "amount_minor": 1000,
        "currency": "AMD",
        "description": "Course 12",
        "return_url": "https://school.test/pay/return?link=abc",
        "language": "hy",
        "opaque": "inv-7",
    }
    return base.PaymentStart(**(values | changes))


@pytest.fixture(params=["ipay", "epg", "ineco"])
def provider(request: pytest.FixtureRequest, bank: Bank) -> arca.Arca:
    return arca.Arca(scripted.account("arca", request.param))


# Registering


def test_ten_drams_are_sent_as_a_thousand_with_their_currency(bank: Bank, provider: arca.Arca) -> None:
    bank.says(payloads.ARCA_CREATED)
    page = provider.start_payment(start())
    assert page == base.HostedPage(payloads.ARCA_ID, str(payloads.ARCA_CREATED["formUrl"]))
    url, sent = bank.asked[0]
    assert url == "https://bank.test/payment/rest/register.do"
    assert sent["amount"] == "1000"
    assert sent["currency"] == "051"
    assert sent["orderNumber"] == "20261"
    assert sent["language"] == "hy"
    assert sent["sessionTimeoutSecs"] == "1200"
    assert sent["returnUrl"] == "https://school.test/pay/return?link=abc"


def test_nothing_is_sent_in_the_address(bank: Bank, provider: arca.Arca) -> None:
    bank.says(payloads.ARCA_CREATED)
    provider.start_payment(start())
    assert urllib.parse.urlsplit(bank.asked[0][0]).query == ""
    assert bank.asked[0][1]["password"] == scripted.SECRETS["password"]


@pytest.mark.parametrize("code", [{}, {"errorCode": 0}, {"errorCode": "0"}])
def test_success_is_written_in_three_ways(bank: Bank, provider: arca.Arca, code: dict[str, Any]) -> None:
    answer = {name: value for name, value in payloads.ARCA_CREATED.items() if name != "errorCode"}
    bank.says(answer | code)
    assert provider.start_payment(start()).provider_ref == payloads.ARCA_ID


@pytest.mark.parametrize("amount_minor", [0, -100])
def test_a_sum_of_nothing_never_leaves(bank: Bank, provider: arca.Arca, amount_minor: int) -> None:
    with pytest.raises(base.ProviderRefused):
        provider.start_payment(start(amount_minor=amount_minor))
    assert bank.asked == []


def test_another_currency_than_the_accounts_never_leaves(bank: Bank, provider: arca.Arca) -> None:
    with pytest.raises(base.ProviderRefused, match="AMD only"):
        provider.start_payment(start(currency="RUB"))
    assert bank.asked == []


def test_the_description_has_no_forbidden_sign_and_fits(bank: Bank, provider: arca.Arca) -> None:
    bank.says(payloads.ARCA_CREATED)
    provider.start_payment(start(description="Դասընթաց 50% + more\r\n" + "ա" * 200))
    sent = bank.asked[0][1]["description"]
    assert sent.startswith("Դասընթաց 50 more աա")
    assert len(sent) == 99


@pytest.mark.parametrize(("code", "login"), [("1", False), (3, False), ("4", False), (5, True), ("5", True)])
def test_a_refused_registration_says_so(bank: Bank, provider: arca.Arca, code: object, login: bool) -> None:
    bank.says({"errorCode": code, "errorMessage": "Доступ запрещён."})
    with pytest.raises(base.ProviderRefused) as refused:
        provider.start_payment(start())
    assert (refused.value.code, refused.value.credentials) == (str(code), login)


@pytest.mark.parametrize(
    "answer",
    [
        {"errorCode": "7", "errorMessage": "System error"},
        {"errorCode": "8"},
        {"errorCode": True},
        {"errorCode": None},
        {"errorCode": []},
        {"errorCode": "zero"},
        payloads.ARCA_CREATED | {"orderId": ""},
        payloads.ARCA_CREATED | {"orderId": 7},
        payloads.ARCA_CREATED | {"formUrl": ""},
        payloads.ARCA_CREATED | {"formUrl": "javascript:alert(1)"},
        payloads.ARCA_CREATED | {"formUrl": "http://not-encrypted.test/"},
        {},
        [],
        scripted.said(payloads.ARCA_CREATED, status=502),
        http.NoAnswer("ReadTimeout"),
    ],
)
def test_an_unclear_registration_is_not_a_no(bank: Bank, provider: arca.Arca, answer: object) -> None:
    bank.says(answer)
    with pytest.raises(base.ProviderUnavailable) as unclear:
        provider.start_payment(start())
    assert unclear.value.maybe_done


# Looking up


@pytest.mark.parametrize("answer", [payloads.ARCA_PAID, payloads.ARCA_PAID_01])
@pytest.mark.parametrize("code", ["0", 0, None])
def test_every_version_reports_a_paid_payment(
    bank: Bank, provider: arca.Arca, answer: dict[str, Any], code: object
) -> None:
    answer = {name: value for name, value in answer.items() if name != "errorCode"}
    bank.says(answer if code is None else answer | {"errorCode": code})
    report = provider.fetch_payment(REFERENCE)
    assert report.status is Status.PAID
    assert (report.order_number, report.provider_ref) == (20261, payloads.ARCA_ID)
    assert (report.amount_minor, report.currency, report.refunded_minor) == (1000, "AMD", 0)
    assert bank.asked[0][1]["orderId"] == payloads.ARCA_ID


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (payloads.arca_state(0, -100, "CREATED"), Status.NOT_ATTEMPTED),
        (payloads.arca_state(0, -100), Status.NOT_ATTEMPTED),
        (payloads.arca_state(0, -9000), Status.NOT_ATTEMPTED),
        (payloads.arca_state(0, 116), Status.NOT_ATTEMPTED),
        (payloads.arca_state(0, -1), Status.PENDING),
        (payloads.arca_state(0, 151019), Status.PENDING),
        (payloads.arca_state(1, 0, "APPROVED", approvedAmount=1000), Status.PENDING),
        (payloads.arca_state(2, 0, "DEPOSITED", approvedAmount=1000), Status.PAID),
        (payloads.arca_state(2, 0, "2", approvedAmount=1000), Status.PAID),
        (payloads.arca_state(2, 0, "deposited", approvedAmount=1000), Status.UNKNOWN),
        (payloads.arca_state(2, 0, "DECLINED"), Status.UNKNOWN),
        (payloads.arca_state(2, -2007), Status.PAID),  # bank staff corrected it by hand
        (payloads.arca_state(3, 0, "REVERSED"), Status.FAILED),
        (payloads.arca_state(4, 0, "REFUNDED"), Status.PAID),
        (payloads.arca_state(5, -9000), Status.PENDING),
        (payloads.arca_state(6, 116, "DECLINED"), Status.FAILED),
        (payloads.arca_state(6, -2007), Status.FAILED),
        (payloads.arca_state(6, 910), Status.UNKNOWN),
        (payloads.arca_state(6, 116, "DEPOSITED"), Status.UNKNOWN),
        (payloads.arca_state(7, 0), Status.UNKNOWN),
        (payloads.arca_state(-1, 0), Status.UNKNOWN),
        (payloads.arca_state(6, 116) | {"errorCode": "2"}, Status.FAILED),
        (payloads.ARCA_PAID | {"errorCode": "2"}, Status.UNKNOWN),
        (payloads.ARCA_PAID | {"errorCode": "1"}, Status.UNKNOWN),
        (payloads.ARCA_PAID | {"errorCode": "6"}, Status.UNKNOWN),
        (payloads.ARCA_PAID | {"errorCode": "99"}, Status.UNKNOWN),
    ],
)
def test_every_word_has_one_meaning(
    bank: Bank, provider: arca.Arca, answer: dict[str, Any], expected: Status
) -> None:
    bank.says(answer)
    assert provider.fetch_payment(REFERENCE).status is expected


@pytest.mark.parametrize(
    ("answer", "refunded"),
    [
        (payloads.arca_state(4, 0, "REFUNDED", approvedAmount=1000, refundedAmount=400), 400),
        (payloads.arca_state(4, 0) | {"refunds": [{"amount": 300, "actionCode": 0}, {"amount": 100}]}, 400),
        (payloads.arca_state(4, 0) | {"refunds": [{"amount": 300}, {"amount": 100, "actionCode": 914}]}, 300),
        (payloads.arca_state(4, 0) | {"refunds": [{"amount": "300"}]}, None),
        (payloads.arca_state(4, 0) | {"refunds": "none"}, None),
        (payloads.arca_state(4, 0), None),
        (payloads.arca_state(3, 0, "REVERSED"), 1000),
        (payloads.arca_state(3, 0), 1000),
    ],
)
def test_the_refunded_total_comes_from_what_the_version_tells(
    bank: Bank, provider: arca.Arca, answer: dict[str, Any], refunded: int | None
) -> None:
    bank.says(answer)
    report = provider.fetch_payment(REFERENCE)
    assert report.refunded_minor == refunded
    assert report.amount_minor == 1000


def test_the_approved_sum_counts_and_not_the_ordered_one(bank: Bank, provider: arca.Arca) -> None:
    info = payloads.ARCA_PAID["paymentAmountInfo"] | {"approvedAmount": 900}
    bank.says(payloads.ARCA_PAID | {"paymentAmountInfo": info})
    assert provider.fetch_payment(REFERENCE).amount_minor == 900


def test_the_reference_is_the_one_that_the_gateway_names(bank: Bank, provider: arca.Arca) -> None:
    other = "11111111-0000-4000-8000-000000000001"
    bank.says(payloads.ARCA_PAID | {"attributes": [{"name": "mdOrder", "value": other}]})
    assert provider.fetch_payment(REFERENCE).provider_ref == other


@pytest.mark.parametrize(
    "wrong",
    [
        {"orderStatus": "2"},
        {"orderStatus": 2.0},
        {"orderStatus": True},
        {"orderStatus": None},
        {"amount": "1000"},
        {"amount": 1000.5},
        {"amount": -1000},
        {"amount": None},
        {"currency": None},
        {"currency": 51.5},
        {"currency": ["051"]},
        {"orderNumber": None},
        {"orderNumber": "EDU-2026-1"},
        {"orderNumber": 20261.5},
    ],
)
def test_paid_with_wrong_types_is_unknown(bank: Bank, provider: arca.Arca, wrong: dict[str, Any]) -> None:
    bank.says(payloads.ARCA_PAID_01 | wrong)
    assert provider.fetch_payment(REFERENCE).status is Status.UNKNOWN


def test_roubles_are_reported_as_roubles(bank: Bank, provider: arca.Arca) -> None:
    bank.says(payloads.ARCA_PAID | {"currency": "643"})
    assert provider.fetch_payment(REFERENCE).currency == "RUB"


@pytest.mark.parametrize("code", ["5", 5])
def test_error_5_is_a_refused_login(bank: Bank, provider: arca.Arca, code: object) -> None:
    bank.says({"errorCode": code, "errorMessage": "Access denied"})
    with pytest.raises(base.ProviderRefused) as refused:
        provider.fetch_payment(REFERENCE)
    assert refused.value.credentials


@pytest.mark.parametrize(
    "answer",
    [
        {"errorCode": "7", "errorMessage": "System error"},
        {"errorCode": [5]},
        {},
        7,
        scripted.said(b""),
        scripted.said(b"<html>", status=502),
        scripted.said(b'{"errorCode":"0","orderSt'),
        scripted.said(payloads.ARCA_PAID, status=500),
        scripted.said(payloads.ARCA_PAID, status=302),
    ],
)
def test_what_cannot_be_read_is_asked_again(bank: Bank, provider: arca.Arca, answer: object) -> None:
    bank.says(answer)
    with pytest.raises(base.ProviderUnavailable):
        provider.fetch_payment(REFERENCE)


# A lost create answer


def test_a_lost_payment_is_found_by_our_number(bank: Bank, provider: arca.Arca) -> None:
    bank.says(payloads.ARCA_PAID)
    report = provider.fetch_payment(LOST)
    assert (report.status, report.provider_ref) == (Status.PAID, payloads.ARCA_ID)
    assert bank.asked[0][1]["orderNumber"] == "20261"
    assert "orderId" not in bank.asked[0][1]


def test_an_order_that_never_reached_the_bank_was_not_attempted(bank: Bank, provider: arca.Arca) -> None:
    bank.says({"errorCode": "6", "errorMessage": "Order not found"})
    assert provider.fetch_payment(LOST).status is Status.NOT_ATTEMPTED


def test_a_known_payment_that_the_bank_denies_is_unknown(bank: Bank, provider: arca.Arca) -> None:
    bank.says({"errorCode": "6", "errorMessage": "Order not found"})
    assert provider.fetch_payment(REFERENCE).status is Status.UNKNOWN


def test_a_status_that_is_absent_without_error_is_unknown(bank: Bank, provider: arca.Arca) -> None:
    bank.says({"errorCode": "0"})
    assert provider.fetch_payment(LOST).status is Status.UNKNOWN


# Sending money back


def order(
    amount_minor: int = 400, *, whole: bool = False, reference: base.PaymentReference = REFERENCE
) -> Any:
    return base.RefundOrder(reference, amount_minor, "AMD", whole)


def test_a_part_goes_back_by_refund_in_hundredths(bank: Bank, provider: arca.Arca) -> None:
    bank.says({"errorCode": 0})
    provider.send_refund(order())
    url, sent = bank.asked[0]
    assert url.endswith("/refund.do")
    assert (sent["orderId"], sent["amount"]) == (payloads.ARCA_ID, "400")


@pytest.mark.parametrize("profile", ["ipay", "epg"])
def test_everything_goes_back_by_reversal(bank: Bank, profile: str) -> None:
    bank.says({"errorCode": "0", "errorMessage": "Success"})
    arca.Arca(scripted.account("arca", profile)).send_refund(order(1000, whole=True))
    assert bank.asked[0][0].endswith("/reverse.do")
    assert "amount" not in bank.asked[0][1]


def test_inecobank_is_not_asked_to_reverse(bank: Bank) -> None:
    with pytest.raises(base.ProviderRefused):
        arca.Arca(scripted.account("arca", "ineco")).send_refund(order(1000, whole=True))
    assert bank.asked == []


@pytest.mark.parametrize("code", [5, "5", "6", "7"])
def test_a_refused_refund_says_so_and_blames_no_login(bank: Bank, provider: arca.Arca, code: object) -> None:
    bank.says({"errorCode": code, "errorMessage": "no"})
    with pytest.raises(base.ProviderRefused) as refused:
        provider.send_refund(order())
    assert not refused.value.credentials


@pytest.mark.parametrize(
    "answer", [{}, {"errorMessage": "Success"}, {"errorCode": "1"}, [], scripted.said(b"", status=500)]
)
def test_an_unclear_refund_may_have_been_done_and_is_not_repeated(
    bank: Bank, provider: arca.Arca, answer: object
) -> None:
    bank.says(answer)
    with pytest.raises(base.ProviderUnavailable) as unclear:
        provider.send_refund(order())
    assert unclear.value.maybe_done
    assert len(bank.asked) == 1


def test_a_refund_of_nothing_never_leaves(bank: Bank, provider: arca.Arca) -> None:
    with pytest.raises(base.ProviderRefused):
        provider.send_refund(order(0))
    assert bank.asked == []


# The browser's return


@pytest.mark.parametrize(
    ("profile", "query", "expected"),
    [
        ("ipay", {"orderId": payloads.ARCA_ID, "lang": "hy"}, payloads.ARCA_ID),
        ("epg", {"orderId": payloads.ARCA_ID}, payloads.ARCA_ID),
        ("ineco", {"paymentID": payloads.ARCA_ID}, payloads.ARCA_ID),
        ("ineco", {"orderId": payloads.ARCA_ID}, payloads.ARCA_ID),
        ("ipay", {"paymentID": payloads.ARCA_ID}, ""),
        ("ipay", {"orderId": "<script>"}, ""),
        ("ipay", {"orderId": "x" * 5000}, ""),
        ("ipay", {"mdOrder": payloads.ARCA_ID, "operation": "deposited", "status": "1"}, ""),
        ("ineco", {}, ""),
    ],
)
def test_the_return_names_the_payment_and_proves_nothing(
    profile: str, query: dict[str, str], expected: str
) -> None:
    provider = arca.Arca(scripted.account("arca", profile))
    assert provider.read_callback(base.Callback("GET", query, {}, b"")) == base.Hint(provider_ref=expected)
