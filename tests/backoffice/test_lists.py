"""Lists read a constant number of times, however long they are."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common import api_keys
from students import operator_tasks
from tests.backoffice.people import person

pytestmark = pytest.mark.django_db


def fill(world, number):
    """Make one more row of everything that lists show."""
    payment = world.paid(world.link(world.invoice(plan="three-parts")))
    world.link(world.invoice())
    operator_tasks.open_task(
        kind="payment_held", key=f"held:{number}", student_id=payment.student_id, due_in_hours=1
    )
    api_keys.create_key(name=f"CRM {number}", role="manager")


@pytest.fixture
def boss(db, django_user_model):
    client = person()
    client.user.is_superuser = True
    client.user.save()
    return client


def queries_of(client, address):
    with CaptureQueriesContext(
        connection,
    ) as caught:
        answer = client.get(address)
    assert answer.status_code == 200, address
    return len(caught)


def addresses():
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    return [*lists, reverse("admin:index")]


def test_twenty_rows_cost_as_many_queries_as_one(world, boss):
    fill(world, 0)
    for address in addresses():
        boss.get(address)  # content types and the like are read once for a process
    one = {address: queries_of(boss, address) for address in addresses()}
    for number in range(1, 20):
        fill(world, number)
    many = {address: queries_of(boss, address) for address in addresses()}
    assert many == one
    assert max(many.values()) < 40
