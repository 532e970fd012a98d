"""What banks may answer, late, wrongly, half or not at all, and what becomes of the money."""

import datetime as dt

import pytest

from access.models import AccessGrant
from billing import attempts, balances, links, lookup
from billing.models import LedgerLine, MerchantAccount, Payment, PaymentLink, PaymentLookup
from common import clock
from students.models import OperatorTask
from tests.faults import jobs, proof

pytestmark = pytest.mark.django_db(transaction=True)

BANKS = pytest.mark.parametrize("account", ["ameria", "arca"])
SESSION = 1200
DAY = 86_400


def ask(payment: Payment) -> Payment:
    return lookup.refresh_payment(payment_id=payment.pk, asked_by="test")


def tasks() -> list[str]:
    return list(OperatorTask.objects.order_by("id").values_list("kind", flat=True))


# Success that comes after something else


@BANKS
def test_success_after_failure_is_accepted(world, sandbox, account):
    payment = world.attempt(account=account)
    world.buyer_pays(payment, "decline")
    assert ask(payment).state == Payment.State.FAILED
    sandbox.correct(payment.provider_ref)
    assert ask(payment).state == Payment.State.VERIFIED
    proof.require_paid_once(payment.link)


@BANKS
def test_the_sweeper_finds_a_correction_after_the_session(world, sandbox, time_passes, account):
    payment = world.attempt(account=account)
    world.buyer_pays(payment, "decline")
    ask(payment)
    sandbox.correct(payment.provider_ref)
    time_passes(seconds=21)
    lookup.sweep()
    time_passes(seconds=SESSION + 3600)
    lookup.sweep()
    proof.require_paid_once(payment.link)


@BANKS
def test_late_money_pays_an_expired_link(world, time_passes, account):
    link = world.link(expires_at=clock.now() + dt.timedelta(minutes=10))
    payment = world.attempt(link, account)
    time_passes(seconds=SESSION + 60)
    assert jobs.expire_links() == 1
    world.buyer_pays(payment, late=True)
    ask(payment)
    assert [kind for kind in proof.history(link.student_id) if kind.startswith("link")] == [
        "link_created",
        "link_expired",
        "link_paid",
    ]
    proof.require_paid_once(link)


def test_late_money_pays_a_cancelled_link(world):
    link = world.link()
    payment = world.attempt(link)
    jobs.cancel_link(link_id=link.pk)
    world.buyer_pays(payment)
    ask(payment)
    proof.require_paid_once(link)
    assert tasks() == ["paid_closed_link"]


def test_late_money_for_what_was_paid_otherwise_is_credit_in_front_of_a_person(world):
    invoice = world.invoice()
    first = world.link(invoice)
    late = world.attempt(first)
    jobs.cancel_link(link_id=first.pk)
    world.paid(world.link(invoice), "arca")
    world.buyer_pays(late)
    assert ask(late).state == Payment.State.VERIFIED
    assert [left for _payment, left in balances.credits_of(student_id=first.student_id)] == [
        first.amount_minor
    ]
    assert tasks() == ["second_payment"]
    assert AccessGrant.objects.count() == 1
    proof.require_clean()


@BANKS
def test_late_success_after_expiry_of_the_attempt_is_accepted(world, time_passes, account):
    payment = world.attempt(account=account)
    time_passes(seconds=SESSION + DAY + 60)
    lookup.sweep()
    payment.refresh_from_db()
    assert payment.state == Payment.State.EXPIRED
    assert tasks() == []
    world.buyer_pays(payment, late=True)
    assert ask(payment).state == Payment.State.VERIFIED
    proof.require_paid_once(payment.link)


# Answers that differ from what was fixed


