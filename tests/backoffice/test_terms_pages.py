"""An edit of terms makes a version; what was promised stays."""

import pytest
from django.urls import reverse

from courses.models import (
    AccessRule,
    AccessRuleVersion,
    PaymentPlan,
    PaymentPlanVersion,
    RefundPolicy,
    RefundPolicyVersion,
)
from tests.backoffice.people import person, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db):
    return person(role="manager")


VERSIONS = {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}  # what the read-only list below posts


def plan_facts(world, **changes):
    return {
        **VERSIONS,
        "name": "Two parts",
        "code": "two-parts",
        "is_active": "on",
        "kind": "equal_parts",
        "parts": "2",
        "due_day": "",
        "link_valid_days": "7",
        "access_rule": world.rule.pk,
        "refund_policy": world.policy.pk,
        **changes,
    }


def rule_facts(**changes):
    return {
        **VERSIONS,
        "name": "Standard",
        "is_active": "on",
        "opens": "at_payment",
        "ends": "with_period",
        "grace_days": "5",
        "open_in_grace": "on",
        "partial_days": "0",
        "in_plans": "on",
        **changes,
    }


def change(manager, record, facts):
    meta = record._meta
    answer = manager.post(
        reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk]), facts
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors


def test_a_new_plan_has_a_first_version(world, manager):
    answer = manager.post(reverse("admin:courses_paymentplan_add"), plan_facts(world))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    version = PaymentPlan.objects.get(code="two-parts").versions.get()
    assert (version.number, version.parts, version.created_by) == (1, 2, manager.user)


def test_an_edit_makes_a_version_and_invoices_keep_theirs(world, manager):
    invoice = world.invoice(plan="three-parts")
    plan = invoice.plan_version.plan
    change(manager, plan, plan_facts(world, name="Four parts", parts="4"))
    assert list(plan.versions.values_list("number", "parts")) == [(2, 4), (1, 3)]
    invoice.refresh_from_db()
    assert invoice.plan_version.number == 1
    assert world.invoice(plan="three-parts").plan_version.number == 2


def test_saving_without_a_change_makes_no_version(world, manager):
    plan = PaymentPlan.objects.get(code="three-parts")
    change(manager, plan, plan_facts(world, name="Another name", parts="3"))
    plan.refresh_from_db()
    assert (plan.name, plan.versions.count()) == ("Another name", 1)


def test_the_form_shows_the_newest_version_and_the_page_all_of_them(world, manager):
    plan = PaymentPlan.objects.get(code="three-parts")
    change(manager, plan, plan_facts(world, parts="4"))
    answer = manager.get(reverse("admin:courses_paymentplan_change", args=[plan.pk]))
    assert answer.context["adminform"].form["parts"].value() == 4
    words = words_of(answer.content.decode())
    assert "Number of parts: 4" in words
    assert "Number of parts: 3" in words


def test_the_code_of_terms_never_changes(world, manager):
    plan = PaymentPlan.objects.get(code="three-parts")
    change(manager, plan, plan_facts(world, code="other"))
    plan.refresh_from_db()
    assert plan.code == "three-parts"


def test_plans_follow_a_changed_rule_if_wished(world, manager):
    change(manager, world.rule, rule_facts(grace_days="10"))
    assert world.rule.versions.count() == 2
    newest = PaymentPlan.objects.get(code="one-off").versions.first()
    assert newest.number == 2
    assert newest.access_rule_version.grace_days == 10
    assert newest.kind == PaymentPlanVersion.Kind.ONE_OFF


def test_plans_keep_the_old_rule_if_wished(world, manager):
    change(manager, world.rule, rule_facts(grace_days="10", in_plans=""))
    assert AccessRuleVersion.objects.count() == 2
    assert PaymentPlan.objects.get(code="one-off").versions.count() == 1


def test_a_new_rule_has_a_first_version(manager):
    manager.post(
        reverse("admin:courses_accessrule_add"), rule_facts(name="Strict", code="strict", grace_days="0")
    )
    assert AccessRule.objects.get(code="strict").versions.get().grace_days == 0


def test_the_steps_of_a_policy_are_written_in_lines(world, manager):
    change(
        manager,
        world.policy,
        {**VERSIONS, "name": "Standard", "is_active": "on", "tiers": "0 100 %\n50 40", "in_plans": "on"},
    )
    newest = RefundPolicyVersion.objects.order_by("-number").first()
    assert newest.params == {
        "tiers": [
            {"held_percent": 0, "refund_percent": 100},
            {"held_percent": 50, "refund_percent": 40},
        ]
    }
    assert PaymentPlan.objects.get(code="one-off").versions.first().refund_policy_version == newest
    page = manager.get(reverse("admin:courses_refundpolicy_change", args=[world.policy.pk]))
    assert page.context["adminform"].form["tiers"].value() == "0 100\n50 40"


@pytest.mark.parametrize("text", ["0", "a b", "0 101", "50 40\n10 90", "10 1 1"])
def test_lines_that_are_no_steps_are_refused(manager, text):
    answer = manager.post(
        reverse("admin:courses_refundpolicy_add"), {**VERSIONS, "name": "New", "code": "new", "tiers": text}
    )
    assert "tiers" in answer.context["adminform"].form.errors
    assert not RefundPolicy.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"parts": "1"}, "parts"),
        ({"parts": "0"}, "parts"),
        ({"due_day": "32"}, "due_day"),
        ({"link_valid_days": "0"}, "link_valid_days"),
        ({"access_rule": ""}, "access_rule"),
    ],
)
def test_a_plan_that_cannot_work_is_refused_at_the_field(world, manager, facts, field):
    answer = manager.post(reverse("admin:courses_paymentplan_add"), plan_facts(world, **facts))
    assert field in answer.context["adminform"].form.errors
    assert not PaymentPlan.objects.filter(code="two-parts").exists()


def test_only_equal_parts_have_a_number_of_parts(world, manager):
    manager.post(reverse("admin:courses_paymentplan_add"), plan_facts(world, kind="monthly", parts="9"))
    assert PaymentPlan.objects.get(code="two-parts").versions.get().parts == 1


def test_support_reads_plans_and_cannot_change_them(world):
    support = person(role="support")
    plan = PaymentPlan.objects.get(code="three-parts")
    address = reverse("admin:courses_paymentplan_change", args=[plan.pk])
    assert support.get(address).status_code == 200
    assert support.post(address, plan_facts(world, parts="9")).status_code == 403
    assert plan.versions.count() == 1
