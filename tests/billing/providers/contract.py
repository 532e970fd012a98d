"""
What every provider must do, over real HTTP against the sandbox.

A provider's test class names its profile and inherits the tests; each test has a merchant login of its own.
"""

import dataclasses
import json
import socket
import urllib.parse
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from billing.providers import base, registry
from common import http
from tests.sandbox_server import SandboxServer

Status = base.ReportedStatus
PATIENT = http.Timeouts(connect=2, read=5, total=5)
IMPATIENT = http.Timeouts(connect=0.5, read=0.5, total=0.5)
NUMBER = 2350301
PRICE = 1_000_000  # 10 000 drams
BACK = "https://school.test/pay/return?link=abc"


@dataclasses.dataclass
class School:
    """A school with one account at the sandbox's bank."""

    sandbox: SandboxServer
    account: base.AccountConfig
    sandbox_profile: str

    def agree(self, **options: Any) -> None:
        """Settle with the bank what holds for this login, in place of what held before."""
        self.sandbox.merchant(
            self.login,
            profile=self.sandbox_profile,
            password=self.account.secret("password"),
            client_id=self.account.secret("client_id") if self.account.provider == "ameria" else None,
            **options,
        )

    @property
    def login(self) -> str:
        return self.account.secret("username")

    def provider(self, timeouts: http.Timeouts = PATIENT) -> base.PaymentProvider:
        return registry.adapter(self.account, timeouts=timeouts)

    def refunds(self, timeouts: http.Timeouts = PATIENT) -> base.Refunds:
        found = registry.refunds(self.account, timeouts=timeouts)
        assert found is not None
        return found

    def start(self, **changes: Any) -> base.HostedPage:
        return self.provider().start_payment(payment(**changes))

    def paid(self, **changes: Any) -> base.PaymentReference:
        page = self.start(**changes)
        self.sandbox.pay(page.provider_ref)
        return base.PaymentReference(NUMBER, page.provider_ref)

    def report(self, reference: base.PaymentReference) -> base.PaymentReport:
        return self.provider().fetch_payment(reference)

    def refund(self, reference: base.PaymentReference, amount_minor: int, *, whole: bool = False) -> None:
        self.refunds().send_refund(base.RefundOrder(reference, amount_minor, "AMD", whole))

    def fault(self, kind: str, operation: str, times: int | None = 1, **params: Any) -> None:
        self.sandbox.fault(kind, login=self.login, operation=operation, times=times, **params)

    def calls(self, operation: str) -> int:
        return self.sandbox.count(login=self.login, operation=operation)

    def with_account(self, **changes: Any) -> "School":
        return dataclasses.replace(self, account=dataclasses.replace(self.account, **changes))


def payment(**changes: Any) -> base.PaymentStart:
    values: dict[str, Any] = {
        "order_number": NUMBER,
        "amount_minor": PRICE,
        "currency": "AMD",
        "description": "Դասընթաց 12, խումբ 3",
        "return_url": BACK,
        "language": "hy",
        "opaque": "inv-7",
    }
    return base.PaymentStart(**(values | changes))


def came_back(url: str) -> base.Callback:
    """Return the request that the buyer's browser makes when it is sent to an address."""
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True))
    return base.Callback("GET", query, {}, b"")