@BANKS
@pytest.mark.parametrize(
    ("fault", "facts", "reason"),
    [
        ("wrong-amount", {"factor": 0.5}, "amount"),
        ("wrong-amount", {"factor": 2.0}, "amount"),
        ("wrong-amount", {"factor": 100.0}, "amount"),
        ("wrong-amount", {"delta_minor": -1}, "amount"),
        ("wrong-amount", {"delta_minor": 1}, "amount"),
        ("wrong-currency", {"currency": "840"}, "currency"),
        ("wrong-order-number", {}, "order_number"),
    ],
)
def test_money_that_differs_is_held_for_a_person(world, sandbox, account, fault, facts, reason):
    payment = world.attempt(account=account)
    world.buyer_pays(payment)
    sandbox.fault(fault, login=world.login_of(account), times=None, **facts)
    payment = ask(payment)
    ask(payment)
    assert (payment.state, payment.hold_reason) == (Payment.State.HELD, reason)
    assert tasks() == ["payment_held"]
    assert not AccessGrant.objects.exists()
    suspense = LedgerLine.objects.filter(account=LedgerLine.Account.SUSPENSE)
    assert -sum(line.amount_minor for line in suspense) == payment.captured_minor
    proof.require_clean()


def test_held_money_is_accepted_once_the_bank_corrects_itself(world, sandbox):
    payment = world.attempt()
    world.buyer_pays(payment)
    sandbox.fault("wrong-amount", login=world.login_of("ameria"), factor=2.0, times=1)
    assert ask(payment).state == Payment.State.HELD
    assert ask(payment).state == Payment.State.VERIFIED
    assert OperatorTask.objects.get().state == OperatorTask.State.RESOLVED
    proof.require_paid_once(payment.link)


@pytest.mark.parametrize("state", ["at_provider", "without a reference"])
def test_a_reference_of_another_payment_holds_this_one(world, state):
    other = world.attempt()
    payment = world.attempt()
    if state == "without a reference":
        Payment.objects.filter(pk=payment.pk).update(provider_ref="")
    report = proof.paid_report(payment, provider_ref=other.provider_ref)
    jobs.settle(payment_id=payment.pk, report=report, times=2)
    payment.refresh_from_db()
    assert (payment.state, payment.hold_reason) == (Payment.State.HELD, "provider_ref")
    assert payment.provider_ref != other.provider_ref
    assert tasks() == ["payment_held"]
    proof.require_clean()


def test_an_order_number_of_another_payment_holds_one_whose_reference_never_came(world):
    other, payment = world.attempt(), world.attempt()
    Payment.objects.filter(pk=payment.pk).update(provider_ref="")
    report = proof.paid_report(payment, order_number=other.order_number, provider_ref=other.provider_ref)
    jobs.settle(payment_id=payment.pk, report=report)
    payment.refresh_from_db()
    assert (payment.state, payment.hold_reason) == (Payment.State.HELD, "order_number")
    proof.require_clean()


@pytest.mark.parametrize("status", ["failed", "pending", "unknown", "not_attempted"])
def test_no_answer_about_another_order_ends_this_payment(world, status):
    other, payment = world.attempt(), world.attempt()
    report = proof.paid_report(payment, status=status, order_number=other.order_number)
    jobs.settle(payment_id=payment.pk, report=report)
    payment.refresh_from_db()
    assert payment.is_open
    assert payment.next_lookup_at is not None


@BANKS
def test_money_that_went_back_before_we_saw_it_is_held(world, sandbox, account):
    payment = world.attempt(account=account)
    world.buyer_pays(payment)
    sandbox.cabinet_refund(payment.provider_ref)
    payment = ask(payment)
    assert (payment.state, payment.hold_reason) == (Payment.State.HELD, "refunded")
    assert tasks() == ["payment_held"]
    assert not AccessGrant.objects.exists()
    proof.require_clean()


@BANKS
def test_a_bank_that_changes_its_mind_changes_nothing_that_is_paid(world, account):
    payment = world.paid(account=account)
    before = proof.history(payment.student_id)
    for status in ("pending", "failed", "unknown", "not_attempted", "paid"):
        jobs.settle(payment_id=payment.pk, report=proof.paid_report(payment, status=status))
    assert proof.history(payment.student_id) == before
    proof.require_paid_once(payment.link)


# No answer, or one that nobody can read


