"""The accountants' mail: in the school's language, whoever's language the process stands in."""

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.utils import translation

from reconciliation import runs, summary_mail
from reconciliation.models import Run
from tests.reconciliation.months import as_file, row_of, this_month
from tests.reconciliation.statements import load, profile_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def compared(world, django_user_model):
    """A month whose comparison nobody was told of."""
    accountant = django_user_model.objects.create_user("accountant", email="accountant@example.am")
    accountant.user_permissions.add(Permission.objects.get(codename="start_run"))
    account, payment = world.accounts["arca"], world.paid(account="arca")
    profile_of(account)
    load(account, as_file([row_of(payment, Amount="1")]))
    runs.run_school_month(month=this_month().first, trigger=Run.Trigger.MONTHLY)
    return this_month()


@pytest.mark.parametrize(("school", "word"), [("en", "Reconciliation of"), ("ru", "Сверка"), ("hy", "ւմ")])
def test_the_mail_is_in_the_language_of_the_school(compared, settings, school, word):
    settings.LANGUAGE_CODE = school
    with translation.override("ru" if school == "hy" else "hy"):
        summary_mail.tell_accountants()
    (letter,) = mail.outbox
    assert word in letter.subject


def test_the_mail_leads_to_the_month(compared, settings):
    summary_mail.tell_accountants()
    (letter,) = mail.outbox
    assert f"{settings.PUBLIC_URL}/reconciliation/?month={compared}" in letter.body
