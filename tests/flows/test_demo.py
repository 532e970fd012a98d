"""The demo school: made by the real verbs, in every state that a school meets, once."""

import datetime as dt
import io
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count

from access.models import AccessGrant, CourseAccess
from billing import check_ledger, unknown
from billing.models import Installment, ManualEntry, MerchantAccount, Payment, PaymentLink, PaymentLookup
from common import clock
from config.backoffice.demo import bank, lists, logins, terms
from courses.models import Course, Enrollment, Group, Lesson
from reconciliation import blockers, closing, loading, profiles, resolutions, runs
from reconciliation.models import Discrepancy, MonthClose, Side
from reconciliation.months import Month
from refunds import settlement
from refunds.models import Refund, RefundRequest
from students import timeline
from students.models import CrmNote, OperatorTask, Student, TimelineEvent
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

ALL_TABLES = (
    Student,
    Course,
    Group,
    Lesson,
    Enrollment,
    PaymentLink,
    Payment,
    PaymentLookup,
    AccessGrant,
    CrmNote,
    OperatorTask,
    TimelineEvent,
)
BASE_URLS = {"ameria": "ameria_base_url", "arca": "arca_base_url", "ineco": "arca_base_url"}


@pytest.fixture
def banks(sandbox, monkeypatch):
    """Secrets of the demo's accounts, with logins of their own at the sandbox."""
    for code in terms.BANKS:
        monkeypatch.setenv(f"{code.upper()}_BASE_URL", getattr(sandbox, BASE_URLS[code]))
        for name in ("CLIENT_ID", "USERNAME", "PASSWORD", "CALLBACK_KEY"):
            monkeypatch.setenv(f"{code.upper()}_{name}", f"demo-{code}-{os.getpid()}-{time.monotonic_ns()}")
    return sandbox


def counts(model, field="state"):
    return dict(model.objects.values_list(field).annotate(Count("pk")))


def sizes():
    return {model.__name__: model.objects.count() for model in ALL_TABLES}


def test_the_demo_school_shows_every_state_and_a_second_load_changes_nothing(banks, capsys):
    call_command("load_demo")
    told = capsys.readouterr().out

    assert counts(Student, "language") == {"hy": 43, "ru": 16, "en": 11}
    assert Course.objects.count() >= 3
    assert Group.objects.count() == 6
    today = clock.today()
    assert Group.objects.filter(ends_on__lt=today).exists()
    assert Group.objects.filter(starts_on__lte=today, ends_on__gte=today).exists()
    assert Group.objects.filter(starts_on__gt=today).exists()
    assert not Group.objects.filter(lessons__isnull=True).exists()
    past = Lesson.objects.filter(starts_at__lt=clock.start_of(today - dt.timedelta(days=2)))
    assert past.exists()
    assert not past.filter(held_at=None).exists()

    assert counts(Payment).keys() >= {"at_provider", "unknown", "verified", "failed", "expired", "held"}
    assert counts(PaymentLink).keys() >= {"active", "paid", "expired", "cancelled"}
    assert counts(Installment).keys() >= {"scheduled", "due", "partly_paid", "paid", "overdue"}
    assert counts(CourseAccess).keys() >= {"open", "grace", "suspended"}
    assert counts(AccessGrant, "kind").keys() >= {"paid", "grace", "manual"}
    assert counts(OperatorTask, "kind").keys() >= {
        "payment_held",
        "manual_review",
        "second_payment",
        "outcome_unknown",
        "overpayment",
        "paid_closed_link",
        "unknown_order",
        "external_refund",
        "refund_unknown",
        "refund_refused",
        "refund_by_transfer",
    }
    assert counts(RefundRequest).keys() == {"requested", "approved"}
    assert counts(Refund).keys() >= {"settled", "unknown", "failed", "manual", "external", "approved"}
    assert ManualEntry.objects.exclude(scan=b"").count() == ManualEntry.objects.count() >= 4
    ending = AccessGrant.objects.filter(kind="manual", closes_at__gt=clock.now())
    assert ending.filter(closes_at__lte=clock.end_of(today + dt.timedelta(days=1))).exists()
    assert counts(Payment, "account__code").keys() == {"ameria", "arca", "ineco", "cash", "transfer"}
    assert counts(PaymentLookup, "asked_by").keys() >= {"return", "sweeper", "operator"}
    late = TimelineEvent.objects.filter(kind="link_paid", data__late=True)
    assert late.exists()
    assert CrmNote.objects.exists()
    assert Enrollment.objects.filter(state=Enrollment.State.ENDED).exists()
    assert check_ledger.problems() == []
    assert_history_is_in_order()

    for role in logins.PEOPLE:
        user = authenticate(username=role, password=logins.PASSWORD)
        assert user is not None
        assert user.groups.get().name == role
        assert role in told
    assert told.count("/pay/") == 3

    before, began = sizes(), time.monotonic()
    call_command("load_demo")
    assert time.monotonic() - began < 1
    assert sizes() == before
    assert capsys.readouterr().out == told


