"""Ameriabank's words, units and oddities, from the answers that its documents and recordings show."""

from typing import Any

import pytest

from billing.providers import ameria, base
from common import http
from tests.billing.providers import payloads, scripted
from tests.billing.providers.scripted import Bank

Status = base.ReportedStatus
REFERENCE = base.PaymentReference(2350301, payloads.AMERIA_ID)
LOST = base.PaymentReference(2350301)


def start(**changes: Any) -> base.PaymentStart:
    values: dict[str, Any] = {
        "order_number": 2350301,
        "amount_minor": 1000,
        "currency": "AMD",
        "description": "Course 12, invoice 7",
        "return_url": "https://school.test/pay/return?link=abc",
        "language": "hy",
        "opaque": "inv-7",
    }
    return base.PaymentStart(**(values | changes))


@pytest.fixture
def provider(bank: Bank) -> ameria.Ameria:
    return ameria.Ameria(scripted.account("ameria"))


# Registering


def test_ten_drams_are_sent_as_ten(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_CREATED)
    page = provider.start_payment(start())
    assert page.provider_ref == payloads.AMERIA_ID
    assert page.url == f"https://bank.test/VPOS/Payments/Pay?id={payloads.AMERIA_ID}&lang=am"
    url, sent = bank.asked[0]
    assert url == "https://bank.test/VPOS/api/VPOS/InitPayment"
    assert sent["Amount"] == 10
    assert sent["OrderID"] == 2350301
    assert sent["Currency"] == "051"
    assert sent["BackURL"] == "https://school.test/pay/return?link=abc"
    assert sent["Timeout"] == 1200


@pytest.mark.parametrize(("language", "theirs"), [("hy", "am"), ("ru", "ru"), ("en", "en")])
def test_the_page_opens_in_the_buyers_language(
    bank: Bank, provider: ameria.Ameria, language: str, theirs: str
) -> None:
    bank.says(payloads.AMERIA_CREATED)
    assert provider.start_payment(start(language=language)).url.endswith(f"&lang={theirs}")


@pytest.mark.parametrize("amount_minor", [0, -100, 1, 1050, 99])
def test_a_sum_that_is_no_whole_dram_never_leaves(
    bank: Bank, provider: ameria.Ameria, amount_minor: int
) -> None:
    with pytest.raises(base.ProviderRefused) as refused:
        provider.start_payment(start(amount_minor=amount_minor))
    assert refused.value.code == "amount"
    assert bank.asked == []


def test_another_currency_than_the_accounts_never_leaves(bank: Bank, provider: ameria.Ameria) -> None:
    with pytest.raises(base.ProviderRefused, match="AMD only"):
        provider.start_payment(start(currency="USD"))
    assert bank.asked == []


def test_an_account_in_dollars_sends_cents_as_decimals(bank: Bank) -> None:
    bank.says(payloads.AMERIA_CREATED)
    dollars = ameria.Ameria(scripted.account("ameria", currency="USD"))
    dollars.start_payment(start(currency="USD", amount_minor=1055))
    assert bank.asked[0][1]["Amount"] == "10.55"
    assert bank.asked[0][1]["Currency"] == "840"


def test_armenian_text_is_sent_in_latin_letters(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_CREATED)
    provider.start_payment(start(description="Դասընթաց 12\r\nՄարիամ"))
    assert bank.asked[0][1]["Description"] == "Dasyntac 12 Mariam"


@pytest.mark.parametrize("code", [2, 3, 4, 5, 6, 30, 50, 513, 560, 8204])
def test_a_refused_registration_says_so(bank: Bank, provider: ameria.Ameria, code: int) -> None:
    bank.says({"PaymentID": "", "ResponseCode": code, "ResponseMessage": "no"})
    with pytest.raises(base.ProviderRefused) as refused:
        provider.start_payment(start())
    assert (refused.value.code, refused.value.credentials) == (str(code), False)


