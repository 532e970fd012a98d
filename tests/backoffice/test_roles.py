"""The table of roles, and what the database made of it."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection

from config.backoffice import roles

pytestmark = pytest.mark.django_db

MONEY = {"invoice", "installment", "payment", "allocation", "ledgertransaction", "ledgerline", "adjustment"}


@pytest.mark.parametrize("role", roles.ROLES)
def test_a_group_has_exactly_the_rights_of_the_table(role):
    group = Group.objects.get(name=role)
    given = {
        f"{app}.{code}" for app, code in group.permissions.values_list("content_type__app_label", "codename")
    }
    assert given == set(roles.ROLES[role])


def test_rights_of_models_to_come_in_the_same_upgrade_are_made_known():
    Permission.objects.get(codename="view_reminder").delete()  # as in an installation of an earlier version
    roles.give_rights(apps, connection.schema_editor())
    assert Group.objects.get(name="manager").permissions.filter(codename="view_reminder").exists()


def test_there_are_no_other_roles():
    assert set(Group.objects.values_list("name", flat=True)) == set(roles.ROLES)


def test_every_right_says_why():
    assert all(why for rights in roles.ROLES.values() for why in rights.values())


@pytest.mark.parametrize("role", roles.ROLES)
def test_nobody_edits_money(role):
    changing = [
        right
        for right in roles.ROLES[role]
        if right.split(".")[1].split("_")[0] in {"change", "delete"} and right.split("_")[1] in MONEY
    ]
    assert changing == []


def test_support_changes_no_money_no_access_and_no_terms():
    rights = set(roles.ROLES[roles.SUPPORT])
    verbs = {right for right in rights if right.split(".")[1].split("_")[0] in {"add", "change", "delete"}}
    assert verbs == {"students.add_crmnote", "students.change_operatortask"}
    assert not rights & {"billing.add_paymentlink", "billing.send_paymentlink", "billing.cancel_paymentlink"}


def test_writing_the_roles_again_changes_nothing():
    before = set(Permission.objects.filter(group__isnull=False).values_list("group", "pk"))
    roles.write_roles(apps)
    assert set(Permission.objects.filter(group__isnull=False).values_list("group", "pk")) == before


def test_a_right_that_does_not_exist_is_an_error(monkeypatch):
    monkeypatch.setitem(roles.ROLES, roles.SUPPORT, {"billing.print_money": "no"})
    with pytest.raises(roles.UnknownRight, match="print_money"):
        roles.write_roles(apps)
