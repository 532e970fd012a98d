"""What the CRM and the LMS say, damaged at random: exactly the damage is found, whichever accounts and numbers are involved."""

import datetime as dt
import io

import hypothesis
import pytest
from django.db import transaction
from hypothesis import strategies

from billing.models import MerchantAccount
from reconciliation import loading, profiles, runs
from students import timeline
from students.models import Student
from tests.reconciliation.months import open_breaks, stand_at, this_month

pytestmark = pytest.mark.django_db

IN_CRM = ["agrees", "dropped", "open", "amount", "currency", "twice", "stranger"]
IN_LMS = ["agrees", "dropped", "closed", "twice", "stranger", "unpaid open"]


@pytest.fixture
def payments(world, shift_clock):
    """Six payments of two banks that count from the same number, so that each number was given out twice."""
    stand_at(shift_clock, this_month().start + dt.timedelta(days=10))
    ameria, arca = world.accounts["ameria"], world.accounts["arca"]
    MerchantAccount.objects.filter(pk=arca.pk).update(
        order_number_first=ameria.order_number_first,
        order_number_last=ameria.order_number_last,
        next_order_number=ameria.order_number_first,
    )
    paid = [world.paid(account=code) for _ in range(3) for code in ("ameria", "arca")]
    assert len({payment.order_number for payment in paid}) == 3
    for payment in paid:
        Student.objects.filter(pk=payment.student_id).update(
            crm_id=f"C-{payment.student_id}", lms_id=f"L-{payment.student_id}"
        )
    profiles.save_profile(
        side="crm",
        columns={
            "order_number": "Order",
            "student": "Student",
            "amount": "Sum",
            "currency": "Currency",
            "status": "Stage",
        },
        words={"status": {"won": "done", "open": "not_done"}},
    )
    profiles.save_profile(
        side="lms",
        columns={"student": "User", "course": "Course", "status": "State"},
        words={"status": {"active": "done", "suspended": "not_done"}},
        ids="ours",
    )
    return paid, world.attempt()


def give(side, heading, rows):
    text = "".join(f"{line}\n" for line in [heading, *rows])
    loading.load_file(
        side=side,
        month=this_month().first,
        stream=io.BytesIO(text.encode()),
        name=f"{side}.csv",
        actor=timeline.SYSTEM,
    )


def in_crm(payment, damage):
    """Return the CRM's rows for a payment, and the breaks that they must lead to."""

    def line(
        order=payment.order_number,
        student=f"C-{payment.student_id}",
        amount="90000",
        money="AMD",
        stage="won",
    ):
        return f"{order};{student};{amount};{money};{stage}"

    key, unknown = f"payment:{payment.pk}", 900_000_000 + payment.pk
    return {
        "dropped": ([], {("missing_in_crm", key)}),
        "open": ([line(stage="open")], {("missing_in_crm", key)}),
        "amount": ([line(amount="5")], {("amount_mismatch", key)}),
        "currency": ([line(money="USD")], {("currency_mismatch", key)}),
        "twice": ([line(), line()], set()),
        "stranger": ([line(), line(order=unknown)], {("missing_in_ledger", f"crm:{unknown}")}),
    }.get(damage, ([line()], set()))


def in_lms(payment, damage, unpaid):
    """Return the LMS's rows for a payment's course, and the breaks that they must lead to."""
    whom, key = (
        f"{payment.student_id};{payment.course_id}",
        f"access:{payment.student_id}:{payment.course_id}",
    )
    active, stranger = f"{whom};active", f"9{payment.student_id:08};{payment.course_id}"
    return {
        "dropped": ([], {("access_missing", key)}),
        "closed": ([f"{whom};suspended"], {("access_missing", key)}),
        "twice": ([active, active], set()),
        "stranger": (
            [active, f"{stranger};active"],
            {("access_without_money", f"lms:{stranger.replace(';', ':')}")},
        ),
        "unpaid open": (
            [active, f"{unpaid.student_id};{unpaid.course_id};active"],
            {("access_without_money", f"access:{unpaid.student_id}:{unpaid.course_id}")},
        ),
    }.get(damage, ([active], set()))


def damages(kinds):
    return strategies.lists(strategies.sampled_from(kinds), min_size=6, max_size=6)


@hypothesis.settings(max_examples=25, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(
    crm=damages(IN_CRM),
    lms=damages(IN_LMS),
    order=strategies.randoms(use_true_random=False),
)
def test_damage_in_the_school_s_own_systems_is_found_and_nothing_else(payments, crm, lms, order):
    paid, unpaid = payments
    with transaction.atomic():
        for side, heading, told in [
            ("crm", "Order;Student;Sum;Currency;Stage", map(in_crm, paid, crm)),
            ("lms", "User;Course;State", (in_lms(*pair, unpaid) for pair in zip(paid, lms, strict=True))),
        ]:
            rows, expected = ["1;x;1;AMD;open"] if side == "crm" else ["1;1;suspended"], set()
            for theirs, breaks in told:
                rows += theirs
                expected |= breaks
            order.shuffle(rows)
            give(side, heading, rows)
            for _twice in range(2):
                runs.run_month(month=this_month().first, side=side)
                assert set(open_breaks(side=side)) == expected
        transaction.set_rollback(True)


def test_one_number_of_two_accounts_is_told_apart_without_students_too(payments):
    paid, _unpaid = payments
    first, second = paid[0], paid[1]
    assert first.order_number == second.order_number
    others = [f"{payment.order_number};;;;won" for payment in paid[2:]]
    give("crm", "Order;Student;Sum;Currency;Stage", [f"{first.order_number};;;;won", *others])
    runs.run_month(month=this_month().first, side="crm")
    assert [kind for kind, _key in open_breaks()] == ["missing_in_crm"]
    give("crm", "Order;Student;Sum;Currency;Stage", [f"{first.order_number};;;;won"] * 2 + others)
    runs.run_month(month=this_month().first, side="crm")
    assert open_breaks() == []


def test_another_student_than_the_one_who_paid_differs(payments):
    paid, _unpaid = payments
    rows = [f"{payment.order_number};C-{payment.student_id};;;won" for payment in paid[1:]]
    give("crm", "Order;Student;Sum;Currency;Stage", [*rows, f"{paid[0].order_number};C-0;;;won"])
    runs.run_month(month=this_month().first, side="crm")
    assert open_breaks() == [("data_mismatch", f"payment:{paid[0].pk}")]
