"""
`kill -9` at every named point of a refund's way, at both banks.

Afterwards the sweepers run as they would. The bank was asked to move the money at most once, the books agree, and the refund ends
settled if the money moved, or unknown in front of a person if nobody can tell.
"""

import pytest

from access.models import AccessGrant
from billing import lookup
from billing.models import Payment
from common import clock
from refunds import external, mail, tasks
from refunds.models import Refund, RefundRequest
from students.models import OperatorTask, TimelineEvent
from tests import processes
from tests.refunds import jobs, school

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

BANKS = pytest.mark.parametrize("account", ["ameria", "arca"])

NOTHING_ASKED = [
    "refund.before_total",
    "lookup.after_answer",
    "lookup.after_evidence",
    "refund.after_total_before",
    "refund.after_row",
    "refund.after_allocation",
    "refund.after_ledger",
    "refund.before_claim_commit",
]
NOBODY_KNOWS = ["refund.after_claim", "refund.before_question"]
MONEY_MOVED = [
    "refund.after_answer",
    "refund.after_answer_kept",
    "refund.after_total",
    "refund.after_settled_row",
    "refund.after_ledger_back",
    "refund.after_access",
    "refund.before_commit",
    "refund.after_commit",
]


@pytest.fixture
def time_passes(shift_clock):
    passed = 0.0

    def pass_time(*, seconds: float) -> None:
        nonlocal passed
        passed += seconds
        shift_clock(seconds=passed)

    return pass_time


def die_at(point: str, act, **arguments) -> None:
    assert processes.alone(act, crash_at=point, **arguments).was_killed, f"{point} is not on the way"


def sweep(time_passes) -> None:
    for seconds in (121, 121, 600, 3700):
        time_passes(seconds=seconds)
        tasks.take_steps()
    external.find_external()
    mail.tell_students()


def moves(world, account: str) -> int:
    asked = [
        world.sandbox.count(login=world.login_of(account), operation=act) for act in ("refund", "cancel")
    ]
    return sum(int(count) for count in asked)


def require_once(world, payment: Payment, refund: Refund, state: str, back_minor: int) -> None:
    refund.refresh_from_db()
    assert refund.state == state
    assert moves(world, payment.account.code) <= 1
    assert world.sandbox.order(payment.provider_ref)["refunded_minor"] == back_minor
    assert TimelineEvent.objects.filter(kind="refund_sent").count() == 1
    assert TimelineEvent.objects.filter(kind="refund_settled").count() == (state == "settled")
    school.require_clean()


@BANKS
@pytest.mark.parametrize("point", NOTHING_ASKED)
def test_death_before_the_bank_is_asked_costs_a_minute(world, time_passes, account, point):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000, access_decision="end_now")
    die_at(point, jobs.step)
    school.require_clean()
    sweep(time_passes)
    require_once(world, payment, refund, "settled", 4_000_000)
    assert not AccessGrant.objects.filter(withdrawn_at=None).exists()
    assert not OperatorTask.objects.exists()


@BANKS
@pytest.mark.parametrize("point", NOBODY_KNOWS)
def test_death_between_our_row_and_the_bank_is_unknown_and_never_sent_again(
    world, time_passes, account, point
):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000)
    die_at(point, jobs.step)
    school.require_clean()
    sweep(time_passes)
    require_once(world, payment, refund, "unknown", 0)
    assert moves(world, account) == 0
    assert [task.kind for task in OperatorTask.objects.all()] == ["refund_unknown"]


@BANKS
@pytest.mark.parametrize("point", MONEY_MOVED)
def test_death_after_the_money_moved_settles_by_the_total(world, time_passes, account, point):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000, access_decision="end_now")
    die_at(point, jobs.step)
    school.require_clean()
    sweep(time_passes)
    require_once(world, payment, refund, "settled", 4_000_000)
    assert not AccessGrant.objects.filter(withdrawn_at=None).exists()
    assert not OperatorTask.objects.exists()
    assert TimelineEvent.objects.filter(kind="refund_mailed").count() == 1


@BANKS
@pytest.mark.parametrize("point", ["refund.after_lost_answer", "refund.before_lost_commit"])
@pytest.mark.parametrize(
    ("fault", "state", "back_minor"), [("drop-before", "unknown", 0), ("drop-after", "settled", 4_000_000)]
)
def test_death_while_a_lost_answer_is_noted(world, time_passes, account, point, fault, state, back_minor):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000)
    world.sandbox.fault(fault, login=world.login_of(account), operation="refund")
    die_at(point, jobs.step)
    sweep(time_passes)
    require_once(world, payment, refund, state, back_minor)


