"""What the CRM and the LMS say of a month, with our ids or theirs (B9)."""

import datetime as dt
import io

import pytest

from access import by_hand
from billing import lookup
from common import clock
from reconciliation import loading, profiles, runs
from reconciliation.models import Discrepancy, SourceFile
from reconciliation.sources.refusals import FileRefused
from students import timeline
from students.models import Student
from tests.reconciliation.months import open_breaks, this_month

pytestmark = pytest.mark.django_db


def give(side, text, **facts):
    return loading.load_file(
        side=side,
        month=this_month().first,
        stream=io.BytesIO(text.encode()),
        name=f"{side}.csv",
        actor=timeline.SYSTEM,
        **facts,
    ).file


@pytest.fixture
def crm(world):
    profiles.save_profile(
        side="crm",
        columns={
            "order_number": "Order",
            "reference": "Deal",
            "student": "Student",
            "amount": "Sum",
            "status": "Stage",
        },
        words={"status": {"won": "done", "open": "not_done"}},
    )
    return world


@pytest.fixture
def lms(world):
    profiles.save_profile(
        side="lms",
        columns={"student": "User", "course": "Course", "status": "State"},
        words={"status": {"active": "done", "suspended": "not_done"}},
        ids="ours",
    )
    return world


def test_the_crm_agrees_by_order_or_by_deal(crm):
    first = crm.paid()
    second = crm.paid(crm.link(crm_deal_id="D-7"))
    give("crm", f"Order;Deal;Student;Sum;Stage\n{first.order_number};;;90000;won\n;D-7;;;won\n")
    run = runs.run_month(month=this_month().first, side="crm")
    assert (run.has_source, run.summary["breaks"]) == (True, {})
    assert second.link.crm_deal_id == "D-7"


def test_what_the_crm_does_not_know_or_knows_otherwise_is_a_break(crm):
    missing, other_sum, other_student, open_there = (crm.paid() for _ in range(4))
    unpaid = crm.attempt()
    Student.objects.filter(pk=other_student.student_id).update(crm_id="C-1")
    give(
        "crm",
        "Order;Deal;Student;Sum;Stage\n"
        f"{other_sum.order_number};;;5;won\n"
        f"{other_student.order_number};;C-2;90000;won\n"
        f"{open_there.order_number};;;90000;open\n"
        f"{unpaid.order_number};;;90000;won\n"
        "77;;;90000;won\n",
    )
    runs.run_month(month=this_month().first, side="crm")
    assert open_breaks() == sorted(
        [
            ("amount_mismatch", f"payment:{other_sum.pk}"),
            ("data_mismatch", f"payment:{other_student.pk}"),
            ("missing_in_crm", f"payment:{missing.pk}"),
            ("missing_in_crm", f"payment:{open_there.pk}"),
            ("missing_in_ledger", "crm:77"),
            ("status_mismatch", f"crm:{unpaid.order_number}"),
        ]
    )
    assert set(Discrepancy.objects.filter(payment=missing).values_list("account", "student")) == {
        (missing.account_id, missing.student_id)
    }


def test_a_newer_list_closes_what_the_one_before_lacked(crm):
    payment = crm.paid()
    give("crm", "Order;Deal;Student;Sum;Stage\n77;;;5;open\n")
    runs.run_month(month=this_month().first, side="crm")
    assert [kind for kind, _key in open_breaks()] == ["missing_in_crm"]
    file = give("crm", f"Order;Deal;Student;Sum;Stage\n{payment.order_number};;;90000;won\n")
    (run,) = runs.run_after_file(file=file)
    assert run.summary["breaks"] == {}
    assert SourceFile.objects.count() == 2


def test_a_list_needs_its_month(crm):
    with pytest.raises(FileRefused):
        loading.load_file(side="crm", stream=io.BytesIO(b"a"), name="a", actor=timeline.SYSTEM)


def test_the_lms_is_compared_with_the_grounds_for_access(lms, django_user_model):
    user = django_user_model.objects.create_user("manager")
    agrees, closed_there, absent = (lms.paid() for _ in range(3))
    guest = lms.invoice()
    by_hand.open_by_hand(
        student_id=guest.student_id,
        course_id=guest.enrollment.group.course_id,
        until=clock.today() + dt.timedelta(days=5),
        reason="guest",
        actor=timeline.Actor.person(user),
    )
    unpaid = lms.attempt()
    give(
        "lms",
        "User;Course;State\n"
        f"{agrees.student_id};{agrees.course_id};active\n"
        f"{closed_there.student_id};{closed_there.course_id};suspended\n"
        f"{guest.student_id};{guest.enrollment.group.course_id};active\n"
        f"{unpaid.student_id};{unpaid.course_id};active\n"
        "999999;5;active\n",
    )
    runs.run_month(month=this_month().first, side="lms")
    assert open_breaks() == sorted(
        [
            ("access_missing", f"access:{closed_there.student_id}:{closed_there.course_id}"),
            ("access_missing", f"access:{absent.student_id}:{absent.course_id}"),
            ("access_without_money", f"access:{unpaid.student_id}:{unpaid.course_id}"),
            ("access_without_money", "lms:999999:5"),
        ]
    )
    lms.buyer_pays(unpaid)
    lookup.refresh_payment(payment_id=unpaid.pk, asked_by="test")
    SourceFile.objects.update(taken_at=clock.now())
    runs.run_nightly()
    assert ("access_without_money", f"access:{unpaid.student_id}:{unpaid.course_id}") not in open_breaks()
