"""Who gets in."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command

from common import api_keys, clock
from common.models import ApiKey

pytestmark = pytest.mark.django_db


def test_only_a_hash_of_the_secret_is_stored():
    new = api_keys.create_key(name="CRM", role="manager")
    secret = new.text.split("_", 2)[2]
    assert len(secret) >= 43
    stored = " ".join(str(value) for value in ApiKey.objects.values().get().values())
    assert secret not in stored


def test_key_opens_what_its_role_may_see(crm):
    assert crm.get("/api/v1/students").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "Basic abc", "Bearer mutq_a_b", "Bearer mutq__", "Bearer ñ\x00"],
)
def test_request_without_a_valid_key_is_refused(client, header):
    answer = client.get("/api/v1/students", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="mutq"'
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not-authenticated"


def test_right_prefix_with_wrong_secret_is_refused(crm, client):
    answer = client.get("/api/v1/students", headers={"Authorization": f"Bearer {crm.key[:-1]}~"})
    assert answer.status_code == 401


def test_revoked_key_is_refused(crm):
    api_keys.revoke_key(api_key_id=ApiKey.objects.get().pk)
    assert crm.get("/api/v1/students").status_code == 401


def test_use_is_noted_at_most_once_a_minute(crm, shift_clock, django_assert_num_queries):
    crm.get("/api/v1/students")
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(3):  # the key with its role, its rights, the list: nothing written
        crm.get("/api/v1/students")
    assert ApiKey.objects.get().last_used_at == first
    shift_clock(seconds=61)
    crm.get("/api/v1/students")
    later = ApiKey.objects.get().last_used_at
    assert later is not None
    assert later - first >= dt.timedelta(seconds=60)


def test_another_process_that_noted_the_use_is_not_overwritten():
    stale = api_keys.create_key(name="CRM", role="manager").row
    moment = clock.now() - dt.timedelta(seconds=5)
    ApiKey.objects.update(last_used_at=moment)
    api_keys.note_use(stale)
    assert ApiKey.objects.get().last_used_at == moment


def test_command_prints_the_key_alone():
    out, err = io.StringIO(), io.StringIO()
    call_command("create_api_key", name="CRM", role="support", stdout=out, stderr=err)
    found = api_keys.find_key(out.getvalue().strip())
    assert found is not None
    assert (found.name, found.role.name) == ("CRM", "support")
    assert out.getvalue().strip() not in err.getvalue()


@pytest.mark.parametrize(("name", "role"), [("CRM", "king"), ("  ", "manager"), ("x" * 101, "manager")])
def test_command_refuses_what_makes_no_key(name, role):
    with pytest.raises(CommandError):
        call_command("create_api_key", name=name, role=role, stdout=io.StringIO(), stderr=io.StringIO())
    assert not ApiKey.objects.exists()