def test_integer_20_is_a_refused_login(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says({"PaymentID": "", "ResponseCode": 20, "ResponseMessage": "Incorrect Username and Password"})
    with pytest.raises(base.ProviderRefused) as refused:
        provider.start_payment(start())
    assert refused.value.credentials


@pytest.mark.parametrize(
    "answer",
    [
        {"PaymentID": payloads.AMERIA_ID, "ResponseCode": "1", "ResponseMessage": "OK"},
        {"PaymentID": payloads.AMERIA_ID, "ResponseCode": "00", "ResponseMessage": "OK"},
        {"PaymentID": payloads.AMERIA_ID, "ResponseCode": True, "ResponseMessage": "OK"},
        {"PaymentID": "", "ResponseCode": 1, "ResponseMessage": "OK"},
        {"PaymentID": "../../x", "ResponseCode": 1, "ResponseMessage": "OK"},
        {"PaymentID": payloads.AMERIA_ID, "ResponseCode": 560},
        {"PaymentID": "", "ResponseCode": 550, "ResponseMessage": ""},
        {"PaymentID": "", "ResponseCode": 7, "ResponseMessage": "System error"},
        {},
        [],
        payloads.AMERIA_FAULT,
    ],
)
def test_an_unclear_registration_is_not_a_no(bank: Bank, provider: ameria.Ameria, answer: object) -> None:
    bank.says(answer)
    with pytest.raises(base.ProviderUnavailable) as unclear:
        provider.start_payment(start())
    assert unclear.value.maybe_done


# Looking up


def test_a_paid_payment_reports_its_facts(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_PAID)
    report = provider.fetch_payment(REFERENCE)
    assert report.status is Status.PAID
    assert (report.order_number, report.provider_ref) == (2350301, payloads.AMERIA_ID)
    assert (report.amount_minor, report.currency, report.refunded_minor) == (1000, "AMD", 0)
    assert (report.raw_code, report.raw_message) == ("00", "Approved. - Payment post authorized")
    assert len(bank.asked) == 1


def test_a_partly_refunded_payment_is_still_paid(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_REFUNDED)
    report = provider.fetch_payment(REFERENCE)
    assert (report.status, report.amount_minor, report.refunded_minor) == (Status.PAID, 1000, 400)


def test_the_approved_sum_counts_and_not_the_ordered_one(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_PAID | {"ApprovedAmount": 9.0})
    assert provider.fetch_payment(REFERENCE).amount_minor == 900


@pytest.mark.parametrize(
    ("order_status", "state", "code", "expected"),
    [
        ("0", "payment_started", "0-100", Status.NOT_ATTEMPTED),
        ("", "", "0-100", Status.NOT_ATTEMPTED),
        ("0", "payment_started", "0-9000", Status.PENDING),
        ("0", "payment_started", "0116", Status.PENDING),
        ("0", "payment_started", "0-2007", Status.FAILED),
        ("1", "payment_approved", "00", Status.PENDING),
        ("2", "payment_deposited", "00", Status.PAID),
        ("2", "payment_deposited", "0-100", Status.UNKNOWN),
        ("2", "payment_deposited", "550", Status.UNKNOWN),
        ("2", "payment_deposited", "", Status.UNKNOWN),
        ("2", "PAYMENT_DEPOSITED", "00", Status.UNKNOWN),
        ("2", "payment_declined", "00", Status.UNKNOWN),
        ("02", "payment_deposited", "00", Status.UNKNOWN),
        ("3", "payment_void", "00", Status.FAILED),
        ("4", "payment_refunded", "00", Status.PAID),
        ("5", "payment_autoauthorized", "0-9000", Status.PENDING),
        ("6", "payment_declined", "0116", Status.FAILED),
        ("6", "payment_declined", "0-2006", Status.FAILED),
        ("6", "payment_declined", "0-1", Status.UNKNOWN),
        ("6", "payment_declined", "0151019", Status.UNKNOWN),
        ("6", "payment_declined", "00", Status.UNKNOWN),
        ("7", "payment_unheard_of", "00", Status.UNKNOWN),
        ("", "", "06", Status.UNKNOWN),
        ("", "", "0116", Status.UNKNOWN),
    ],
)
def test_every_word_has_one_meaning(
    bank: Bank, provider: ameria.Ameria, order_status: str, state: str, code: str, expected: Status
) -> None:
    bank.says(
        payloads.AMERIA_PAID | {"OrderStatus": order_status, "PaymentState": state, "ResponseCode": code}
    )
    assert provider.fetch_payment(REFERENCE).status is expected


def test_a_cancelled_payment_has_gone_back_as_a_whole(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_PAID | {"OrderStatus": "3", "PaymentState": "payment_void"})
    report = provider.fetch_payment(REFERENCE)
    assert (report.status, report.refunded_minor) == (Status.FAILED, 1000)


@pytest.mark.parametrize("shape", [scripted.said(payloads.AMERIA_FAULT, status=500), payloads.AMERIA_EMPTY])
def test_an_answer_without_attempt_counts_once_the_login_is_proven(
    bank: Bank, provider: ameria.Ameria, shape: object
) -> None:
    bank.says(shape, payloads.AMERIA_FOUND)
    report = provider.fetch_payment(REFERENCE)
    assert report.status is Status.NOT_ATTEMPTED
    assert [url.rpartition("/")[2] for url, _ in bank.asked] == ["GetPaymentDetails", "GetPaymentId"]


@pytest.mark.parametrize("shape", [scripted.said(payloads.AMERIA_FAULT, status=500), payloads.AMERIA_EMPTY])
def test_a_wrong_password_is_told_from_an_untried_payment(
    bank: Bank, provider: ameria.Ameria, shape: object
) -> None:
    bank.says(shape, payloads.AMERIA_BAD_LOGIN)
    with pytest.raises(base.ProviderRefused) as refused:
        provider.fetch_payment(REFERENCE)
    assert refused.value.credentials


def test_an_untried_shape_with_another_payment_id_is_unknown(bank: Bank, provider: ameria.Ameria) -> None:
    other = payloads.AMERIA_FOUND | {"PaymentId": "11111111-0000-4000-8000-7A5B1D2C3E4F"}
    bank.says(payloads.AMERIA_EMPTY, other)
    assert provider.fetch_payment(REFERENCE).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        scripted.said(payloads.AMERIA_FAULT | {"ExceptionMessage": "x"}, status=500),
        scripted.said({"Message": "Something else"}, status=500),
        scripted.said(payloads.AMERIA_PAID, status=502),
        scripted.said(b"<html>Bad gateway</html>", status=502),
        scripted.said(b""),
        scripted.said(b'{"Amount": 10.0, "Resp'),
        scripted.said(b"[1]"),
        scripted.said(b"\xff\xfe"),
        scripted.said(b"[" * 100_000),
        scripted.said(b'{"ResponseCode": NaN}'),
        scripted.said(b'{"Amount": 1e999999999999999999999}'),
        http.NoAnswer("ReadTimeout"),
    ],
)
def test_what_cannot_be_read_is_asked_again(
    bank: Bank, provider: ameria.Ameria, answer: http.Answer | http.HttpFailure
) -> None:
    bank.says(answer)
    with pytest.raises(base.ProviderUnavailable) as unclear:
        provider.fetch_payment(REFERENCE)
    assert unclear.value.maybe_done


