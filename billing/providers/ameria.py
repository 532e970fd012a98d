"""
Ameriabank vPOS 3.1: JSON calls, the bank's pay page, no callback.

Facts and their sources are in docs/providers.md. DOC is the bank's "vPOS 3.1 API Protocol Description", HELP
its Web API help page, OBS recorded answers of the test system. Where only one source speaks, the table says
so.
"""

import dataclasses
import re
import urllib.parse
from typing import Any, ClassVar

from billing.providers import base, currencies, latin, wire
from common import http

# Their word → ours: OrderStatus with PaymentState, always sent together (DOC table 2, HELP). Another pair is
# UNKNOWN.
STATES = {
    ("0", "payment_started"): base.ReportedStatus.PENDING,
    ("1", "payment_approved"): base.ReportedStatus.PENDING,  # held: our contracts take one-stage payments
    ("2", "payment_deposited"): base.ReportedStatus.PAID,  # with ResponseCode 00 (OBS)
    ("3", "payment_void"): base.ReportedStatus.FAILED,  # cancelled: nothing of the money is left with us
    ("4", "payment_refunded"): base.ReportedStatus.PAID,  # wholly or partly (OBS): the amounts say how much
    ("5", "payment_autoauthorized"): base.ReportedStatus.PENDING,  # at the issuer's 3-D Secure page
    ("6", "payment_declined"): base.ReportedStatus.FAILED,
}
# ResponseCode of a payment that was only registered (DOC table 1); the pair above may be empty with them.
CODES_OF_REGISTERED = {
    "0-100": base.ReportedStatus.NOT_ATTEMPTED,  # no payment attempts yet
    "0-2007": base.ReportedStatus.FAILED,  # the session's time is over
    "0-2013": base.ReportedStatus.FAILED,  # the attempts are used up
}
# ResponseCode: nobody knows what the issuer did (DOC table 1, "processing unreachable or timed out"). Never
# FAILED.
OUTCOME_UNKNOWN = {"0-1", "0151017", "0151018", "0151019", "0907", "0909", "0910", "520"}
# ResponseCode of a money call that surely moved nothing. Others, such as 550, may mean anything (DOC, OBS).
REFUND_REFUSED = {"02", "03", "04", "05", "06", "07", "0110", "0125", "0914", "30", "50", "513", "514", "560"}
REFUND_REFUSED |= {"0341014", "0341041", "09001"}
# InitPayment: the same codes are integers without leading zeros. These are the bank's own trouble, not a
# "no".
INIT_UNCLEAR = {1, 7, 500, 510, 520, 550}

SUCCESS, BAD_LOGIN, UNKNOWN_ORDER, SOME_ERROR = "00", "20", "06", "550"
LANGUAGES = {"hy": "am", "ru": "ru", "en": "en"}  # DOC: Armenian is "am"
LONGEST_SESSION = 1200  # seconds (DOC)
PAYMENT_ID = re.compile(r"[0-9A-Fa-f-]{8,64}")


