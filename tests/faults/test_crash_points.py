"""
`kill -9` at every named point and after every statement of a payment's path, at both banks.

After each death the program goes on as it would: the manager clicks again, the student clicks again, the sweeper runs. Then the
books agree, access is open once, and the history is that of a payment which nothing disturbed.
"""

import datetime as dt

import pytest

from billing import lookup
from billing.models import Payment, PaymentLink, PaymentLookup
from common import clock
from students.models import OperatorTask
from tests import processes
from tests.faults import jobs, proof

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

BANKS = pytest.mark.parametrize("account", ["ameria", "arca"])

LINK_POINTS = ["link.after_create", "link.before_commit", "link.after_commit"]
ATTEMPT_POINTS = [
    "attempt.after_row",
    "attempt.before_commit",
    "attempt.after_create",
    "attempt.after_bank",
    "attempt.after_page",
    "attempt.before_hand_over",
    "attempt.after_hand_over",
]
DELIVERY_POINTS = ["delivery.before_store", "delivery.after_store", "delivery.after_work"]
SETTLE_POINTS = [
    "sweep.after_claim",
    "lookup.before_question",
    "lookup.after_answer",
    "lookup.after_evidence",
    "settle.before_lock",
    "settle.after_lock",
    "settle.after_link",
    "settle.after_payment",
    "settle.after_allocation",
    "settle.after_ledger",
    "settle.after_access",
    "settle.after_timeline",
    "settle.after_tasks",
    "settle.before_commit",
    "settle.after_commit",
]
UNDISTURBED = [
    "student_registered",
    "enrolled",
    "invoice_issued",
    "link_created",
    "attempt_started",
    "payment_at_provider",
    "payment_verified",
    "link_paid",
    "installment_paid",
    "access_granted",
    "access_opened",
]


def die_at(point: str, act, **arguments) -> None:
    assert processes.alone(act, crash_at=point, **arguments).was_killed, f"{point} is not on the path"


def link_of(installment) -> PaymentLink:
    """Click "make a link" as often as it takes: the link that is there already is the answer."""
    found = PaymentLink.objects.filter(lines__installment=installment).first()
    return found or PaymentLink.objects.get(pk=jobs.make_link(installment_id=installment.pk))


def attempt_after_death(link: PaymentLink, account: str) -> Payment:
    """Click "pay" again: the open page of the bank is offered again, or a new attempt is made."""
    return Payment.objects.get(pk=jobs.start_attempt(link_id=link.pk, account_code=account))


def let_lost_attempts_end(time_passes) -> None:
    """Let the time pass after which attempts that nobody holds a page of are known never to be paid."""
    if Payment.objects.filter(state__in=Payment.OPEN_STATES).exists():
        time_passes(seconds=2 * 86400)
        lookup.sweep()
    assert not Payment.objects.filter(state__in=Payment.OPEN_STATES).exists()
    assert not OperatorTask.objects.exists()


def require_undisturbed(link: PaymentLink, *, lost: int = 0) -> None:
    """Fail unless the link's history is the undisturbed one, but for attempts that began and were never paid."""
    events = proof.history(link.student_id)
    for _ in range(lost):
        events.remove("attempt_started")
        events.remove("payment_expired")
    assert events == UNDISTURBED
    proof.require_paid_once(link)


def test_an_undisturbed_run_has_this_history(world):
    payment = world.paid()
    assert proof.history(payment.student_id) == UNDISTURBED
    proof.require_clean()


@pytest.mark.parametrize("point", LINK_POINTS)
def test_death_while_a_link_is_made(world, point):
    installment = world.installment(world.invoice())
    die_at(point, jobs.make_link, installment_id=installment.pk)
    link = link_of(installment)
    world.paid(link)
    require_undisturbed(link)


@BANKS
def test_death_while_an_attempt_starts(world, time_passes, account):
    links = {point: world.link() for point in ATTEMPT_POINTS}
    for point, link in links.items():
        die_at(point, jobs.start_attempt, link_id=link.pk, account_code=account)
        payment = attempt_after_death(link, account)
        world.buyer_pays(payment)
        lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    let_lost_attempts_end(time_passes)
    for link in links.values():
        require_undisturbed(link, lost=link.payments.count() - 1)


@BANKS
def test_death_while_the_sweeper_settles(world, time_passes, account):
    for point in SETTLE_POINTS:
        payment = world.attempt(account=account)
        world.buyer_pays(payment, **{"return": False})
        time_passes(seconds=21)
        die_at(point, jobs.sweep)
        time_passes(seconds=21)
        lookup.sweep()
        require_undisturbed(payment.link)
        assert PaymentLookup.objects.filter(payment=payment).count() in (1, 2)


@BANKS
def test_death_of_a_sweeper_long_after_the_session_delays_by_seconds_not_hours(world, time_passes, account):
    payment = world.attempt(account=account)
    world.buyer_pays(payment, **{"return": False})
    time_passes(seconds=1200 + 3700)
    die_at("lookup.after_evidence", jobs.sweep)
    time_passes(seconds=21)
    lookup.sweep()
    require_undisturbed(payment.link)


