"""
ArCa iPay, ArCa EPG and Inecobank: one REST protocol (BPC's gateway), three profiles.

Facts and their sources are in docs/providers.md. MAN is the "Ipay Merchant API Manual 1.55.1.0", BPC the
gateway vendor's newer documentation. Where only one source speaks, the table says so.
"""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from billing.providers import arca_callback, base, currencies, wire
from common import http

# Their word → ours: orderStatus (MAN, BPC). Another number is UNKNOWN.
STATUSES = {
    0: base.ReportedStatus.NOT_ATTEMPTED,  # registered, not paid
    1: base.ReportedStatus.PENDING,  # held: our contracts take one-stage payments
    2: base.ReportedStatus.PAID,
    3: base.ReportedStatus.FAILED,  # reversed: nothing of the money is left with us
    4: base.ReportedStatus.PAID,  # refunded, wholly or partly: the amounts say how much
    5: base.ReportedStatus.PENDING,  # at the issuer's page; some public clients take it for paid, wrongly
    6: base.ReportedStatus.FAILED,  # declined
}
# paymentAmountInfo.paymentState, where the installation sends it (PS, BPC), must not speak against it: else
# UNKNOWN.
STATES = {
    0: {"CREATED", "DECLINED"},  # an attempt failed, and others are left
    1: {"APPROVED"},
    2: {"DEPOSITED"},
    3: {"REVERSED"},
    4: {"REFUNDED", "DEPOSITED"},
    5: {"CREATED", "APPROVED"},
    6: {"DECLINED"},
}
# actionCode: nobody knows what the issuer did (MAN §18.1). Neither "not attempted" nor FAILED.
OUTCOME_UNKNOWN = {-1, 907, 909, 910, 151017, 151018, 151019}

# errorCode says only whether the question was understood (MAN §7): number, text or absent.
SUCCESS, DUPLICATE, DECLINED_DETAILS, DENIED, UNKNOWN_ORDER, SYSTEM_ERROR = "0", "1", "2", "5", "6", "7"
REGISTER_REFUSED = {DUPLICATE, "3", "4", DENIED}
REFUND_REFUSED = {"3", "4", DENIED, UNKNOWN_ORDER, SYSTEM_ERROR}  # 7 is "wrong state" here (MAN §7.2.5)

LONGEST_SESSION = 1200  # seconds (MAN)
LONGEST_DESCRIPTION = 99  # what reaches the bank (MAN)
ORDER_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


@dataclasses.dataclass(frozen=True, slots=True)
class _Profile:
    return_names: tuple[str, ...]  # of the browser's return, lower case
    callback: bool
    cancel: bool


PROFILES = {
    "ipay": _Profile(return_names=("orderid",), callback=False, cancel=True),
    "epg": _Profile(return_names=("orderid",), callback=True, cancel=True),
    # The return carries paymentID (PS, HK); orderId was seen by HK only. Nobody has documented reverse.do
    # here.
    "ineco": _Profile(return_names=("paymentid", "orderid"), callback=False, cancel=False),
}


