"""A bank that cannot be offered is named before a student misses it."""

import os

import pytest
from django.core import checks
from django.core.management import call_command

from billing import accounts


def messages():
    return [m for m in checks.run_checks(databases=["default"]) if m.id.startswith("billing.")]


def test_configured_accounts_are_silent(world):
    assert messages() == []


@pytest.mark.parametrize("variable", ["AMERIA_PASSWORD", "AMERIA_BASE_URL"])
def test_a_missing_variable_is_named_and_the_bank_is_not_offered(world, variable):
    link = world.link()
    del os.environ[variable]
    (message,) = messages()
    assert message.id == "billing.W001"
    assert variable in message.msg
    assert [account.code for account in accounts.offered_accounts(link=link)] == ["arca"]


def test_an_unknown_profile_is_named(world):
    account = world.accounts["arca"]
    account.profile = "carrier-pigeon"
    account.save()
    assert [message.id for message in messages()] == ["billing.W002"]
    assert [offered.code for offered in accounts.offered_accounts(link=world.link())] == ["ameria"]


def test_no_secret_is_printed(world, capsys):
    del os.environ["AMERIA_USERNAME"]
    call_command("check", databases=["default"])
    assert os.environ["AMERIA_PASSWORD"] not in capsys.readouterr().err
