"""An edit of terms makes a version; what was promised stays."""

from typing import Any

import pytest
from django.urls import reverse

from courses import terms
from courses.admin import refund_tiers
from courses.models import (
    AccessRule,
    AccessRuleVersion,
    PaymentPlan,
    PaymentPlanVersion,
    RefundPolicy,
    RefundPolicyVersion,
)
from refunds import policy
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
        "renew_links": "on",
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
        "wait_days": "0",
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


def refusal(world, manager, **changes):
    answer = manager.post(reverse("admin:courses_paymentplan_add"), plan_facts(world, **changes))
    assert answer.status_code == 200
    assert not PaymentPlan.objects.filter(code="two-parts").exists()
    return answer.context["adminform"].form.errors


@pytest.mark.parametrize(
    ("typed", "params", "words"),
    [
        (
            {"kind": "prepayment", "parts": "2", "first_share": "30 %"},
            {"first": {"percent": 30}},
            "First part: 30%",
        ),
        (
            {"kind": "prepayment", "parts": "2", "first_share": "25 000"},
            {"first": {"amount_minor": 2_500_000}},
            "First part: 25000",
        ),
        (
            {"kind": "by_module", "module_shares": "equal"},
            {"module_shares": "equal"},
            "Modules share the price: equally",
        ),
        (
            {"kind": "free_dates", "dates": "2026-10-01\n2026-11-01 30%\n2026-12-01 25 000"},
            {
                "dates": [
                    {"on": "2026-10-01"},
                    {"on": "2026-11-01", "percent": 30},
                    {"on": "2026-12-01", "amount_minor": 2_500_000},
                ]
            },
            "what the others leave",
        ),
    ],
)
def test_a_plan_says_how_unequal_parts_are(world, manager, typed, params, words):
    answer = manager.post(reverse("admin:courses_paymentplan_add"), plan_facts(world, **typed))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    plan = PaymentPlan.objects.get(code="two-parts")
    assert plan.versions.get().params == params
    page = manager.get(reverse("admin:courses_paymentplan_change", args=[plan.pk]))
    form = page.context["adminform"].form
    assert words in words_of(page.content.decode())
    change(manager, plan, {**plan_facts(world), **{name: form[name].value() or "" for name in form.fields}})
    assert plan.versions.count() == 1, "saving what the form shows is no change"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("first_share", {"kind": "prepayment", "first_share": ""}),
        ("first_share", {"kind": "prepayment", "first_share": "100%"}),
        ("first_share", {"kind": "prepayment", "first_share": "12,50"}),
        ("dates", {"kind": "free_dates", "dates": "2026-10-01"}),
        ("dates", {"kind": "free_dates", "dates": "2026-10-01 10%\n2026-11-01 30%"}),
        ("dates", {"kind": "free_dates", "dates": "2026-10-01\n2026-11-01"}),
        ("dates", {"kind": "free_dates", "dates": "2026-10-01\n2026-10-01 30%"}),
        ("dates", {"kind": "free_dates", "dates": "2026-10-01\n31.11.2026 30%"}),
        ("dates", {"kind": "free_dates", "dates": "2026-10-01\n2026-11-01 60%\n2026-12-01 40%"}),
    ],
)
def test_a_division_that_cannot_be_read_is_refused_at_its_field(world, manager, field, typed):
    assert list(refusal(world, manager, **typed)) == [field]


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


def policy_facts(*steps, **facts):
    """Return what the form of a policy sends: a box for each step, and an empty one."""
    found = {**VERSIONS, "name": "Standard", "is_active": "on", "in_plans": "on"}
    found |= {"costs_kept": "0", "school_cancels": "everything", "administrator_above": ""}
    for place, step in enumerate([*steps, {}]):
        found[f"tiers-{place}-refund_percent"] = step.pop("refund_percent", "")
        found[f"tiers-{place}-of"] = step.pop("of", "paid")
        found |= {f"tiers-{place}-{name}": value for name, value in step.items()}
        found |= {f"tiers-{place}-{name}": "" for name in refund_tiers.CONDITIONS if name not in step}
    return found | facts


EVERY_FORM: dict[str, Any] = {
    "tiers": [
        {"refund_percent": 100, "days_before_start": 14},
        {"refund_percent": 70, "of": "full", "days_after_purchase": 14, "held_lessons": 2},
        {"refund_percent": 100, "of": "unused", "held_percent": 50, "days_after_start": 60},
    ],
    "costs_kept_minor": 500_000,
    "school_cancels": "by_steps",
    "administrator_above_minor": 10_000_000,
}


