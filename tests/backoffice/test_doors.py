"""Which role gets through which door of the back office."""

import pytest
from django.contrib import admin
from django.urls import reverse

from billing.models import PaymentLink
from config.backoffice import roles
from tests.backoffice.people import person

pytestmark = pytest.mark.django_db

EVERYBODY = set(roles.ROLES)


def may_view(role, model):
    return f"{model._meta.app_label}.view_{model._meta.model_name}" in roles.ROLES[role]


@pytest.mark.parametrize("role", roles.ROLES)
def test_a_list_opens_for_those_who_may_view_and_for_nobody_else(role):
    client = person(role=role)
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        expected = 200 if may_view(role, model) else 403
        assert client.get(address).status_code == expected, (role, address)


@pytest.mark.parametrize("role", roles.ROLES)
def test_the_start_page_and_the_side_bar_show_only_what_opens(role):
    client = person(role=role)
    page = client.get(reverse("admin:index"))
    assert page.status_code == 200
    items = [item for group in page.context["sidebar_navigation"] for item in group["items"]]
    assert len(items) > 3
    for item in items:
        assert client.get(item["link"]).status_code == 200, (role, item["link"])
    for action in page.context["quick_actions"]:
        assert client.get(action.url).status_code == 200, (role, action.url)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("admin:billing_enroll", {roles.MANAGER}),
        ("admin:billing_enroll_preview", {roles.MANAGER}),
        ("admin:students_student_add", {roles.MANAGER}),
        ("admin:students_student_import", {roles.MANAGER}),
        ("admin:students_student_export", {roles.MANAGER}),
        ("admin:courses_course_add", {roles.MANAGER}),
        ("admin:courses_group_add", {roles.MANAGER}),
        ("admin:courses_paymentplan_add", {roles.MANAGER}),
        ("admin:access_open_by_hand", {roles.MANAGER}),
        ("admin:billing_merchantaccount_add", {roles.ADMINISTRATOR}),
        ("admin:courses_legalentity_add", {roles.ADMINISTRATOR}),
        ("admin:auth_user_add", {roles.ADMINISTRATOR}),
        ("admin:common_apikey_create", {roles.ADMINISTRATOR}),
    ],
)
def test_a_page_that_begins_work_opens_only_for_its_roles(name, allowed):
    for role in EVERYBODY:
        expected = 200 if role in allowed else 403
        assert person(role=role).get(reverse(name)).status_code == expected, role


def test_pages_of_a_link_open_only_for_their_roles(world):
    link = world.link()
    payment = world.attempt(link)
    other = world.invoice(plan="three-parts")
    pages = {
        f"{reverse('admin:billing_paymentlink_create')}?installment={world.installment(other).pk}": {
            roles.MANAGER,
            roles.CASHIER,
        },
        reverse("admin:billing_paymentlink_send", args=[link.pk]): {roles.MANAGER, roles.CASHIER},
        reverse("admin:billing_paymentlink_cancel", args=[link.pk]): {roles.MANAGER},
        reverse("admin:billing_payment_ask", args=[payment.pk]): EVERYBODY,
        reverse("admin:courses_group_weekly_lessons", args=[link.group_id]): {roles.MANAGER},
    }
    for role in EVERYBODY:
        client = person(role=role)
        for address, allowed in pages.items():
            expected = 200 if role in allowed else 403
            assert client.get(address).status_code == expected, (role, address)


def test_posting_past_a_closed_door_changes_nothing(world):
    link = world.link()
    for role in EVERYBODY - {roles.MANAGER}:
        answer = person(role=role).post(
            reverse("admin:billing_paymentlink_cancel", args=[link.pk]), {"reason": "because"}
        )
        assert answer.status_code == 403
    assert PaymentLink.objects.get(pk=link.pk).state == PaymentLink.State.ACTIVE


@pytest.mark.parametrize(
    "model", ["invoice", "installment", "paymentlink", "payment", "ledgertransaction", "webhookdelivery"]
)
def test_money_cannot_be_added_changed_or_deleted_even_by_a_superuser(model, world, admin_client):
    payment = world.paid()
    record = {
        "invoice": payment.link.invoice_id,
        "installment": payment.link.lines.get().installment_id,
        "paymentlink": payment.link_id,
        "payment": payment.pk,
    }.get(model, 1)
    assert admin_client.get(reverse(f"admin:billing_{model}_add")).status_code == 403
    assert admin_client.post(reverse(f"admin:billing_{model}_delete", args=[record])).status_code in {
        403,
        302,
    }
    page = reverse(f"admin:billing_{model}_change", args=[record])
    assert admin_client.post(page, {"state": "paid"}).status_code in {403, 302}


def test_everything_that_is_registered_has_a_page_of_its_own():
    for model in admin.site._registry:
        assert reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_a_stranger_is_sent_to_the_login(client):
    answer = client.get(reverse("admin:billing_enroll"))
    assert answer.status_code == 302
    assert reverse("admin:login") in answer["Location"]