class Ameria:
    """
    One contract with Ameriabank. Amounts cross the wire in whole drams, other currencies with two decimals.
    """

    PROFILES: ClassVar[tuple[str, ...]] = ("",)

    def __init__(self, config: base.AccountConfig, *, timeouts: http.Timeouts | None = None) -> None:
        self._config = config
        self._timeouts = timeouts or http.Timeouts()

    @staticmethod
    def capabilities(profile: str) -> base.Capabilities:
        """
        Return what the bank's documents offer; refund and cancel rights are on by default (MAIL, one source).
        """
        return base.Capabilities(
            refund=True, partial_refund=True, cancel=True, session_seconds=LONGEST_SESSION
        )

    @staticmethod
    def required_secrets(profile: str) -> tuple[str, ...]:
        """Return the names of the secrets without which no call can be made."""
        return ("client_id", "username", "password")

    def start_payment(self, start: base.PaymentStart) -> base.HostedPage:
        """
        Register one attempt and return the address of the bank's page.

        Raises ProviderRefused, without asking, for a sum that the bank cannot take. Repeating the very same
        start is harmless: the bank answers the same PaymentID (OBS).
        """
        fields = {
            "Amount": self._amount(start.amount_minor, start.currency),
            "OrderID": start.order_number,
            "Currency": currencies.number_of(letters=start.currency),
            "Description": latin.to_ascii(start.description)[:250],
            "BackURL": start.return_url,
            "Opaque": latin.to_ascii(start.opaque),
            "Timeout": max(1, min(start.session_seconds, LONGEST_SESSION)),
        }
        answer = self._ask("InitPayment", fields, with_client_id=True)
        payment_id = _created(answer)
        query = urllib.parse.urlencode({"id": payment_id, "lang": LANGUAGES.get(start.language, "am")})
        return base.HostedPage(payment_id.upper(), f"{self._base}/Payments/Pay?{query}")

    def read_callback(self, callback: base.Callback) -> base.Hint:
        """Read the query of the browser's return. It is unsigned and proves nothing; never raises."""
        query = {name.lower(): value for name, value in callback.query.items()}
        payment_id = query.get("paymentid", "")
        return base.Hint(
            order_number=wire.order_number(query.get("orderid")),
            provider_ref=payment_id.upper() if PAYMENT_ID.fullmatch(payment_id) else "",
        )

    def fetch_payment(self, reference: base.PaymentReference) -> base.PaymentReport:
        """
        Ask what became of a payment, by PaymentID or, when that never reached us, by our number. Safe to
        repeat.

        NOT_ATTEMPTED also means that our login was proven good: before any attempt the bank answers a fault
        or an empty 550, and the empty 550 to a wrong password as well (OBS).
        """
        if reference.provider_ref:
            payment_id, proof = reference.provider_ref, None
        else:
            proof = self._find(reference)
            if not proof.provider_ref:
                return proof
            payment_id = proof.provider_ref
        answer = self._ask("GetPaymentDetails", {"PaymentID": payment_id})
        if _is_fault(answer) or _is_empty(answer):
            return self._not_attempted(reference, payment_id, answer, proof or self._find(reference))
        if answer.status != 200 or answer.fields is None:
            raise wire.unreadable(answer)
        if answer.text("ResponseCode") == BAD_LOGIN:
            raise _bad_login(answer)
        return _report(answer, payment_id)

    def send_refund(self, order: base.RefundOrder) -> None:
        """
        Send money back: CancelPayment of everything, or RefundPayment of a part. Never repeat it.

        Returns only when the bank said it was done. ProviderUnavailable with `maybe_done` leaves the decision
        to the refunded total of the next look-up; ProviderRefused means that nothing moved.
        """
        amount = self._amount(order.amount_minor, order.currency)
        payment_id = order.reference.provider_ref or self._find(order.reference).provider_ref
        if not payment_id:
            raise base.ProviderRefused("The bank does not know this payment.", code=UNKNOWN_ORDER)
        if order.whole:
            answer = self._ask("CancelPayment", {"PaymentID": payment_id})
        else:
            answer = self._ask("RefundPayment", {"PaymentID": payment_id, "Amount": amount})
        _check_refunded(answer)

    @property
    def _base(self) -> str:
        return self._config.base_url.rstrip("/")

    def _ask(self, operation: str, fields: dict[str, Any], *, with_client_id: bool = False) -> wire.Answer:
        login = {"Username": self._config.secret("username"), "Password": self._config.secret("password")}
        if with_client_id:
            login["ClientID"] = self._config.secret("client_id")
        return wire.ask_json(
            url=f"{self._base}/api/VPOS/{operation}",
            fields=login | fields,
            secrets=self._config.secrets.values(),
            timeouts=self._timeouts,
        )

    def _amount(self, amount_minor: int, currency: str) -> int | str:
        """Return major units: whole drams, as a fraction of a dram was never tried at this bank (OBS)."""
        unit_minor = 100 if currency == "AMD" else 1
        wire.check_money(
            config=self._config, amount_minor=amount_minor, currency=currency, unit_minor=unit_minor
        )
        whole, rest = divmod(amount_minor, 100)
        return whole if currency == "AMD" else f"{whole}.{rest:02d}"

    def _find(self, reference: base.PaymentReference) -> base.PaymentReport:
        """
        Ask for the PaymentID of our number; without one the report says why.

        An order that the bank does not know, while no PaymentID ever reached us, was not attempted: nobody
        holds the address of its page.
        """
        answer = self._ask("GetPaymentId", {"OrderID": reference.order_number}, with_client_id=True)
        if answer.status != 200 or answer.fields is None:
            raise wire.unreadable(answer)
        code, payment_id = answer.text("ResponseCode"), answer.text("PaymentId")
        if code == BAD_LOGIN:
            raise _bad_login(answer)
        report = base.PaymentReport(
            base.ReportedStatus.UNKNOWN,
            order_number=reference.order_number,
            raw_code=answer.shown("ResponseCode"),
            raw_message=answer.shown("ResponseMessage"),
            raw=answer.raw,
        )
        if code == SUCCESS and PAYMENT_ID.fullmatch(payment_id):
            return dataclasses.replace(report, provider_ref=payment_id.upper())
        if code == UNKNOWN_ORDER and not payment_id:
            return dataclasses.replace(report, status=base.ReportedStatus.NOT_ATTEMPTED)
        return report

    def _not_attempted(
        self,
        reference: base.PaymentReference,
        payment_id: str,
        answer: wire.Answer,
        proof: base.PaymentReport,
    ) -> base.PaymentReport:
        same = proof.provider_ref.upper() == payment_id.upper()
        return base.PaymentReport(
            base.ReportedStatus.NOT_ATTEMPTED if same else base.ReportedStatus.UNKNOWN,
            order_number=reference.order_number,
            provider_ref=payment_id,
            raw_code=answer.shown("ResponseCode") or f"http-{answer.status}",
            raw_message=answer.shown("Description") or answer.shown("Message"),
            raw=answer.raw,
        )


