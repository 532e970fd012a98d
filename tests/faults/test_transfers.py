"""A transfer twice at once, beside a payment, for the last place, and killed on its way: whole or not at all."""

import pytest

from billing import balances
from billing.models import Allocation, Payment, TransferSettlement
from courses.models import Enrollment, Transfer
from tests import processes
from tests.billing.moving_school import group, student_who_paid
from tests.faults import jobs, proof
from tests.processes import Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

POINTS = [
    "transfer.after_questions",
    "transfer.after_enrollment",
    "transfer.after_links",
    "transfer.after_invoice",
    "transfer.after_minus",
    "transfer.after_plus",
    "transfer.after_books",
    "transfer.after_access",
    "transfer.before_commit",
]


def facts(invoice, target):
    return {"enrollment_id": invoice.enrollment_id, "group_id": target.pk}


def money_of(student_id):
    rows = Allocation.objects.filter(installment__invoice__student_id=student_id)
    standing = sum(rows.values_list("amount_minor", flat=True))
    return standing + sum(left for _payment, left in balances.credits_of(student_id=student_id))


def test_two_at_once_move_once(world):
    invoice = student_who_paid(world)
    targets = [group(world), group(world)]
    outcomes = processes.together([Job(act=jobs.transfer, arguments=facts(invoice, t)) for t in targets] * 2)
    assert sum(not outcome.error for outcome in outcomes) == 1
    assert all("TransferRefused" in outcome.error for outcome in outcomes if outcome.error)
    assert (Transfer.objects.count(), TransferSettlement.objects.count()) == (1, 1)
    assert money_of(invoice.student_id) == 3_000_000
    proof.require_clean()


def test_two_students_do_not_share_the_last_place(world):
    invoices = [student_who_paid(world), student_who_paid(world)]
    target = group(world, capacity=1)
    outcomes = processes.together([Job(act=jobs.transfer, arguments=facts(i, target)) for i in invoices])
    assert sum("EnrollmentRefused" in outcome.error for outcome in outcomes) == 1
    assert Enrollment.objects.filter(group=target).count() == 1
    proof.require_clean()


def test_a_payment_of_the_old_link_at_the_same_moment_is_never_lost(world):
    for _try in range(3):
        invoice, target = student_who_paid(world), group(world)
        payment = world.attempt(world.link(invoice, number=2))
        world.buyer_pays(payment)
        processes.values(
            processes.together(
                [
                    Job(act=jobs.transfer, arguments=facts(invoice, target)),
                    Job(act=jobs.ask, arguments={"payment_id": payment.pk}),
                ]
            )
        )
        payment.refresh_from_db()
        assert payment.state == Payment.State.VERIFIED
        assert money_of(invoice.student_id) == 6_000_000
        proof.require_clean()


@pytest.mark.parametrize("point", POINTS)
def test_death_on_the_way_moves_nothing_and_the_next_try_moves_all(world, point):
    invoice, target = student_who_paid(world), group(world)
    before = proof.history(invoice.student_id)
    assert processes.alone(jobs.transfer, crash_at=point, **facts(invoice, target)).was_killed
    assert proof.history(invoice.student_id) == before
    assert not Transfer.objects.exists()
    proof.require_clean()
    jobs.transfer(**facts(invoice, target))
    assert money_of(invoice.student_id) == 3_000_000
    proof.require_clean()


def test_death_after_the_commit_leaves_the_whole_transfer(world):
    invoice, target = student_who_paid(world), group(world)
    assert processes.alone(
        jobs.transfer, crash_at="transfer.after_commit", **facts(invoice, target)
    ).was_killed
    assert TransferSettlement.objects.get().carried_minor == 1_000_000
    proof.require_clean()


def test_death_after_every_statement_moves_nothing(world):
    invoice, target = student_who_paid(world), group(world)
    statement, killed = 0, True
    while killed:
        statement += 5
        killed = processes.alone(jobs.transfer, die_after=statement, **facts(invoice, target)).was_killed
        assert Transfer.objects.count() == TransferSettlement.objects.count()
        assert money_of(invoice.student_id) == 3_000_000
        proof.require_clean()
        killed = killed and not Transfer.objects.exists()
    assert Transfer.objects.count() == 1
