"""The pages of the reports: who sees them, what they show, where numbers lead, and what a bad question gets."""

import re

import pytest
from django.urls import reverse

from common import clock
from reconciliation.reports import registry
from students.models import TimelineEvent
from tests.backoffice.people import person, words_of
from tests.refunds import school

pytestmark = pytest.mark.django_db


def this_month():
    return f"{clock.today():%Y-%m}"


@pytest.mark.timeout(60)
def test_every_report_opens_and_downloads(world):
    school.paid_invoice(world)
    accountant = person(role="accountant")
    for code in registry.REPORTS:
        page = accountant.get(reverse("report", args=[code]))
        assert page.status_code == 200, code
        for form in ("csv", "xlsx"):
            answer = accountant.get(reverse("report-file", args=[code, form]))
            assert answer.status_code == 200
            assert b"".join(answer.streaming_content)