def test_every_form_of_a_policy_is_written_shown_and_written_again(world, manager):
    change(
        manager,
        world.policy,
        policy_facts(
            {"refund_percent": "100", "days_before_start": "14"},
            {"refund_percent": "70", "of": "full", "days_after_purchase": "14", "held_lessons": "2"},
            {"refund_percent": "100", "of": "unused", "held_percent": "50", "days_after_start": "60"},
            costs_kept="5000",
            school_cancels="by_steps",
            administrator_above="100000",
        ),
    )
    newest = RefundPolicyVersion.objects.order_by("-number").first()
    assert newest.params == EVERY_FORM
    assert policy.read(newest.params).administrator_above_minor == 10_000_000
    assert PaymentPlan.objects.get(code="one-off").versions.first().refund_policy_version == newest
    page = manager.get(reverse("admin:courses_refundpolicy_change", args=[world.policy.pk]))
    form = page.context["adminform"].form
    assert form["tiers"].value() == EVERY_FORM["tiers"]
    assert (form["costs_kept"].value(), form["administrator_above"].value()) == (5_000, 100_000)
    words = words_of(page.content.decode())
    assert "70 % of the full price is given back" in words
    assert "At least 14 days before the start" in words
    sent = {}
    for place, tier in enumerate([*EVERY_FORM["tiers"], {}]):
        for name in ("refund_percent", "of", *refund_tiers.CONDITIONS):
            sent[f"tiers-{place}-{name}"] = str(tier.get(name, "paid" if name == "of" else ""))
    change(
        manager,
        world.policy,
        policy_facts(costs_kept="5000", school_cancels="by_steps", administrator_above="100000") | sent,
    )
    assert RefundPolicyVersion.objects.order_by("-number").first() == newest


@pytest.mark.parametrize(
    "params",
    [
        {},
        EVERY_FORM,
        {"tiers": [{"refund_percent": 50}]},
        {"tiers": None},
        {"tiers": "everything"},
        {"tiers": [7, {"held_percent": "x"}, {"refund_percent": 10, "moon": 1, "of": "cheese"}]},
        {"costs_kept_minor": "much", "school_cancels": "perhaps", "administrator_above_minor": -1},
    ],
)
def test_no_stored_policy_breaks_its_page(world, manager, params):
    terms.add_refund_policy_version(policy=world.policy, params=params)
    page = manager.get(reverse("admin:courses_refundpolicy_change", args=[world.policy.pk]))
    assert page.status_code == 200
    is_foreign = "moon" in str(params) or params.get("tiers") == "everything"
    assert ("something this form does not know" in page.content.decode()) == is_foreign
    assert person(role="accountant").get(page.request["PATH_INFO"]).status_code == 200


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"refund_percent": "101"}, "Step 1: write how much is given back"),
        ({"refund_percent": "a"}, "Step 1: write how much is given back"),
        ({"held_percent": "50"}, "Step 1: write how much is given back"),
        ({"refund_percent": "5", "held_percent": "101"}, "is a whole number from 0 to 100, or empty"),
        ({"refund_percent": "5", "days_after_start": "-1"}, "is a whole number from 0 to 1000, or empty"),
        ({"refund_percent": "5", "of": "moon"}, "Step 1: choose of what."),
    ],
)
def test_a_box_that_is_no_step_is_refused_by_its_number(manager, step, sentence):
    answer = manager.post(
        reverse("admin:courses_refundpolicy_add"), policy_facts(dict(step), name="New", code="new")
    )
    assert sentence in str(answer.context["adminform"].form.errors["tiers"])
    assert not RefundPolicy.objects.exists()


def test_the_sample_is_worked_out_by_the_interpreter_while_one_edits(manager):
    address = reverse("refund-policy-sample")
    half = policy_facts({"refund_percent": "50", "held_percent": "50"}, costs_kept="5000")
    words = words_of(manager.post(address, half).content.decode())
    assert "Half of the lessons held 40,000 ֏ 10,000 ֏" in words
    assert "All lessons held 0 ֏ 0 ֏" in words
    assert "The school cancels, half of the lessons held 90,000 ֏ 30,000 ֏" in words
    broken = manager.post(address, policy_facts({"refund_percent": "many"})).content.decode()
    assert "Step 1: write how much is given back" in broken
    assert person(role="support").post(address, half).status_code == 403
    assert not RefundPolicy.objects.exists()


def test_the_schedule_of_a_plan_is_worked_out_while_one_edits(world, manager):
    address = reverse("payment-plan-sample")
    sample = {"sample_price": "100 001", "sample_start": "2026-10-01"}
    words = words_of(
        manager.post(
            address, plan_facts(world, kind="prepayment", first_share="40%", parts="2", **sample)
        ).content.decode()
    )
    assert "40,001 ֏" in words
    assert words.count("30,000 ֏") == 2
    assert "Full price 100,001 ֏" in words
    early = plan_facts(world, kind="free_dates", dates="2026-08-01\n2026-11-01 25 000", **sample)
    words = words_of(manager.post(address, early).content.decode())
    assert "1 Aug 2026 75,001 ֏" in words, "the first date is before the course"
    by_module = plan_facts(world, kind="by_module", **{**sample, "sample_price": "90000"})
    words = words_of(manager.post(address, by_module).content.decode())
    assert all(amount in words for amount in ("40,000 ֏", "30,000 ֏", "20,000 ֏"))


def test_a_sample_says_what_it_cannot_read_and_opens_only_to_those_who_see_plans(world, manager, client):
    address = reverse("payment-plan-sample")
    sample = {"sample_price": "2", "sample_start": "2026-10-01"}
    assert "too small" in manager.post(address, plan_facts(world, parts="3", **sample)).content.decode()
    broken = plan_facts(world, kind="free_dates", dates="soon", **sample)
    assert "Write from 2 to 36 dates" in manager.post(address, broken).content.decode()
    assert "required" in manager.post(address, plan_facts(world)).content.decode()
    assert client.post(address, broken).status_code == 302
    assert manager.get(address).status_code == 405
    assert not PaymentPlan.objects.filter(code="two-parts").exists()


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
