"""Keys of programs, colleagues, contracts with banks, and access by hand."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from access.models import AccessGrant, CourseAccess
from billing.models import MerchantAccount
from common import api_keys, clock
from common.models import ApiKey
from tests.backoffice.people import person, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(db):
    return person(role="administrator")


def test_a_key_is_shown_once(administrator):
    answer = administrator.post(
        reverse("admin:common_apikey_create"), {"name": "CRM", "role": Group.objects.get(name="manager").pk}
    )
    made = answer.context["made"]
    assert made.text in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    row = ApiKey.objects.get()
    assert api_keys.find_key(made.text) == row
    assert row.created_by == administrator.user
    secret = made.text.split("_", 2)[2]
    for address in (
        reverse("admin:common_apikey_changelist"),
        reverse("admin:common_apikey_change", args=[row.pk]),
    ):
        assert secret not in administrator.get(address).content.decode()


def test_a_revoked_key_is_locked_out(administrator):
    made = api_keys.create_key(name="CRM", role="manager")
    page = reverse("admin:common_apikey_revoke", args=[made.row.pk])
    assert "locked out at once" in words_of(administrator.get(page).content.decode())
    assert api_keys.find_key(made.text) is not None
    administrator.post(page)
    assert api_keys.find_key(made.text) is None


def test_a_manager_sees_no_keys():
    made = api_keys.create_key(name="CRM", role="manager")
    manager = person(role="manager")
    assert manager.get(reverse("admin:common_apikey_changelist")).status_code == 403
    assert manager.post(reverse("admin:common_apikey_revoke", args=[made.row.pk])).status_code == 403


def test_a_colleague_is_let_in_with_a_role(administrator):
    answer = administrator.post(
        reverse("admin:auth_user_add"),
        {
            "username": "mariam",
            "usable_password": "true",
            "password1": "Correct-horse-7",
            "password2": "Correct-horse-7",
            "groups": [Group.objects.get(name="support").pk],
        },
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    user = User.objects.get(username="mariam")
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert [group.name for group in user.groups.all()] == ["support"]


def test_nobody_becomes_a_superuser_through_a_form(administrator):
    me = administrator.user
    administrator.post(
        reverse("admin:auth_user_change", args=[me.pk]),
        {"username": me.username, "is_active": "on", "is_superuser": "on", "user_permissions": ["1"]},
    )
    me.refresh_from_db()
    assert not me.is_superuser
    assert not me.user_permissions.exists()


def test_a_superuser_is_out_of_reach(administrator, admin_user):
    assert administrator.get(reverse("admin:auth_user_change", args=[admin_user.pk])).status_code == 302
    password = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    assert administrator.post(
        password, {"password1": "Correct-horse-7", "password2": "Correct-horse-7"}
    ).status_code in {302, 403, 404}
    admin_user.refresh_from_db()
    assert not admin_user.check_password("Correct-horse-7")


def test_accounts_of_people_are_never_deleted(administrator):
    other = User.objects.create_user("other", is_staff=True)
    assert (
        administrator.post(reverse("admin:auth_user_delete", args=[other.pk]), {"post": "yes"}).status_code
        == 403
    )
    assert User.objects.filter(pk=other.pk).exists()


def account_facts(world, **changes):
    return {
        "name": "Inecobank",
        "code": "ineco",
        "legal_entity": world.legal_entity.pk,
        "currency": "AMD",
        "is_active": "on",
        "position": "3",
        "kind": "arca:ineco",
        "order_number_first": "1",
        "order_number_last": "1000",
        "secrets_prefix": "INECO",
        **changes,
    }


def test_a_contract_is_set_up_without_secrets(world, administrator):
    answer = administrator.post(reverse("admin:billing_merchantaccount_add"), account_facts(world))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    account = MerchantAccount.objects.get(code="ineco")
    assert (account.provider, account.profile, account.next_order_number) == ("arca", "ineco", 1)
    page = administrator.get(reverse("admin:billing_merchantaccount_change", args=[account.pk]))
    assert "the environment lacks INECO_BASE_URL, INECO_USERNAME, INECO_PASSWORD" in words_of(
        page.content.decode()
    )


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "bitcoin:"}, "kind"),
        ({"order_number_last": "0"}, "order_number_last"),
        ({"order_number_last": "4000000000"}, "order_number_last"),
        ({"order_number_first": "0"}, "order_number_first"),
        ({"secrets_prefix": "ineco password"}, "secrets_prefix"),
        ({"code": "ameria"}, "code"),
    ],
)
def test_a_contract_that_cannot_work_is_refused(world, administrator, facts, field):
    answer = administrator.post(reverse("admin:billing_merchantaccount_add"), account_facts(world, **facts))
    assert field in answer.context["adminform"].form.errors
    assert not MerchantAccount.objects.filter(code="ineco").exists()


def test_what_payments_rest_on_stays(world, administrator):
    account = world.attempt().account
    administrator.post(
        reverse("admin:billing_merchantaccount_change", args=[account.pk]),
        account_facts(
            world,
            code="other",
            currency="USD",
            kind="ameria:",
            secrets_prefix="AMERIA",
            order_number_first=account.order_number_first,
            order_number_last=account.order_number_last,
        ),
    )
    account.refresh_from_db()
    assert (account.code, account.currency, account.name) == ("ameria", "AMD", "Inecobank")


def test_a_course_is_opened_by_hand_with_a_reason(world):
    manager = person(role="manager")
    student, course = world.student(), world.group().course
    answer = manager.post(
        reverse("admin:access_open_by_hand"),
        {
            "student": student.pk,
            "course": course.pk,
            "until": str(clock.today()),
            "reason": "Waits for the bank",
        },
    )
    assert answer.status_code == 302, answer.context["form"].errors
    grant = AccessGrant.objects.get()
    assert (grant.kind, grant.granted_by, grant.reason) == ("manual", manager.user, "Waits for the bank")
    assert CourseAccess.objects.get().state == CourseAccess.State.OPEN


@pytest.mark.parametrize(
    ("facts", "field"), [({"until": "2020-01-01"}, "until"), ({"reason": " "}, "reason")]
)
def test_opening_by_hand_needs_an_end_to_come_and_a_reason(world, facts, field):
    usual = {
        "student": world.student().pk,
        "course": world.group().course.pk,
        "until": str(clock.today()),
        "reason": "because",
    }
    answer = person(role="manager").post(reverse("admin:access_open_by_hand"), {**usual, **facts})
    assert field in answer.context["form"].errors
    assert not AccessGrant.objects.exists()