@pytest.mark.parametrize("point", DELIVERY_POINTS)
def test_death_while_a_return_is_kept(world, time_passes, point):
    payment = world.attempt(account="arca")
    world.buyer_pays(payment)
    if point == "delivery.after_work":
        jobs.keep_return(payment_id=payment.pk)
        die_at(point, jobs.sweep)
    else:
        die_at(point, jobs.keep_return, payment_id=payment.pk)
    lookup.sweep()
    time_passes(seconds=21)
    lookup.sweep()
    require_undisturbed(payment.link)


def test_a_return_that_was_kept_needs_no_waiting(world):
    payment = world.attempt()
    world.buyer_pays(payment)
    die_at("delivery.after_store", jobs.keep_return, payment_id=payment.pk)
    lookup.sweep()
    require_undisturbed(payment.link)


@pytest.mark.parametrize(
    ("point", "outcome", "fault", "state"),
    [
        ("hold.after_payment", "pay", "wrong-amount", Payment.State.HELD),
        ("hold.after_ledger", "pay", "wrong-amount", Payment.State.HELD),
        ("hold.after_timeline", "pay", "wrong-amount", Payment.State.HELD),
        ("fail.after_payment", "decline", "", Payment.State.FAILED),
        ("unknown.after_payment", "pay", "fault", Payment.State.UNKNOWN),
    ],
)
def test_death_on_the_other_ways_of_a_settlement(world, sandbox, time_passes, point, outcome, fault, state):
    payment = world.attempt(account="arca")
    world.buyer_pays(payment, outcome)
    if fault == "wrong-amount":
        sandbox.fault(fault, login=world.login_of("arca"), factor=2.0, times=None)
    if fault == "fault":
        sandbox.fault("http-status", login=world.login_of("arca"), operation="lookup", times=None)
    die_at(point, jobs.ask, payment_id=payment.pk)
    time_passes(seconds=21)
    lookup.sweep()
    payment.refresh_from_db()
    assert payment.state == state
    assert OperatorTask.objects.count() == (1 if state == Payment.State.HELD else 0)
    proof.require_clean()


def test_death_while_an_attempt_expires(world, time_passes):
    payment = world.attempt()
    time_passes(seconds=2 * 86400)
    die_at("expire.after_payment", jobs.sweep)
    time_passes(seconds=21)
    lookup.sweep()
    payment.refresh_from_db()
    assert payment.state == Payment.State.EXPIRED
    assert proof.history(payment.student_id)[-1] == "payment_expired"
    proof.require_clean()


@pytest.mark.parametrize("point", ["expire_link.before_save", "expire_link.before_commit"])
def test_death_while_a_link_expires(world, time_passes, point):
    link = world.link(expires_at=clock.now() + dt.timedelta(minutes=5))
    time_passes(seconds=600)
    die_at(point, jobs.expire_links)
    assert jobs.expire_links() == 1
    link.refresh_from_db()
    assert link.state == PaymentLink.State.EXPIRED
    assert proof.history(link.student_id)[-1] == "link_expired"
    proof.require_clean()


def settle_and_die(world, time_passes, account: str, *, after: int) -> None:
    payment = world.attempt(account=account)
    world.buyer_pays(payment)
    assert processes.alone(jobs.ask, die_after=after, payment_id=payment.pk).was_killed
    time_passes(seconds=21)
    lookup.sweep()
    require_undisturbed(payment.link)


@pytest.mark.parametrize("account", ["ameria", pytest.param("arca", marks=pytest.mark.long)])
def test_death_after_every_statement_of_a_look_up_that_pays(world, time_passes, account):
    payment = world.attempt(account=account)
    world.buyer_pays(payment)
    whole = processes.alone(jobs.ask, payment_id=payment.pk)
    assert whole.statements > 10
    for after in range(1, whole.statements + 1):
        settle_and_die(world, time_passes, account, after=after)


@pytest.mark.long
@BANKS
def test_death_after_every_statement_of_an_attempt(world, time_passes, account):
    whole = processes.alone(jobs.start_attempt, link_id=world.link().pk, account_code=account)
    assert whole.statements > 10
    links = [world.link() for _ in range(whole.statements)]
    for after, link in enumerate(links, start=1):
        died = processes.alone(jobs.start_attempt, die_after=after, link_id=link.pk, account_code=account)
        assert died.was_killed
        payment = attempt_after_death(link, account)
        world.buyer_pays(payment)
        lookup.refresh_payment(payment_id=payment.pk, asked_by="return")
    let_lost_attempts_end(time_passes)
    for link in links:
        require_undisturbed(link, lost=link.payments.count() - 1)


@pytest.mark.long
def test_death_after_every_statement_of_a_new_link(world):
    whole = processes.alone(jobs.make_link, installment_id=world.installment(world.invoice()).pk)
    assert whole.statements > 5
    for after in range(1, whole.statements + 1):
        installment = world.installment(world.invoice())
        died = processes.alone(jobs.make_link, die_after=after, installment_id=installment.pk)
        assert died.was_killed
        link = link_of(installment)
        world.paid(link)
        require_undisturbed(link)