class ProviderContract:
    """The tests. A subclass fills in the first lines."""

    provider: ClassVar[str]
    profile: ClassVar[str]
    sandbox_profile: ClassVar[str]
    path: ClassVar[str]
    options: ClassVar[dict[str, Any]] = {}
    refund_operation: ClassVar[str]
    # Which of a fault 500's meanings holds for a payment that was tried.
    fault_500: ClassVar[type[base.ProviderError] | Status] = base.ProviderUnavailable

    @pytest.fixture
    def school(self, sandbox: SandboxServer) -> School:
        login = f"edu-{uuid.uuid4().hex[:12]}"
        secrets = {
            "client_id": f"client-{login}",
            "username": login,
            "password": f"right & secret {login}",
            "callback_key": "ooc7slpvc61k7sf7ma7p4hrefr",
        }
        account = base.AccountConfig(
            self.provider, self.provider, self.profile, "AMD", f"{sandbox.url}{self.path}", secrets
        )
        school = School(sandbox, account, self.sandbox_profile)
        school.agree(**self.options)
        return school

    # Sums and references

    @pytest.mark.parametrize("amount_minor", [100, PRICE, 2_500_000, 99_999_900])
    def test_the_same_sum_goes_in_and_comes_out(self, school: School, amount_minor: int) -> None:
        page = school.start(amount_minor=amount_minor)
        at_bank = school.sandbox.order(page.provider_ref)
        assert (at_bank["amount_minor"], at_bank["currency"]) == (amount_minor, "051")
        school.sandbox.pay(page.provider_ref)
        report = school.report(base.PaymentReference(NUMBER, page.provider_ref))
        assert (report.amount_minor, report.currency, report.refunded_minor) == (amount_minor, "AMD", 0)

    def test_both_references_come_back(self, school: School) -> None:
        reference = school.paid()
        report = school.report(reference)
        assert (report.order_number, report.provider_ref) == (NUMBER, reference.provider_ref)
        by_number = school.report(base.PaymentReference(NUMBER))
        assert (by_number.status, by_number.provider_ref) == (Status.PAID, reference.provider_ref)

    @pytest.mark.parametrize("language", ["hy", "ru", "en"])
    def test_the_buyers_page_opens(self, school: School, language: str) -> None:
        page = school.start(language=language)
        answer = school.sandbox.client.get(page.url)
        assert answer.status_code == 200
        assert 'data-outcome="pay"' in answer.text

    # What becomes of a payment

    def test_a_payment_that_nobody_tried_is_not_attempted(self, school: School) -> None:
        page = school.start()
        reference = base.PaymentReference(NUMBER, page.provider_ref)
        assert school.report(reference).status is Status.NOT_ATTEMPTED
        school.sandbox.outcome(page.provider_ref, "close")
        assert school.report(reference).status is Status.NOT_ATTEMPTED

    def test_a_buyer_at_3d_secure_is_pending(self, school: School) -> None:
        page = school.start()
        school.sandbox.outcome(page.provider_ref, "wait")
        assert school.report(base.PaymentReference(NUMBER, page.provider_ref)).status is Status.PENDING

    def test_a_buyer_who_pays_and_closes_the_tab_has_paid(self, school: School) -> None:
        page = school.start()
        school.sandbox.pay(page.provider_ref, returns=False)
        report = school.report(base.PaymentReference(NUMBER, page.provider_ref))
        assert (report.status, report.amount_minor) == (Status.PAID, PRICE)

    @pytest.mark.parametrize("outcome", ["decline", "fail-3ds"])
    def test_a_declined_payment_failed_and_a_correction_by_hand_is_seen(
        self, school: School, outcome: str
    ) -> None:
        page = school.start()
        reference = base.PaymentReference(NUMBER, page.provider_ref)
        school.sandbox.outcome(page.provider_ref, outcome)
        assert school.report(reference).status is Status.FAILED
        school.sandbox.correct(page.provider_ref)
        assert school.report(reference).status is Status.PAID

    def test_a_session_that_ends_fails_and_a_late_payment_is_seen(self, school: School) -> None:
        page = school.start()
        reference = base.PaymentReference(NUMBER, page.provider_ref)
        school.sandbox.outcome(page.provider_ref, "close")
        school.sandbox.clock(login=school.login, move_seconds=1300)
        assert school.report(reference).status is Status.FAILED
        school.sandbox.pay(page.provider_ref, late=True)
        assert school.report(reference).status is Status.PAID

    # A lost create answer

    @pytest.mark.parametrize("kind", ["timeout-after", "drop-after", "half-json", "empty-body"])
    def test_a_lost_create_answer_is_found_again_by_our_number(self, school: School, kind: str) -> None:
        school.fault(kind, "create")
        with pytest.raises(base.ProviderUnavailable) as lost:
            school.provider(IMPATIENT).start_payment(payment())
        assert lost.value.maybe_done
        found = school.report(base.PaymentReference(NUMBER))
        assert found.status is Status.NOT_ATTEMPTED
        assert found.provider_ref
        assert len(school.sandbox.orders(login=school.login)) == 1
        school.sandbox.pay(found.provider_ref)
        assert school.report(base.PaymentReference(NUMBER)).status is Status.PAID

    @pytest.mark.parametrize("kind", ["timeout-before", "drop-before"])
    def test_a_create_call_that_never_arrived_leaves_nothing_to_pay(self, school: School, kind: str) -> None:
        school.fault(kind, "create")
        with pytest.raises(base.ProviderUnavailable) as lost:
            school.provider(IMPATIENT).start_payment(payment())
        assert lost.value.maybe_done
        found = school.report(base.PaymentReference(NUMBER))
        assert (found.status, found.provider_ref) == (Status.NOT_ATTEMPTED, "")

    def test_a_reference_that_the_bank_does_not_know_is_unknown(self, school: School) -> None:
        reference = base.PaymentReference(NUMBER, str(uuid.uuid4()))
        assert school.report(reference).status is Status.UNKNOWN

    # Faults of a look-up

    def test_a_bank_that_cannot_be_reached_surely_did_nothing(self, school: School) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        away = school.with_account(base_url=f"http://127.0.0.1:{port}/")
        reference = base.PaymentReference(NUMBER, str(uuid.uuid4()))
        calls: list[Callable[[], object]] = [
            away.start,
            lambda: away.report(reference),
            lambda: away.refund(reference, 100),
        ]
        for call in calls:
            with pytest.raises(base.ProviderUnavailable) as unreachable:
                call()
            assert not unreachable.value.maybe_done

    @pytest.mark.parametrize(
        ("kind", "params"),
        [
            ("timeout-before", {}),
            ("timeout-after", {}),
            ("drop-before", {}),
            ("drop-after", {}),
            ("http-status", {"status": 502}),
            ("http-status", {"status": 429}),
            ("http-status", {"status": 404, "done": True}),
            ("half-json", {}),
            ("cut-body", {}),
            ("empty-body", {}),
            ("malformed-json", {}),
        ],
    )
    def test_an_answer_that_cannot_be_read_is_asked_for_again(
        self, school: School, kind: str, params: dict[str, Any]
    ) -> None:
        reference = school.paid()
        school.fault(kind, "lookup", **params)
        with pytest.raises(base.ProviderUnavailable) as unclear:
            school.provider(IMPATIENT).fetch_payment(reference)
        assert unclear.value.maybe_done
        assert school.report(reference).status is Status.PAID

    def test_a_slow_answer_is_waited_for(self, school: School) -> None:
        reference = school.paid()
        school.fault("slow", "lookup", seconds=0.3)
        assert school.report(reference).status is Status.PAID

    def test_a_fault_500_is_never_failed(self, school: School) -> None:
        reference = school.paid()
        school.fault("fault500", "lookup")
        if isinstance(self.fault_500, Status):
            assert school.report(reference).status is self.fault_500
        else:
            with pytest.raises(self.fault_500):
                school.report(reference)
        assert school.report(reference).status is Status.PAID

    def test_wrong_types_are_never_paid_nor_failed(self, school: School) -> None:
        reference = school.paid()
        school.fault("wrong-types", "lookup")
        try:
            assert school.report(reference).status is Status.UNKNOWN
        except base.ProviderUnavailable:
            assert school.report(reference).status is Status.PAID

    def test_an_unknown_word_is_unknown(self, school: School) -> None:
        reference = school.paid()
        school.fault("unknown-status", "lookup")
        assert school.report(reference).status is Status.UNKNOWN

    @pytest.mark.parametrize(
        ("params", "reported"),
        [
            ({"delta_minor": -1}, PRICE - 1),
            ({"delta_minor": 1}, PRICE + 1),
            ({"factor": 0.5}, PRICE // 2),
            ({"factor": 100.0}, PRICE * 100),
            ({"factor": 0.01}, PRICE // 100),
        ],
    )
    def test_a_wrong_sum_is_reported_as_it_is(
        self, school: School, params: dict[str, Any], reported: int
    ) -> None:
        reference = school.paid()
        school.fault("wrong-amount", "lookup", **params)
        report = school.report(reference)
        assert (report.status, report.amount_minor) == (Status.PAID, reported)

    def test_a_wrong_currency_and_a_wrong_number_are_reported_as_they_are(self, school: School) -> None:
        reference = school.paid()
        school.fault("wrong-currency", "lookup", currency="643")
        assert school.report(reference).currency == "RUB"
        school.fault("wrong-order-number", "lookup")
        assert school.report(reference).order_number == 999999999

    def test_a_wrong_password_is_told_wherever_it_shows(self, school: School) -> None:
        untried = base.PaymentReference(NUMBER, school.start().provider_ref)
        locked_out = school.with_account(secrets={**school.account.secrets, "password": "wrong"})
        calls: list[Callable[[], object]] = [
            lambda: locked_out.start(order_number=NUMBER + 1),
            lambda: locked_out.report(untried),
            lambda: locked_out.report(base.PaymentReference(NUMBER)),
        ]
        school.sandbox.pay(untried.provider_ref)
        calls.append(lambda: locked_out.report(untried))
        for call in calls:
            with pytest.raises(base.ProviderRefused) as refused:
                call()
            assert refused.value.credentials

    # Money back

    def test_parts_go_back_and_add_up(self, school: School) -> None:
        reference = school.paid()
        for amount_minor, refunded in ((400_000, 400_000), (100, 400_100), (599_900, PRICE)):
            school.refund(reference, amount_minor)
            report = school.report(reference)
            assert (report.status, report.amount_minor) == (Status.PAID, PRICE)
            assert report.refunded_minor == refunded

    def test_more_than_is_left_is_refused_and_moves_nothing(self, school: School) -> None:
        reference = school.paid()
        school.refund(reference, 600_000)
        with pytest.raises(base.ProviderRefused) as refused:
            school.refund(reference, 400_100)
        assert not refused.value.credentials
        assert school.report(reference).refunded_minor == 600_000

    def test_money_that_never_came_does_not_go_back(self, school: School) -> None:
        reference = base.PaymentReference(NUMBER, school.start().provider_ref)
        with pytest.raises(base.ProviderRefused):
            school.refund(reference, 100)

    @pytest.mark.parametrize(
        ("kind", "params"),
        [
            ("timeout-after", {}),
            ("drop-after", {}),
            ("half-json", {}),
            ("empty-body", {}),
            ("wrong-types", {}),
            ("http-status", {"status": 502, "done": True}),
            ("fault500", {"done": True}),
        ],
    )
    def test_a_lost_refund_answer_is_not_repeated_and_the_total_decides(
        self, school: School, kind: str, params: dict[str, Any]
    ) -> None:
        reference = school.paid()
        school.fault(kind, "refund", **params)
        order = base.RefundOrder(reference, 400_000, "AMD")
        with pytest.raises(base.ProviderUnavailable) as lost:
            school.refunds(IMPATIENT).send_refund(order)
        assert lost.value.maybe_done
        assert school.calls(self.refund_operation) == 1
        assert school.report(reference).refunded_minor == 400_000

    def test_a_refund_that_never_arrived_shows_in_the_total(self, school: School) -> None:
        reference = school.paid()
        school.fault("drop-before", "refund")
        with pytest.raises(base.ProviderUnavailable) as lost:
            school.refund(reference, 400_000)
        assert lost.value.maybe_done
        assert school.calls(self.refund_operation) == 1
        assert school.report(reference).refunded_minor == 0

    def test_without_the_right_a_refund_is_refused_and_the_login_is_not_blamed(self, school: School) -> None:
        reference = school.paid()
        school.agree(**{**self.options, "may_refund": False, "may_reverse": False})
        for whole in (False, True):
            with pytest.raises(base.ProviderRefused) as refused:
                school.refund(reference, PRICE, whole=whole)
            assert not refused.value.credentials
        assert school.report(reference).refunded_minor == 0

    def test_everything_can_be_cancelled_where_that_is_offered(self, school: School) -> None:
        reference = school.paid()
        if not registry.capabilities(self.provider, self.profile).cancel:
            with pytest.raises(base.ProviderRefused):
                school.refund(reference, PRICE, whole=True)
            return
        school.refund(reference, PRICE, whole=True)
        report = school.report(reference)
        assert (report.status, report.refunded_minor) == (Status.FAILED, PRICE)
        with pytest.raises(base.ProviderRefused):
            school.refund(reference, PRICE, whole=True)

    def test_a_refund_behind_our_back_shows_in_the_total(self, school: School) -> None:
        reference = school.paid()
        school.sandbox.cabinet_refund(reference.provider_ref, 250_000)
        assert school.report(reference).refunded_minor == 250_000

    # The buyer comes back

    def test_the_return_names_the_payment_and_only_hints(self, school: School) -> None:
        page = school.start()
        url = school.sandbox.pay(page.provider_ref)["return_url"]
        assert url.startswith(BACK)
        hint = school.provider().read_callback(came_back(url))
        assert hint.provider_ref == page.provider_ref
        assert hint.order_number in (None, NUMBER)
        assert not hint.authentic
        assert hint.report is None

    def test_a_forged_return_is_only_a_hint(self, school: School) -> None:
        page = school.start()
        hint = school.provider().read_callback(came_back(school.sandbox.forged_return(page.provider_ref)))
        assert hint.provider_ref == page.provider_ref
        assert not hint.authentic
        reference = base.PaymentReference(NUMBER, hint.provider_ref)
        assert school.report(reference).status is Status.NOT_ATTEMPTED

    # What is kept

    def test_the_raw_answer_keeps_no_card_holder_and_no_secret(self, school: School) -> None:
        report = school.report(school.paid())
        kept = json.dumps(dict(report.raw))
        assert "400000**0000" in kept
        for hidden in ("TEST HOLDER", "203012", "127.0.0.1", school.account.secret("password")):
            assert hidden not in kept