def test_a_refused_connection_surely_did_nothing(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(http.NotSent("ConnectError"))
    with pytest.raises(base.ProviderUnavailable) as unreachable:
        provider.fetch_payment(REFERENCE)
    assert not unreachable.value.maybe_done


@pytest.mark.parametrize(
    "wrong",
    [
        {"ApprovedAmount": "10.0", "Amount": "10.0"},
        {"ApprovedAmount": None, "Amount": None},
        {"ApprovedAmount": True, "Amount": []},
        {"ApprovedAmount": -10.0, "Amount": -10.0},
        {"ApprovedAmount": 10.001, "Amount": 10.001},
        {"ApprovedAmount": 1e30, "Amount": 1e30},
        {"Currency": 51.0},
        {"Currency": None},
        {"OrderID": None},
        {"OrderID": "-5"},
        {"OrderID": "２３"},
        {"OrderID": ["2350301"]},
        {"OrderStatus": 2},
        {"ResponseCode": 0},
        {"ResponseCode": None},
        {"PaymentState": {}},
    ],
)
def test_paid_with_wrong_types_is_unknown(
    bank: Bank, provider: ameria.Ameria, wrong: dict[str, object]
) -> None:
    bank.says(payloads.AMERIA_PAID | wrong)
    assert provider.fetch_payment(REFERENCE).status is Status.UNKNOWN


def test_a_foreign_currency_is_reported_as_it_is(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_PAID | {"Currency": "643"})
    assert provider.fetch_payment(REFERENCE).currency == "RUB"
    bank.says(payloads.AMERIA_PAID | {"Currency": "999"})
    assert provider.fetch_payment(REFERENCE).currency == "999"


# A lost create answer


def test_a_lost_payment_is_found_by_our_number(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_FOUND, payloads.AMERIA_PAID)
    report = provider.fetch_payment(LOST)
    assert (report.status, report.provider_ref) == (Status.PAID, payloads.AMERIA_ID)
    assert bank.asked[0][1]["OrderID"] == 2350301
    assert bank.asked[0][1]["ClientID"]
    assert bank.asked[1][1]["PaymentID"] == payloads.AMERIA_ID


def test_a_lost_payment_that_nobody_tried_was_not_attempted(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_FOUND, scripted.said(payloads.AMERIA_FAULT, status=500))
    report = provider.fetch_payment(LOST)
    assert (report.status, report.provider_ref) == (Status.NOT_ATTEMPTED, payloads.AMERIA_ID)
    assert len(bank.asked) == 2


def test_an_order_that_never_reached_the_bank_was_not_attempted(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says({"PaymentId": "", "ResponseCode": "06", "ResponseMessage": "Unknown order"})
    report = provider.fetch_payment(LOST)
    assert (report.status, report.provider_ref) == (Status.NOT_ATTEMPTED, "")


def test_a_known_payment_that_the_bank_denies_is_unknown(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_EMPTY, {"PaymentId": "", "ResponseCode": "06", "ResponseMessage": ""})
    assert provider.fetch_payment(REFERENCE).status is Status.UNKNOWN


def test_another_code_for_our_number_is_unknown(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says({"PaymentId": "", "ResponseCode": "550", "ResponseMessage": ""})
    assert provider.fetch_payment(LOST).status is Status.UNKNOWN


# Sending money back


def order(
    amount_minor: int = 400, *, whole: bool = False, reference: base.PaymentReference = REFERENCE
) -> Any:
    return base.RefundOrder(reference, amount_minor, "AMD", whole)


def test_a_part_goes_back_by_refund_in_drams(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says({"ResponseCode": "00", "ResponseMessage": "Success", "Opaque": "inv-7"})
    provider.send_refund(order())
    url, sent = bank.asked[0]
    assert url.endswith("/RefundPayment")
    assert (sent["PaymentID"], sent["Amount"]) == (payloads.AMERIA_ID, 4)


def test_everything_goes_back_by_cancel(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says({"ResponseCode": "00", "ResponseMessage": "Success", "Opaque": "inv-7"})
    provider.send_refund(order(1000, whole=True))
    assert bank.asked[0][0].endswith("/CancelPayment")
    assert "Amount" not in bank.asked[0][1]


@pytest.mark.parametrize("code", ["07", "513", "514", "0341041", "06", "20"])
def test_a_refused_refund_says_so(bank: Bank, provider: ameria.Ameria, code: str) -> None:
    bank.says({"ResponseCode": code, "ResponseMessage": "Refund amount exceeds deposited amount"})
    with pytest.raises(base.ProviderRefused) as refused:
        provider.send_refund(order())
    assert refused.value.code == code
    assert refused.value.credentials is (code == "20")


@pytest.mark.parametrize(
    "answer",
    [
        {"ResponseCode": "550", "ResponseMessage": ""},
        {"ResponseCode": "0151019", "ResponseMessage": ""},
        {"ResponseCode": 0},
        {"resposneCode": "00"},
        {},
        [],
        scripted.said(payloads.AMERIA_FAULT, status=500),
        http.NoAnswer("ReadTimeout"),
    ],
)
def test_an_unclear_refund_may_have_been_done_and_is_not_repeated(
    bank: Bank, provider: ameria.Ameria, answer: object
) -> None:
    bank.says(answer)
    with pytest.raises(base.ProviderUnavailable) as unclear:
        provider.send_refund(order())
    assert unclear.value.maybe_done
    assert len(bank.asked) == 1


@pytest.mark.parametrize("amount_minor", [0, -400, 450])
def test_a_refund_of_no_whole_dram_never_leaves(
    bank: Bank, provider: ameria.Ameria, amount_minor: int
) -> None:
    with pytest.raises(base.ProviderRefused):
        provider.send_refund(order(amount_minor))
    assert bank.asked == []


def test_a_refund_of_a_lost_payment_finds_it_first(bank: Bank, provider: ameria.Ameria) -> None:
    bank.says(payloads.AMERIA_FOUND, {"ResponseCode": "00", "ResponseMessage": "Success"})
    provider.send_refund(order(reference=LOST))
    assert bank.asked[1][1]["PaymentID"] == payloads.AMERIA_ID


# The browser's return


def returned(**query: str) -> base.Callback:
    return base.Callback("GET", query, {}, b"")


def test_the_return_names_the_payment_and_proves_nothing(provider: ameria.Ameria) -> None:
    hint = provider.read_callback(
        returned(
            orderID="2350301",
            resposneCode="00",
            paymentID=payloads.AMERIA_ID.lower(),
            opaque="inv-7",
            description="Operation Approved ",
        )
    )
    assert hint == base.Hint(order_number=2350301, provider_ref=payloads.AMERIA_ID)
    assert not hint.authentic
    assert hint.report is None


@pytest.mark.parametrize("number", ["", "abc", "-1", "0", "2147483648", "1" * 5000, "1e3", "٣"])
def test_a_malformed_return_names_nothing(provider: ameria.Ameria, number: str) -> None:
    hint = provider.read_callback(returned(orderID=number, paymentID="<script>"))
    assert hint == base.Hint()