class Arca:
    """One contract with a bank behind this gateway. Amounts cross the wire in hundredths, AMD too."""

    PROFILES: ClassVar[tuple[str, ...]] = tuple(PROFILES)

    def __init__(self, config: base.AccountConfig, *, timeouts: http.Timeouts | None = None) -> None:
        self._config = config
        self._profile = PROFILES[config.profile]
        self._timeouts = timeouts or http.Timeouts()

    @staticmethod
    def capabilities(profile: str) -> base.Capabilities:
        """
        Return what the documents offer; the rights of the API login may be narrower and answer
        ProviderRefused.
        """
        known = PROFILES[profile]
        return base.Capabilities(
            callback=known.callback,
            refund=True,
            partial_refund=True,
            cancel=known.cancel,
            session_seconds=LONGEST_SESSION,
        )

    @staticmethod
    def required_secrets(profile: str) -> tuple[str, ...]:
        """
        Return the names of the secrets without which no call can be made; EPG's callback_key is optional.
        """
        return ("username", "password")

    def start_payment(self, start: base.PaymentStart) -> base.HostedPage:
        """
        Register one attempt and return the address of the bank's page.

        Raises ProviderRefused, without asking, for a sum that cannot be sent. Not to be repeated: the number
        is then taken (error 1), and no later answer holds the page's address.
        """
        self._check_amount(start.amount_minor, start.currency)
        fields = {
            "orderNumber": str(start.order_number),
            "amount": str(start.amount_minor),
            "currency": currencies.number_of(letters=start.currency),  # without it: roubles
            "returnUrl": start.return_url,
            "description": _description(start.description),
            "language": start.language,
            "sessionTimeoutSecs": str(max(1, min(start.session_seconds, LONGEST_SESSION))),
        }
        answer = self._ask("register.do", fields)
        code = _error_code(answer)
        order_id, form_url = answer.text("orderId"), answer.text("formUrl")
        if code == SUCCESS and ORDER_ID.fullmatch(order_id) and self._is_page(form_url):
            return base.HostedPage(order_id, form_url)
        if code in REGISTER_REFUSED:
            raise _refused("register the payment", code, answer, credentials=code == DENIED)
        raise wire.unreadable(answer)

    def read_callback(self, callback: base.Callback) -> base.Hint:
        """
        Read the browser's return, which is unsigned and proves nothing, or EPG's signed callback.

        Raises BadSignature for a message of EPG's callback shape whose checksum is missing or wrong.
        """
        fields = arca_callback.fields_of(callback)
        if self._profile.callback and arca_callback.is_callback(fields):
            return arca_callback.read(fields, key=self._config.secret("callback_key"))
        query = {name.lower(): value for name, value in callback.query.items()}
        found = [
            query[name] for name in self._profile.return_names if ORDER_ID.fullmatch(query.get(name, ""))
        ]
        return base.Hint(provider_ref=found[0] if found else "")

    def fetch_payment(self, reference: base.PaymentReference) -> base.PaymentReport:
        """
        Ask what became of a payment, by orderId or, when that never reached us, by our number. Safe to
        repeat.

        An order that the bank does not know (error 6), while no orderId ever reached us, was not attempted:
        nobody holds the address of its page. If we do hold its orderId, somebody is mistaken: UNKNOWN.
        """
        named = {"orderNumber": str(reference.order_number)}
        if reference.provider_ref:
            named = {"orderId": reference.provider_ref}
        answer = self._ask("getOrderStatusExtended.do", named | {"language": "en"})
        code = _error_code(answer)
        if code == DENIED:
            raise _refused("show the payment", code, answer, credentials=True)
        if code == SYSTEM_ERROR:
            raise wire.unreadable(answer)
        if (
            code == UNKNOWN_ORDER
            and not reference.provider_ref
            and "orderStatus" not in (answer.fields or {})
        ):
            return base.PaymentReport(
                base.ReportedStatus.NOT_ATTEMPTED,
                order_number=reference.order_number,
                raw_code=f"error {code}",
                raw_message=answer.shown("errorMessage"),
                raw=answer.raw,
            )
        return _report(code, answer, reference)

    def send_refund(self, order: base.RefundOrder) -> None:
        """
        Send money back: reverse.do of everything, or refund.do of a part. Never repeat it.

        Returns only when the bank said it was done. ProviderUnavailable with `maybe_done` leaves the decision
        to the refunded total of the next look-up; ProviderRefused means that nothing moved. reverse.do works
        until midnight of the day of payment and only once, even if it failed (MAN §5.6.5).
        """
        self._check_amount(order.amount_minor, order.currency)
        if order.whole and not self._profile.cancel:
            raise base.ProviderRefused("This bank is not known to reverse payments.", code="cancel")
        order_id = order.reference.provider_ref or self.fetch_payment(order.reference).provider_ref
        if not order_id:
            raise base.ProviderRefused("The bank does not know this payment.", code=UNKNOWN_ORDER)
        if order.whole:
            answer = self._ask("reverse.do", {"orderId": order_id, "language": "en"})
        else:
            answer = self._ask(
                "refund.do", {"orderId": order_id, "amount": str(order.amount_minor), "language": "en"}
            )
        code = _error_code(answer)
        if code == SUCCESS and "errorCode" in (answer.fields or {}):
            return
        if code in REFUND_REFUSED:
            raise _refused("send the money back", code, answer)
        raise wire.unreadable(answer)

    def _ask(self, operation: str, fields: dict[str, str]) -> wire.Answer:
        # POST only: the manual's own examples with a query would write the password into logs on the way.
        login = {"userName": self._config.secret("username"), "password": self._config.secret("password")}
        return wire.ask_form(
            url=f"{self._config.base_url.rstrip('/')}/{operation}",
            fields=login | fields,
            secrets=self._config.secrets.values(),
            timeouts=self._timeouts,
        )

    def _check_amount(self, amount_minor: int, currency: str) -> None:
        # A newer gateway reads a refund of 0 as "everything" (BPC).
        wire.check_money(config=self._config, amount_minor=amount_minor, currency=currency, unit_minor=1)

    def _is_page(self, address: str) -> bool:
        allowed = ("https://",) if self._config.base_url.startswith("https://") else ("https://", "http://")
        return address.startswith(allowed) and address.isprintable()