@BANKS
@pytest.mark.parametrize(
    ("fault", "facts"),
    [
        ("http-status", {"status": 500}),
        ("http-status", {"status": 502}),
        ("http-status", {"status": 429}),
        ("timeout-before", {"seconds": 0.2}),
        ("drop-before", {}),
        ("drop-after", {}),
        ("half-json", {}),
        ("cut-body", {}),
        ("empty-body", {}),
        ("malformed-json", {}),
        ("wrong-types", {}),
        ("unknown-status", {}),
    ],
)
def test_an_answer_that_says_nothing_leaves_the_outcome_unknown_until_one_does(
    world, sandbox, time_passes, account, fault, facts
):
    payment = world.attempt(account=account)
    world.buyer_pays(payment)
    sandbox.fault(fault, login=world.login_of(account), operation="lookup", times=None, **facts)
    assert ask(payment).state == Payment.State.UNKNOWN
    assert not AccessGrant.objects.exists()
    assert tasks() == []
    sandbox.clear_faults(login=world.login_of(account))
    time_passes(seconds=21)
    lookup.sweep()
    proof.require_paid_once(payment.link)


@pytest.mark.long
@BANKS
def test_a_bank_that_never_answers_is_not_waited_for_long(world, sandbox, account):
    payment = world.attempt(account=account)
    world.buyer_pays(payment)
    sandbox.fault("timeout-after", login=world.login_of(account), operation="lookup", times=None)
    payment = ask(payment)
    assert payment.state == Payment.State.UNKNOWN
    assert PaymentLookup.objects.get(payment=payment).took_ms < 12_000


@BANKS
@pytest.mark.parametrize("fault", ["drop-after", "half-json", "http-status", "drop-before"])
def test_a_lost_answer_to_a_new_order_is_watched_and_ends_by_itself(
    world, sandbox, time_passes, account, fault
):
    """Nobody holds the page of that order, so it cannot be paid; the bank is asked until that is sure."""
    link = world.link()
    facts = {"status": 502, "done": True} if fault == "http-status" else {}
    sandbox.fault(fault, login=world.login_of(account), operation="create", **facts)
    with pytest.raises(attempts.BankUnavailable):
        attempts.start_attempt(link_id=link.pk, account_code=account)
    lost = Payment.objects.get()
    assert lost.state == Payment.State.UNKNOWN
    again = world.attempt(link, account)
    assert again.pk != lost.pk
    world.buyer_pays(again)
    time_passes(seconds=21)
    lookup.sweep()
    time_passes(seconds=SESSION + DAY + 60)
    lookup.sweep()
    lost.refresh_from_db()
    assert lost.state == Payment.State.EXPIRED
    assert tasks() == []
    proof.require_paid_once(link)


@BANKS
def test_a_new_order_whose_answer_was_lost_and_is_paid_all_the_same_is_found(
    world, sandbox, time_passes, account
):
    link = world.link()
    sandbox.fault("drop-after", login=world.login_of(account), operation="create")
    with pytest.raises(attempts.BankUnavailable):
        attempts.start_attempt(link_id=link.pk, account_code=account)
    lost = Payment.objects.get()
    order = sandbox.orders(order_number=lost.order_number, login=world.login_of(account))[0]
    sandbox.pay(order["id"])
    time_passes(seconds=21)
    lookup.sweep()
    lost.refresh_from_db()
    assert lost.state == Payment.State.VERIFIED
    proof.require_paid_once(link)


def test_a_bank_that_cannot_be_reached_at_all_fails_the_attempt_at_once(world, monkeypatch):
    link = world.link()
    monkeypatch.setenv("ARCA_BASE_URL", "http://127.0.0.1:9/payment/rest/")
    with pytest.raises(attempts.BankUnavailable):
        attempts.start_attempt(link_id=link.pk, account_code="arca")
    payment = Payment.objects.get()
    assert (payment.state, payment.next_lookup_at) == (Payment.State.FAILED, None)


# What ends by itself and what needs a person (promise 6)