def _created(answer: wire.Answer) -> str:
    """Return the PaymentID of an InitPayment answer: success is the integer 1 here and nowhere else."""
    code = (answer.fields or {}).get("ResponseCode")
    if answer.status != 200 or not isinstance(code, int) or isinstance(code, bool):
        raise wire.unreadable(answer)
    payment_id = answer.text("PaymentID")
    if code == 1 and PAYMENT_ID.fullmatch(payment_id):
        return payment_id
    if code in INIT_UNCLEAR or payment_id:
        raise wire.unreadable(answer)
    said = answer.shown("ResponseMessage")
    raise base.ProviderRefused(
        f"Ameriabank refused to register the payment: {code} {said}".strip(),
        code=str(code),
        raw=answer.raw,
        credentials=code == int(BAD_LOGIN),
    )


def _is_fault(answer: wire.Answer) -> bool:
    """Recognise the fault that the bank answers, among others, for a payment nobody tried (OBS)."""
    return answer.status == 500 and answer.fields == {"Message": "An error has occurred."}


def _is_empty(answer: wire.Answer) -> bool:
    """
    Recognise the other answer for a payment nobody tried: 550, and nothing filled in but the text (OBS).
    """
    if answer.status != 200 or answer.fields is None or answer.text("ResponseCode") != SOME_ERROR:
        return False
    facts = (
        "OrderStatus",
        "PaymentState",
        "OrderID",
        "MDOrderID",
        "ApprovalCode",
        "CardNumber",
        "DateTime",
        "rrn",
    )
    return all(answer.fields.get(name) == "" for name in facts)


def _report(answer: wire.Answer, payment_id: str) -> base.PaymentReport:
    fields = answer.fields or {}
    status = _status(answer)
    approved = wire.minor_from_major(fields.get("ApprovedAmount"))
    amount = wire.minor_from_major(fields.get("Amount"))
    if status is base.ReportedStatus.PAID and approved is not None:
        amount = approved  # what the bank took, should it differ from what we asked for
    refunded = wire.minor_from_major(fields.get("RefundedAmount"))
    if answer.text("PaymentState") == "payment_void":
        refunded = approved  # what had been taken went back as a whole
    report = base.PaymentReport(
        status,
        order_number=wire.order_number(answer.text("OrderID")),
        provider_ref=payment_id,
        amount_minor=amount,
        currency=currencies.letters_of(number=answer.text("Currency")),
        refunded_minor=refunded,
        raw_code=answer.shown("ResponseCode"),
        raw_message=answer.shown("Description"),
        raw=answer.raw,
    )
    return wire.whole_or_unknown(report)


def _status(answer: wire.Answer) -> base.ReportedStatus:
    code = answer.text("ResponseCode")
    pair = (answer.text("OrderStatus"), answer.text("PaymentState"))
    if pair in (("", ""), ("0", "payment_started")) and code in CODES_OF_REGISTERED:
        return CODES_OF_REGISTERED[code]
    status = STATES.get(pair, base.ReportedStatus.UNKNOWN)
    if status is base.ReportedStatus.PAID and code != SUCCESS:
        return base.ReportedStatus.UNKNOWN
    if pair[0] == "6" and (code in OUTCOME_UNKNOWN | {SUCCESS, ""}):
        return base.ReportedStatus.UNKNOWN
    return status


def _check_refunded(answer: wire.Answer) -> None:
    code = answer.text("ResponseCode")
    if answer.status != 200 or not code:
        raise wire.unreadable(answer)
    if code == SUCCESS:
        return
    if code in REFUND_REFUSED or code == BAD_LOGIN:
        said = answer.shown("ResponseMessage")
        raise base.ProviderRefused(
            f"Ameriabank refused to send the money back: {code} {said}".strip(),
            code=code,
            raw=answer.raw,
            credentials=code == BAD_LOGIN,
        )
    raise base.ProviderUnavailable(
        "Ameriabank's answer does not say whether the money was sent back.",
        code=answer.shown("ResponseCode"),
        raw=answer.raw,
    )


def _bad_login(answer: wire.Answer) -> base.ProviderRefused:
    return base.ProviderRefused(
        "Ameriabank refused our login.", code=BAD_LOGIN, raw=answer.raw, credentials=True
    )