def _description(text: str) -> str:
    """Return the text without what the gateway forbids (MAN: %, +, CR, LF), cut to what reaches the bank."""
    return " ".join(re.sub(r"[%+]|[^\w\s!-~«»№֏։-]", " ", text).split())[:LONGEST_DESCRIPTION]


def _error_code(answer: wire.Answer) -> str:
    """Return errorCode as text, "0" when absent (MAN: "may be absent when there was no error")."""
    if answer.status != 200 or not answer.fields:
        raise wire.unreadable(answer)
    code = answer.fields.get("errorCode", SUCCESS)
    if isinstance(code, int) and not isinstance(code, bool):
        return str(code)
    if isinstance(code, str) and re.fullmatch(r"[0-9]{1,3}", code):
        return code
    raise wire.unreadable(answer)


def _report(code: str, answer: wire.Answer, reference: base.PaymentReference) -> base.PaymentReport:
    fields = answer.fields or {}
    info = _object(fields.get("paymentAmountInfo"))
    status = _status(code, fields, info)
    amount = wire.minor(fields.get("amount"))
    approved = wire.minor(info.get("approvedAmount"))
    if fields.get("orderStatus") == 2 and approved is not None:
        amount = approved  # what the bank took, should it differ from what was registered
    report = base.PaymentReport(
        status,
        order_number=wire.order_number(answer.text("orderNumber")),
        provider_ref=_md_order(fields) or reference.provider_ref,
        amount_minor=amount,
        currency=currencies.letters_of(number=answer.text("currency")),
        refunded_minor=_refunded(fields, info),
        raw_code=f"{answer.shown('orderStatus')}/{answer.shown('actionCode')}"
        if code == SUCCESS
        else f"error {code}",
        raw_message=answer.shown("actionCodeDescription") or answer.shown("errorMessage"),
        raw=answer.raw,
    )
    return wire.whole_or_unknown(report)


def _status(code: str, fields: Mapping[str, Any], info: Mapping[str, Any]) -> base.ReportedStatus:
    number, action = fields.get("orderStatus"), fields.get("actionCode")
    if not isinstance(number, int) or isinstance(number, bool):
        return base.ReportedStatus.UNKNOWN
    if code != SUCCESS and (code, number) != (DECLINED_DETAILS, 6):
        return base.ReportedStatus.UNKNOWN
    state = info.get("paymentState")
    # MAN types paymentState as a number, every recorded answer as a word.
    if state is not None and state not in (number, str(number)) and state not in list(STATES.get(number, ())):
        return base.ReportedStatus.UNKNOWN
    if action in list(OUTCOME_UNKNOWN) and number == 0:
        return base.ReportedStatus.PENDING
    if action in list(OUTCOME_UNKNOWN) and number == 6:
        return base.ReportedStatus.UNKNOWN
    return STATUSES.get(number, base.ReportedStatus.UNKNOWN)


def _refunded(fields: Mapping[str, Any], info: Mapping[str, Any]) -> int | None:
    """
    Return what went back so far, None if the answer does not say.

    Version 03 gives a total, newer ones a list of refunds. Reversed means that all of it went back. "Paid"
    without either has had no refund, as any refund would have made it "refunded".
    """
    if fields.get("orderStatus") == 3:
        return wire.minor(fields.get("amount"))
    if "refundedAmount" in info:
        return wire.minor(info["refundedAmount"])
    refunds = fields.get("refunds")
    if isinstance(refunds, list) and refunds:
        parts = [wire.minor(_object(refund).get("amount")) for refund in refunds if not _failed(refund)]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None
    return 0 if fields.get("orderStatus") == 2 else None


def _failed(refund: object) -> bool:
    return _object(refund).get("actionCode", 0) not in (0, "0")


def _md_order(fields: Mapping[str, Any]) -> str:
    """Return the gateway's order id, which the status answer hides in a list of attributes."""
    attributes = fields.get("attributes")
    for attribute in attributes if isinstance(attributes, list) else ():
        value = _object(attribute).get("value")
        if (
            _object(attribute).get("name") == "mdOrder"
            and isinstance(value, str)
            and ORDER_ID.fullmatch(value)
        ):
            return value
    return ""


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _refused(what: str, code: str, answer: wire.Answer, *, credentials: bool = False) -> base.ProviderRefused:
    said = answer.shown("errorMessage")
    return base.ProviderRefused(
        f"The bank refused to {what}: {code} {said}".strip(),
        code=code,
        raw=answer.raw,
        credentials=credentials,
    )
