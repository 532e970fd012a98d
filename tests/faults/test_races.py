"""The same payment from everywhere at once: one effect, and a lock that is shown to be what makes it so."""

import datetime as dt

import pytest

from access.models import AccessGrant
from billing import balances, check_ledger, lookup
from billing.models import Installment, Payment, PaymentLink
from common import clock
from students.models import OperatorTask
from tests import processes
from tests.faults import invariants, jobs, proof
from tests.processes import Job

pytestmark = pytest.mark.django_db(transaction=True)

BANKS = pytest.mark.parametrize("account", ["ameria", "arca"])


@pytest.fixture
def calm(world) -> list[str]:
    """The history of a student whose payment nothing disturbed."""
    return proof.history(world.paid().student_id)


def test_the_same_answer_fifty_times_from_sixteen_processes(world, calm):
    payment = world.attempt()
    report = proof.paid_report(payment)
    job = Job(act=jobs.settle, arguments={"payment_id": payment.pk, "report": report, "times": 50})
    processes.values(processes.together([job] * 16))
    assert proof.history(payment.student_id) == calm
    assert AccessGrant.objects.filter(student=payment.student_id).count() == 1
    proof.require_clean()


@BANKS
def test_every_door_at_once_settles_one_payment_once(world, calm, account):
    payment = world.attempt(account=account)
    world.buyer_pays(payment)
    one = {"payment_id": payment.pk}
    doors = [
        Job(act=jobs.ask_as_callback, arguments=one),
        Job(act=jobs.keep_return, arguments=one),
        Job(act=jobs.ask, arguments={**one, "asked_by": "return"}),
        Job(act=jobs.sweep_for, arguments={"seconds": 0.5}),
        Job(act=jobs.ask, arguments={**one, "asked_by": "operator"}),
        Job(act=jobs.beat),
        Job(act=jobs.beat),
    ]
    processes.values(processes.together(doors))
    assert proof.history(payment.student_id) == calm
    proof.require_paid_once(payment.link)


def test_two_payments_of_one_link_at_once_keep_both_sums_and_open_once(world):
    link = world.link()
    both = [world.attempt(link, "ameria"), world.attempt(link, "arca")]
    for payment in both:
        world.buyer_pays(payment)
    processes.values(
        processes.together([Job(act=jobs.ask, arguments={"payment_id": payment.pk}) for payment in both] * 4)
    )
    for payment in both:
        payment.refresh_from_db()
        assert payment.state == Payment.State.VERIFIED
    assert (
        sum(left for _payment, left in balances.credits_of(student_id=link.student_id)) == link.amount_minor
    )
    assert AccessGrant.objects.count() == 1
    assert [task.kind for task in OperatorTask.objects.all()] == ["second_payment"]
    proof.require_clean()


def test_links_of_two_installments_paid_at_once_each_pay_their_own(world):
    invoice = world.invoice(plan="three-parts")
    both = [world.attempt(world.link(invoice, number=number)) for number in (1, 2)]
    for payment in both:
        world.buyer_pays(payment)
    processes.values(
        processes.together([Job(act=jobs.ask, arguments={"payment_id": payment.pk}) for payment in both] * 3)
    )
    states = list(invoice.installments.order_by("number").values_list("state", flat=True))
    assert states[:2] == [Installment.State.PAID] * 2
    proof.require_clean()


def test_two_links_asked_for_at_once_are_one(world):
    installment = world.installment(world.invoice())
    made = processes.together([Job(act=jobs.make_link, arguments={"installment_id": installment.pk})] * 4)
    assert len([outcome for outcome in made if not outcome.error]) == 1
    assert all("ActiveLinkExists" in outcome.error for outcome in made if outcome.error)
    assert PaymentLink.objects.count() == 1


def test_two_sweepers_at_once_ask_each_payment_once(world, sandbox, shift_clock):
    payments = [world.attempt() for _ in range(6)]
    sandbox.fault("slow", login=world.login_of("ameria"), operation="lookup", seconds=0.3, times=None)
    shift_clock(seconds=25)
    asked = processes.values(processes.together([Job(act=jobs.sweep)] * 2))
    assert sum(asked) == len(payments)
    assert sorted(Payment.objects.values_list("lookups", flat=True)) == [1] * len(payments)


@pytest.mark.parametrize("first", ["success", "expiry"])
def test_expiry_and_success_in_either_order_end_paid(world, shift_clock, first):
    link = world.link(expires_at=clock.now() + dt.timedelta(minutes=5))
    payment = world.attempt(link)
    world.buyer_pays(payment)
    shift_clock(seconds=600)
    acts = [lambda: jobs.ask(payment_id=payment.pk), jobs.expire_links]
    for act in acts if first == "success" else acts[::-1]:
        act()
    proof.require_paid_once(link)


