"""Who sells, on which terms, and through which banks: what an administrator and a manager set up once."""

from typing import Any

from billing.models import MerchantAccount
from courses import terms
from courses.models import (
    AccessRule,
    AccessRuleVersion,
    LegalEntity,
    PaymentPlan,
    PaymentPlanVersion,
    RefundPolicy,
)

SELLER = "mutq-school"
KINDS = PaymentPlanVersion.Kind
PLANS: dict[str, tuple[str, dict[str, Any]]] = {
    "one-off": ("Ամբողջ գումարը միանգամից", {"kind": KINDS.ONE_OFF}),
    "three-parts": ("Երեք հավասար մաս", {"kind": KINDS.EQUAL_PARTS, "parts": 3}),
    "monthly": ("Ամեն ամիս", {"kind": KINDS.MONTHLY}),
    "flexible": ("Ինչքան կարող ես", {"kind": KINDS.ONE_OFF, "allow_partial": True, "link_valid_days": 30}),
    "reviewed": ("Փաստաթղթերի ստուգումից հետո", {"kind": KINDS.ONE_OFF, "manual_review": True}),
}
BANKS = {
    "ameria": ("Ameriabank", "ameria", "", 1_000_001, 1_999_999),
    "arca": ("ArCa", "arca", "epg", 2_000_001, 2_999_999),
    "ineco": ("Inecobank", "arca", "ineco", 3_000_001, 3_999_999),
}
BY_HAND = {
    "cash": ("Դրամարկղ", "manual", "cash", 4_000_001, 4_999_999),
    "transfer": ("Բանկային փոխանցում", "manual", "transfer", 5_000_001, 5_999_999),
}
REFUND_TIERS = {
    "tiers": [{"held_percent": 0, "refund_percent": 100}, {"held_percent": 25, "refund_percent": 50}]
}


def set_up() -> None:
    """Make the seller, the terms and the accounts that are not there yet. Safe to repeat."""
    seller, _made = LegalEntity.objects.get_or_create(
        code=SELLER, defaults={"name": "«Մուտք դպրոց» ՍՊԸ", "tax_id": "00000000"}
    )
    at_once = _access_rule("at-payment", "Վճարելուն պես", opens=AccessRuleVersion.Opens.AT_PAYMENT)
    by_calendar = _access_rule(
        "by-calendar", "Վճարված ժամանակի առաջին օրից", opens=AccessRuleVersion.Opens.ON_PERIOD_START
    )
    policy, _made = RefundPolicy.objects.get_or_create(code="standard", defaults={"name": "Հիմնական կարգ"})
    refunds = policy.versions.first() or terms.add_refund_policy_version(policy=policy, params=REFUND_TIERS)
    for code, (name, facts) in PLANS.items():
        plan, _made = PaymentPlan.objects.get_or_create(code=code, defaults={"name": name})
        if not plan.versions.exists():
            rule = by_calendar if code == "monthly" else at_once
            terms.add_plan_version(
                plan=plan, access_rule_version=rule, refund_policy_version=refunds, **facts
            )
    for position, (code, (name, provider, profile, first, last)) in enumerate({**BANKS, **BY_HAND}.items()):
        MerchantAccount.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "provider": provider,
                "profile": profile,
                "legal_entity": seller,
                "order_number_first": first,
                "order_number_last": last,
                "secrets_prefix": code.upper(),
                "position": position,
            },
        )


def _access_rule(code: str, name: str, *, opens: str) -> AccessRuleVersion:
    rule, _made = AccessRule.objects.get_or_create(code=code, defaults={"name": name})
    return rule.versions.first() or terms.add_access_rule_version(
        rule=rule, opens=opens, grace_days=5, partial_days=7
    )