@BANKS
@pytest.mark.parametrize(
    ("point", "state"),
    [
        ("refund.after_refused_answer", "unknown"),
        ("refund.after_reversal", "unknown"),
        ("refund.after_release", "unknown"),
        ("refund.after_manual_row", "unknown"),
        ("refund.after_refusal", "failed"),
    ],
)
def test_death_while_a_refusal_is_noted_leaves_it_to_a_person(world, time_passes, account, point, state):
    profile = "ameria" if account == "ameria" else "arca-ipay"
    world.sandbox.merchant(world.login_of(account), profile=profile, may_refund=False)
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000)
    die_at(point, jobs.step)
    school.require_clean()
    sweep(time_passes)
    require_once(world, payment, refund, state, 0)
    assert OperatorTask.objects.count() == 1


@BANKS
@pytest.mark.parametrize("point", ["refund.after_refused_answer", "refund.after_cancel_refused"])
def test_death_between_a_refused_cancel_and_the_refund(world, time_passes, account, point):
    profile = "ameria" if account == "ameria" else "arca-ipay"
    world.sandbox.merchant(world.login_of(account), profile=profile, may_reverse=False)
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, prefer_cancel=True)
    die_at(point, jobs.step)
    sweep(time_passes)
    require_once(world, payment, refund, "unknown", 0)


def test_death_while_money_is_reserved_reserves_nothing(world):
    invoice, [payment] = school.paid_invoice(world)
    request = school.ask(invoice)
    manager = school.person("manager")
    die_at("refund.after_reserve", jobs.approve, request_id=request.pk, user_id=manager.pk)
    payment.refresh_from_db()
    assert (payment.refunded_minor, Refund.objects.count()) == (0, 0)
    assert jobs.approve(request_id=request.pk, user_id=manager.pk) == RefundRequest.State.APPROVED
    school.require_clean()


def test_death_while_a_document_is_noted(world):
    world.sandbox.merchant(world.login_of("ameria"), profile="ameria", may_refund=False)
    invoice, _payments = school.paid_invoice(world)
    school.approved(invoice)
    tasks.take_steps()
    refund = Refund.objects.get(channel="manual")
    accountant = school.person("accountant", "accountant")
    facts = {"refund_id": refund.pk, "user_id": accountant.pk, "day": clock.today()}
    for point in ("refund.after_manual_entry", "refund.after_ledger", "refund.after_ledger_back"):
        die_at(point, jobs.enter, **facts)
        school.require_clean()
    assert jobs.enter(**facts) == Refund.State.MANUAL
    school.require_clean()


@BANKS
def test_death_while_a_cabinet_refund_is_recorded(world, account):
    _invoice, [payment] = school.paid_invoice(world, account=account)
    world.sandbox.cabinet_refund(payment.provider_ref, 1_000_000)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator")
    for point in ("refund.after_external_row", "refund.after_ledger", "refund.after_ledger_back"):
        die_at(point, jobs.find_external)
        school.require_clean()
    assert external.find_external() == 1
    assert OperatorTask.objects.count() == 1
    school.require_clean()


def test_death_after_a_mail_tells_again_and_never_not_at_all(world, time_passes):
    invoice, _payments = school.paid_invoice(world)
    school.approved(invoice)
    tasks.take_steps()
    die_at("refund.after_mail", jobs.tell)
    assert mail.tell_students() == 0  # leased
    time_passes(seconds=301)
    assert mail.tell_students() == 1
    assert TimelineEvent.objects.filter(kind="refund_mailed").count() == 1


@pytest.mark.long
@BANKS
@pytest.mark.parametrize("point", ["refund.after_claim", "refund.before_question", *MONEY_MOVED])
def test_death_around_a_cancel_of_the_whole_payment(world, time_passes, account, point):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, prefer_cancel=True)
    die_at(point, jobs.step)
    school.require_clean()
    sweep(time_passes)
    refund.refresh_from_db()
    is_moved = point in MONEY_MOVED
    assert (refund.state, refund.whole) == ("settled" if is_moved else "unknown", True)
    assert world.sandbox.count(login=world.login_of(account), operation="cancel") == is_moved
    assert world.sandbox.count(login=world.login_of(account), operation="refund") == 0
    payment.refresh_from_db()
    assert payment.refunded_minor == payment.captured_minor
    school.require_clean()


@BANKS
def test_death_while_a_person_concludes_changes_nothing(world, time_passes, account):
    invoice, [payment] = school.paid_invoice(world, account=account)
    [refund] = school.approved(invoice, 40_000)
    world.sandbox.fault("drop-before", login=world.login_of(account), operation="refund")
    tasks.take_steps()
    time_passes(seconds=2 * 3600)
    accountant = school.person("accountant", "accountant")
    for point in ("refund.after_reversal", "refund.after_release"):
        die_at(point, jobs.conclude, refund_id=refund.pk, user_id=accountant.pk)
        refund.refresh_from_db()
        assert refund.state == "unknown"
        school.require_clean()
    assert jobs.conclude(refund_id=refund.pk, user_id=accountant.pk) == Refund.State.FAILED
    payment.refresh_from_db()
    assert payment.refunded_minor == 0
    assert not OperatorTask.objects.exclude(state="resolved").exists()
    school.require_clean()
