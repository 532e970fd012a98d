"""A process that dies in the middle of a POST strands no key and does nothing twice."""

import json
import os
import signal
import subprocess
import sys

import pytest

from billing.models import Invoice, PaymentLink
from common.models import IdempotencyRecord
from courses.models import Enrollment
from students.models import Student

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/payment-requests"

CHILD = """
import json, sys
import django
django.setup()
from django.test import Client
path, key, body = sys.argv[1:]
headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k-1", "Host": "127.0.0.1"}
print(Client().post(path, data=json.loads(body), content_type="application/json", headers=headers).status_code)
"""


def post_and_die(program, body, *, at):
    """Send the request in a process of its own that is killed at a named point."""
    command = [sys.executable, "-c", CHILD, PATH, program.key, json.dumps(body)]
    done = subprocess.run(
        command, env={**os.environ, "MUTQ_CRASH_AT": at}, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def counts():
    return [model.objects.count() for model in (Student, Enrollment, Invoice, PaymentLink)]


@pytest.mark.parametrize("at", ["idempotency.claimed", "idempotency.kept"])
def test_death_before_the_commit_leaves_nothing_but_a_lease(crm, school, shift_clock, at):
    post_and_die(crm, school.request(), at=at)
    assert counts() == [0, 0, 0, 0]
    assert IdempotencyRecord.objects.get().answered_at is None

    during = crm.post(PATH, school.request(), Idempotency_Key="k-1")
    assert (during.status_code, during.json()["code"]) == (409, "request-in-progress")
    other = crm.post(PATH, school.request(plan="loose"), Idempotency_Key="k-1")
    assert other.json()["code"] == "idempotency-key-reused"

    shift_clock(seconds=61)
    after = crm.post(PATH, school.request(), Idempotency_Key="k-1")
    assert after.status_code == 201
    assert counts() == [1, 1, 1, 1]
    replayed = crm.post(PATH, school.request(), Idempotency_Key="k-1")
    assert (replayed.headers["Idempotency-Replayed"], replayed.json()) == ("true", after.json())


def test_death_after_the_commit_leaves_the_answer(crm, school):
    post_and_die(crm, school.request(), at="idempotency.committed")
    assert counts() == [1, 1, 1, 1]
    again = crm.post(PATH, school.request(), Idempotency_Key="k-1")
    assert again.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["id"] == str(PaymentLink.objects.get().pk)
    assert counts() == [1, 1, 1, 1]
