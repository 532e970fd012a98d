"""How terms get versions: an edit is a new version, the old ones stay."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import DomainError
from courses.models import (
    AccessRule,
    AccessRuleVersion,
    PaymentPlan,
    PaymentPlanVersion,
    RefundPolicy,
    RefundPolicyVersion,
)


class UnknownPlan(DomainError):  # noqa: N818
    """There is no such plan, or it is not offered."""

    code = "unknown-plan"


def current_plan_version(*, plan_code: str) -> PaymentPlanVersion:
    """Return the newest version of an offered plan. Raises UnknownPlan."""
    version = (
        PaymentPlanVersion.objects.filter(plan__code=plan_code, plan__is_active=True)
        .select_related("plan", "access_rule_version", "refund_policy_version")
        .order_by("-number")
        .first()
    )
    if version is None:
        raise UnknownPlan(_("There is no payment plan “%(code)s”.") % {"code": plan_code}, field="plan")
    return version


def add_plan_version(
    *, plan: PaymentPlan, created_by_id: int | None = None, **facts: Any
) -> PaymentPlanVersion:
    """Add the next version of a plan; invoices issued before keep theirs."""
    with transaction.atomic():
        PaymentPlan.objects.select_for_update().get(pk=plan.pk)
        return PaymentPlanVersion.objects.create(
            plan=plan, number=plan.versions.count() + 1, created_by_id=created_by_id, **facts
        )


def add_access_rule_version(
    *, rule: AccessRule, created_by_id: int | None = None, **facts: Any
) -> AccessRuleVersion:
    """Add the next version of an access rule; plans and invoices keep pointing at theirs."""
    with transaction.atomic():
        AccessRule.objects.select_for_update().get(pk=rule.pk)
        return AccessRuleVersion.objects.create(
            rule=rule, number=rule.versions.count() + 1, created_by_id=created_by_id, **facts
        )


def add_refund_policy_version(
    *, policy: RefundPolicy, created_by_id: int | None = None, **facts: Any
) -> RefundPolicyVersion:
    """Add the next version of a refund policy."""
    with transaction.atomic():
        RefundPolicy.objects.select_for_update().get(pk=policy.pk)
        return RefundPolicyVersion.objects.create(
            policy=policy, number=policy.versions.count() + 1, created_by_id=created_by_id, **facts
        )
