"""What the clock starts: nights, the month before, and the accountants' mail."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.core import mail

from reconciliation import schedule, tasks
from reconciliation.models import Run, SourceFile
from tests.reconciliation.months import as_file, row_of, stand_at, this_month
from tests.reconciliation.statements import load, profile_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def accountant(django_user_model):
    user = django_user_model.objects.create_user("accountant", email="accountant@example.am")
    user.user_permissions.add(Permission.objects.get(codename="start_run"))
    return user


@pytest.fixture
def month(world, shift_clock):
    """A month with one payment that the statement names with another amount; the clock stands at the next one's first minute."""
    month, account = this_month(), world.accounts["arca"]
    profile_of(account)
    stand_at(shift_clock, month.start + dt.timedelta(days=10))
    payment = world.paid(account="arca")
    stand_at(shift_clock, month.stop + dt.timedelta(minutes=1))
    load(account, as_file([row_of(payment, Amount="1")]))
    return month


def test_the_month_before_is_compared_on_the_first_day_once(month, shift_clock, accountant):
    assert schedule.run_what_is_due() == []  # it is not night yet: banks have not dated yesterday
    stand_at(shift_clock, month.stop + dt.timedelta(hours=4))
    assert tasks.reconcile_when_due() > 0
    assert set(Run.objects.values_list("trigger", "month", "is_final")) == {
        ("monthly", month.first, True),
        ("nightly", month.first, True),
    }
    (letter,) = mail.outbox
    assert letter.bcc == ["accountant@example.am"]
    assert "another amount: 1" in letter.body
    assert tasks.reconcile_when_due() == 0
    assert len(mail.outbox) == 1


def test_every_night_has_its_comparison(month, shift_clock):
    for night in range(1, 4):
        stand_at(shift_clock, month.stop + dt.timedelta(days=night, hours=4))
        tasks.reconcile_when_due()
        tasks.reconcile_when_due()
        assert Run.objects.filter(trigger="nightly", month=month.first).count() == night
    assert Run.objects.filter(trigger="monthly").count() == 1
    assert mail.outbox == []  # nobody has the right yet


def test_a_new_file_is_compared(month):
    assert tasks.reconcile_after_file(file_id=SourceFile.objects.get().pk) == 1
    assert Run.objects.get().trigger == "file"
