"""A pause twice at once, beside a payment and a transfer, and killed on its way: whole or not at all."""

import pytest

from access import why
from access.models import AccessGrant
from billing.models import Installment, Payment
from courses.models import Enrollment, Pause, Transfer
from tests import processes
from tests.billing.moving_school import group
from tests.billing.pausing_school import pause, student_who_paid
from tests.faults import jobs, proof
from tests.processes import Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

POINTS = ["pause.after_pause", "pause.after_schedule", "pause.after_access", "pause.before_commit"]


def facts(invoice, first=5, last=14):
    return {"enrollment_id": invoice.enrollment_id, "first": first, "last": last}


def standing(invoice):
    """Return everything that a pause moves."""
    return (
        list(Enrollment.objects.filter(pk=invoice.enrollment_id).values_list("period_to", "state")),
        list(
            Installment.objects.filter(invoice=invoice)
            .order_by("number")
            .values_list("period_from", "period_to", "due_date", "grace_date", "state")
        ),
        set(
            AccessGrant.objects.filter(student_id=invoice.student_id, withdrawn_at__isnull=True).values_list(
                "source", "opens_at", "closes_at"
            )
        ),
    )


def test_two_at_once_pause_once(world):
    invoice = student_who_paid(world)
    outcomes = processes.together([Job(act=jobs.pause, arguments=facts(invoice))] * 4)
    assert sum(not outcome.error for outcome in outcomes) == 1
    assert all("PauseRefused" in outcome.error for outcome in outcomes if outcome.error)
    assert Pause.objects.count() == 1
    proof.require_clean()


def test_a_payment_at_the_same_moment_opens_the_same_days_whoever_comes_first(world):
    ends = set()
    for _try in range(3):
        invoice = student_who_paid(world)
        payment = world.attempt(world.link(invoice, number=2))
        world.buyer_pays(payment)
        processes.values(
            processes.together(
                [
                    Job(act=jobs.pause, arguments=facts(invoice)),
                    Job(act=jobs.ask, arguments={"payment_id": payment.pk}),
                ]
            )
        )
        payment.refresh_from_db()
        assert payment.state == Payment.State.VERIFIED
        course = invoice.enrollment.group.course_id
        at = world.installment(invoice, 2).period_to
        ends.add((why.explain(student_id=invoice.student_id, course_id=course).state, at))
        [closes] = AccessGrant.objects.filter(
            source=f"installment:{world.installment(invoice, 2).pk}:paid", withdrawn_at__isnull=True
        ).values_list("closes_at", flat=True)
        assert (closes.astimezone().date() - at).days in (0, 1)
        proof.require_clean()
    assert len(ends) == 1


def test_a_transfer_at_the_same_moment_and_a_pause_exclude_each_other(world):
    invoice = student_who_paid(world)
    target = group(world)
    outcomes = processes.together(
        [
            Job(act=jobs.pause, arguments=facts(invoice)),
            Job(
                act=jobs.transfer,
                arguments={"enrollment_id": invoice.enrollment_id, "group_id": target.pk},
            ),
        ]
    )
    assert sum(not outcome.error for outcome in outcomes) == 1
    assert Pause.objects.count() + Transfer.objects.count() == 1
    proof.require_clean()


@pytest.mark.parametrize("point", POINTS)
def test_death_on_the_way_moves_nothing_and_the_next_try_moves_all(world, point):
    invoice = student_who_paid(world)
    before = standing(invoice)
    assert processes.alone(jobs.pause, crash_at=point, **facts(invoice)).was_killed
    assert standing(invoice) == before
    assert not Pause.objects.exists()
    jobs.pause(**facts(invoice))
    assert standing(invoice) != before
    proof.require_clean()


@pytest.mark.parametrize("point", POINTS)
def test_death_while_a_pause_is_cancelled_leaves_it_whole(world, point):
    invoice = student_who_paid(world)
    before = standing(invoice)
    made = pause(invoice, 5, 14)
    paused = standing(invoice)
    assert processes.alone(jobs.cancel_pause, crash_at=point, pause_id=made.pk).was_killed
    assert standing(invoice) == paused
    jobs.cancel_pause(pause_id=made.pk)
    assert standing(invoice) == before
    proof.require_clean()


def test_two_that_follow_the_calendar_write_it_down_once(world, shift_clock):
    invoices = [student_who_paid(world) for _number in range(3)]
    for invoice in invoices:
        pause(invoice, 1, 5)
    shift_clock(seconds=86_400)
    moved = processes.values(processes.together([Job(act=jobs.follow_pauses, arguments={})] * 3))
    assert sum(moved) == 3
    assert set(Enrollment.objects.values_list("state", flat=True)) == {"paused"}
