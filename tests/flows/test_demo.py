"""The demo school: made by the real verbs, in every state that a school meets, once."""

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
from billing import check_ledger
from billing.models import Installment, Payment, PaymentLink, PaymentLookup
from common import clock
from config.backoffice.demo import logins, terms
from courses.models import Course, Enrollment, Group, Lesson
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
        for name in ("CLIENT_ID", "USERNAME", "PASSWORD"):
            monkeypatch.setenv(f"{code.upper()}_{name}", f"demo-{code}-{os.getpid()}-{time.monotonic_ns()}")
    return sandbox


def counts(model, field="state"):
    return dict(model.objects.values_list(field).annotate(Count("pk")))


def sizes():
    return {model.__name__: model.objects.count() for model in ALL_TABLES}


def test_the_demo_school_shows_every_state_and_a_second_load_changes_nothing(banks, capsys):
    call_command("load_demo")
    told = capsys.readouterr().out

    assert counts(Student, "language") == {"hy": 36, "ru": 14, "en": 10}
    assert Course.objects.count() >= 3
    assert Group.objects.count() == 6
    today = clock.today()
    assert Group.objects.filter(ends_on__lt=today).exists()
    assert Group.objects.filter(starts_on__lte=today, ends_on__gte=today).exists()
    assert Group.objects.filter(starts_on__gt=today).exists()
    assert not Group.objects.filter(lessons__isnull=True).exists()

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
    }
    assert counts(Payment, "account__code").keys() == {"ameria", "arca", "ineco"}
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

    assert Student.objects.count() == 60
    assert Enrollment.objects.count() == 60
    assert CrmNote.objects.values("student", "text").distinct().count() == CrmNote.objects.count()
    assert counts(Payment).keys() >= {"at_provider", "unknown", "verified", "failed", "expired", "held"}
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