def test_the_month_before_can_be_reconciled_with_the_files_that_lie_ready(banks):
    call_command("load_demo")
    month = Month.of_day(clock.today()).before
    accountant = timeline.Actor.person(get_user_model().objects.get(username="accountant"))
    for account in MerchantAccount.objects.filter(code__in=terms.BANKS):
        content = bank.sandbox().statement(account, month.first)
        give(Side.PROVIDER, content, accountant, account=account)
        runs.run_month(month=month.first, side=Side.PROVIDER, account=account)
    profiles.save_profile(
        side=Side.CRM,
        columns={"order_number": "Order", "student": "Student", "amount": "Amount", "status": "Stage"},
        words={"status": {"won": "done"}},
    )
    profiles.save_profile(
        side=Side.LMS,
        columns={"student": "User", "course": "Course", "status": "Status"},
        words={"status": {"active": "done", "suspended": "not_done"}},
    )
    for side in (Side.CRM, Side.LMS):
        content = (lists.folder() / f"{side}-{month}.csv").read_bytes()
        as_of = month.stop - dt.timedelta(minutes=1)
        give(side, content, accountant, month=month.first, taken_at=as_of)
        runs.run_month(month=month.first, side=side)
    found = Discrepancy.objects.filter(month=month.first, state=Discrepancy.State.OPEN)
    # In the first days of a month, what waits at the desk lies in the month before as well.
    assert set(found.values_list("side", "kind")) >= {
        ("crm", "amount_mismatch"),
        ("crm", "missing_in_crm"),
        ("lms", "access_missing"),
        ("lms", "access_without_money"),
        ("provider", "missing_in_ledger"),
        ("provider", "refund_drift"),
        ("provider", "status_mismatch"),
    }
    assert not found.filter(kind="missing_at_provider").exists()
    settle(found, accountant)
    by = get_user_model().objects.get(username="accountant")
    assert MonthClose.objects.get(month=month.before.first).state == MonthClose.State.CLOSED
    assert [str(blocker) for blocker in blockers.blockers(month.first)] == []
    closing.start_review(month=month.first, by=by)
    assert closing.close_month(month=month.first, by=by).state == MonthClose.State.CLOSED
    assert check_ledger.problems() == []


def settle(found, actor):
    """Decide about every break as an accountant does: ask the bank where that helps, else answer for it."""
    for item in found:
        asks = {"refund_drift", "status_mismatch"}
        for code in ("ask_provider", "accept") if item.kind in asks else ("accept",):
            item.refresh_from_db()
            if item.state == Discrepancy.State.OPEN:
                resolutions.resolve_discrepancy(
                    discrepancy_id=item.pk, code=code, reason="looked at it", actor=actor
                )
    # In the first days of a month, these lie in the month before too.
    for payment in Payment.objects.filter(state=Payment.State.UNKNOWN):
        unknown.declare_not_paid(payment_id=payment.pk, reason="not in the cabinet", actor=actor)
    for refund in Refund.objects.filter(state=Refund.State.UNKNOWN):
        person = get_user_model().objects.get(pk=actor.user_id)
        settlement.conclude_refund(refund_id=refund.pk, by=person, reason="not in the cabinet")


def give(side, content, actor, **scope):
    loaded = loading.load_file(
        side=side, stream=io.BytesIO(content), name=f"{side}.csv", actor=actor, **scope
    )
    assert loaded.file.rows_bad == 0
    assert loaded.file.rows_new > 0


def assert_history_is_in_order():
    """Nothing happened in the future, and each student's story runs forwards."""
    assert not TimelineEvent.objects.filter(at__gt=clock.now()).exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT at - lag(at) OVER (PARTITION BY student_id ORDER BY id) AS step"
            " FROM students_timelineevent) steps WHERE step < interval '0'"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.long
def test_a_load_that_was_killed_is_completed_without_doubles(banks):
    for students in (3, 30):
        loading = load_in_a_process()
        while Student.objects.count() < students:
            assert loading.poll() is None
            time.sleep(0.05)
        loading.send_signal(signal.SIGKILL)
        loading.communicate()
        assert not logins.are_open()
    assert load_in_a_process().wait() == 0

    assert Student.objects.count() == 70
    assert Enrollment.objects.count() == 70
    assert CrmNote.objects.values("student", "text").distinct().count() == CrmNote.objects.count()
    assert counts(Payment).keys() >= {"at_provider", "unknown", "verified", "failed", "expired", "held"}
    assert counts(Refund).keys() >= {"settled", "unknown", "failed", "manual", "external", "approved"}
    assert Refund.objects.filter(state="unknown").count() == 1
    assert check_ledger.problems() == []
    assert logins.are_open()


def load_in_a_process():
    return subprocess.Popen(
        [sys.executable, "manage.py", "load_demo"], cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL
    )


@pytest.mark.parametrize("command", ["load_demo", "demo_payment"])
def test_production_keeps_the_demo_away(settings, command):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="MUTQ_ENV=production keeps it away"):
        call_command(command)
    assert not get_user_model().objects.exists()


def test_a_real_bank_is_never_met(monkeypatch):
    monkeypatch.setenv("AMERIA_BASE_URL", "http://127.0.0.1:9/VPOS/")
    with pytest.raises(CommandError, match="no sandbox"):
        call_command("load_demo")
    assert not Student.objects.exists()


def test_the_check_of_the_books_says_that_they_agree(banks, sandbox, capsys):
    World(sandbox).paid()
    call_command("check_ledger")
    assert "agree" in capsys.readouterr().out


def test_the_check_of_the_books_names_each_contradiction_and_fails(monkeypatch, capsys):
    problem = check_ledger.Problem(check="every transaction sums to zero", subject="ledger 7", facts=(1,))
    monkeypatch.setattr(check_ledger, "problems", lambda: [problem])
    with pytest.raises(SystemExit) as ended:
        call_command("check_ledger")
    assert ended.value.code == 1
    assert "ledger 7" in capsys.readouterr().out


@pytest.mark.long
def test_make_demo_opens_a_course_by_rule():
    foreign = ("DATABASE_", "MUTQ_", "SECRET_KEY", "PUBLIC_URL", "LANGUAGE_CODE", "PYTEST_", "STATIC_ROOT")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    done = subprocess.run(
        [sys.executable, "-m", "config.local.demo"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("The course stays closed", "open, on the ground: paid", "Payment verified: 30,000"):
        assert words in done.stdout