@BANKS
def test_an_attempt_that_nobody_made_waits_until_the_account_is_reached(world, sandbox, time_passes, account):
    payment = world.attempt(account=account)
    sandbox.fault("drop-before", login=world.login_of(account), times=None)
    time_passes(seconds=SESSION + DAY + 60)
    lookup.sweep()
    payment.refresh_from_db()
    assert payment.state == Payment.State.UNKNOWN
    sandbox.clear_faults(login=world.login_of(account))
    time_passes(seconds=DAY)
    lookup.sweep()
    payment.refresh_from_db()
    assert payment.state == Payment.State.EXPIRED
    assert not OperatorTask.objects.exclude(state=OperatorTask.State.RESOLVED).exists()


@BANKS
def test_an_unknown_outcome_makes_one_task_however_long_it_lasts(world, sandbox, time_passes, account):
    payment = world.attempt(account=account)
    world.buyer_pays(payment)
    sandbox.fault("unknown-status", login=world.login_of(account), times=None)
    for _ in range(4):
        ask(payment)
        time_passes(seconds=DAY + SESSION)
        lookup.sweep()
    assert tasks() == ["outcome_unknown"]
    sandbox.clear_faults(login=world.login_of(account))
    time_passes(seconds=DAY)
    lookup.sweep()
    assert OperatorTask.objects.get().state == OperatorTask.State.RESOLVED
    proof.require_paid_once(payment.link)


def test_a_payment_that_stays_undecided_is_put_before_a_person(world, time_passes):
    payment = world.attempt()
    pending = proof.paid_report(payment, status="pending")
    jobs.settle(payment_id=payment.pk, report=pending)
    assert tasks() == []
    time_passes(seconds=SESSION + DAY + 60)
    jobs.settle(payment_id=payment.pk, report=pending, times=3)
    assert tasks() == ["outcome_unknown"]
    jobs.settle(payment_id=payment.pk, report=proof.paid_report(payment))
    assert OperatorTask.objects.get().state == OperatorTask.State.RESOLVED
    proof.require_paid_once(payment.link)


def test_an_attempt_that_somebody_made_never_expires_by_itself(world, time_passes):
    payment = world.attempt()
    jobs.settle(payment_id=payment.pk, report=proof.paid_report(payment, status="pending"))
    time_passes(seconds=SESSION + DAY + 60)
    jobs.settle(payment_id=payment.pk, report=proof.paid_report(payment, status="not_attempted"), times=2)
    payment.refresh_from_db()
    assert payment.state == Payment.State.AT_PROVIDER
    assert payment.next_lookup_at is not None
    assert tasks() == ["outcome_unknown"]


def test_an_account_without_its_secrets_loses_no_payment(world, monkeypatch, time_passes):
    payment, other = world.attempt(account="arca"), world.attempt(account="ameria")
    for each in (payment, other):
        world.buyer_pays(each)
    with monkeypatch.context() as patched:
        for name in ("ARCA_BASE_URL", "ARCA_USERNAME", "ARCA_PASSWORD"):
            patched.delenv(name)
        time_passes(seconds=21)
        lookup.sweep()
        payment.refresh_from_db()
        assert payment.state == Payment.State.UNKNOWN
        proof.require_paid_once(other.link)
    time_passes(seconds=21)
    lookup.sweep()
    proof.require_paid_once(payment.link)


def test_a_refused_login_takes_the_bank_away_and_keeps_the_payment(world, sandbox, time_passes):
    payment = world.attempt(account="arca")
    world.buyer_pays(payment)
    sandbox.fault("wrong-password", login=world.login_of("arca"), operation="lookup")
    assert ask(payment).state == Payment.State.UNKNOWN
    assert MerchantAccount.objects.get(code="arca").refused_at is not None
    time_passes(seconds=21)
    lookup.sweep()
    assert MerchantAccount.objects.get(code="arca").refused_at is None
    proof.require_paid_once(payment.link)


def test_a_cancelled_link_is_looked_up_first_and_stays_paid(world):
    link = world.link()
    payment = world.attempt(link)
    world.buyer_pays(payment)
    with pytest.raises(links.LinkRefused):
        jobs.cancel_link(link_id=link.pk)
    link.refresh_from_db()
    assert link.state == PaymentLink.State.PAID