def test_expiry_and_success_at_once_end_paid(world, shift_clock):
    links = [world.link(expires_at=clock.now() + dt.timedelta(minutes=5)) for _ in range(4)]
    payments = [world.attempt(link) for link in links]
    for payment in payments:
        world.buyer_pays(payment)
    shift_clock(seconds=600)
    asking = [Job(act=jobs.ask, arguments={"payment_id": payment.pk}) for payment in payments]
    processes.values(processes.together([*asking, *[Job(act=jobs.expire_links)] * 2]))
    for link in links:
        link.refresh_from_db()
        assert link.state == PaymentLink.State.PAID
        assert "link_expired" not in proof.history(link.student_id)
    proof.require_clean()


def test_cancelling_and_success_at_once_keep_the_money(world):
    links = [world.link() for _ in range(4)]
    payments = [world.attempt(link) for link in links]
    for payment in payments:
        world.buyer_pays(payment)
    asking = [Job(act=jobs.ask, arguments={"payment_id": payment.pk}) for payment in payments]
    cancelling = [Job(act=jobs.cancel_link, arguments={"link_id": link.pk}) for link in links]
    for outcome in processes.together([*asking, *cancelling]):
        assert not outcome.error or "LinkRefused" in outcome.error  # it was paid first, and says so
    for link in links:
        link.refresh_from_db()
        assert link.state == PaymentLink.State.PAID
    proof.require_clean()


def test_two_students_clicking_pay_at_once_get_orders_of_their_own(world):
    links = [world.link() for _ in range(6)]
    started = processes.values(
        processes.together(
            [
                Job(act=jobs.start_attempt, arguments={"link_id": link.pk, "account_code": "arca"})
                for link in links
            ]
        )
    )
    numbers = Payment.objects.filter(pk__in=started).values_list("order_number", flat=True)
    assert len(set(numbers)) == len(links)


def settle_at_once(world, *, without_lock: bool) -> list[processes.Outcome]:
    """Settle two payments of each of several links at the same moment, from a process each."""
    links = [world.link() for _ in range(4)]
    first = [world.attempt(link, "ameria") for link in links]
    second = [world.attempt(link, "arca") for link in links]
    jobs_at_once = [
        Job(
            act=jobs.settle_each,
            arguments={
                "payment_ids": [payment.pk for payment in payments],
                "reports": [proof.paid_report(payment) for payment in payments],
            },
            without_lock=without_lock,
        )
        for payments in (first, second, first, second)
    ]
    return processes.together(jobs_at_once)


def test_the_lock_settles_this_race(world):
    processes.values(settle_at_once(world, without_lock=False))
    proof.require_clean()


def test_without_the_lock_this_race_shows_its_fault(world):
    """A control: were the lock of no use, the test above would prove nothing."""
    assert any(shows_a_fault(settle_at_once(world, without_lock=True)) for _try in range(5))


def test_without_the_lock_the_same_answer_from_many_processes_shows_its_fault(world):
    """The control of the first test of this file."""

    def settle_the_same() -> list[processes.Outcome]:
        payment = world.attempt()
        facts = {"payment_id": payment.pk, "report": proof.paid_report(payment), "times": 5}
        return processes.together([Job(act=jobs.settle, arguments=facts, without_lock=True)] * 8)

    assert any(shows_a_fault(settle_the_same()) for _try in range(5))


def shows_a_fault(outcomes: list[processes.Outcome]) -> bool:
    return any(outcome.error for outcome in outcomes) or bool(check_ledger.problems() or invariants.broken())


def test_a_callback_flood_through_the_verb_asks_once(world, sandbox):
    payment = world.attempt()
    job = Job(act=jobs.ask_as_callback, arguments={"payment_id": payment.pk})
    processes.values(processes.together([job] * 8))
    payment.refresh_from_db()
    assert payment.lookups == 1


def test_asking_again_after_success_makes_no_difference(world, calm):
    payment = world.paid()
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator")
    assert proof.history(payment.student_id) == calm


def test_a_link_that_cannot_be_expired_does_not_hold_up_the_others(world, monkeypatch, shift_clock):
    expired = [world.link(expires_at=clock.now() + dt.timedelta(minutes=5)) for _ in range(3)]
    shift_clock(seconds=600)
    refresh = lookup.refresh_open_attempts

    def refuse_one(*, link_id: int, asked_by: str) -> None:
        if link_id == expired[0].pk:
            raise LookupError("this one cannot be asked about")
        refresh(link_id=link_id, asked_by=asked_by)

    monkeypatch.setattr(lookup, "refresh_open_attempts", refuse_one)
    with pytest.raises(ExceptionGroup):
        jobs.expire_links()
    assert PaymentLink.objects.filter(state=PaymentLink.State.EXPIRED).count() == 2
