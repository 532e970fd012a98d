"""Plans, access rules and refund policies: an edit is a new version, and the old ones can be read."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from common import admin_display, clock
from common.money import format_money
from common.readonly_admin import KeptAdmin, ReadOnlyInline
from courses import terms
from courses.admin import plan_division, refund_tiers
from courses.admin.access_rule_form import AccessRuleForm
from courses.admin.payment_plan_form import PaymentPlanForm
from courses.admin.refund_policy_form import SCHOOL_CANCELS, RefundPolicyForm
from courses.models import (
    AccessRule,
    AccessRuleVersion,
    PaymentPlan,
    PaymentPlanVersion,
    RefundPolicy,
    RefundPolicyVersion,
)


class VersionInline(ReadOnlyInline):
    """The versions, newest first; invoices point at them, so they never change."""

    verbose_name_plural = _("versions")
    ordering = ["-number"]
    hide_title = True
    fields = readonly_fields = ["number", "since", "created_by", "words"]
    shown: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("created_by")

    @display(description=_("terms"))
    def words(self, version: Any) -> SafeString:
        """Say what a version holds, a line for each fact."""
        return format_html_join("", "<div>{}: {}</div>", self.facts(version))

    def facts(self, version: Any) -> Iterable[tuple[Any, Any]]:
        """Return the name and the words of each fact of a version."""
        for name in self.shown:
            field = version._meta.get_field(name)
            value = getattr(version, name)
            if isinstance(value, bool):
                value = _("yes") if value else _("no")
            elif field.choices:
                value = getattr(version, f"get_{name}_display")()
            if value is not None:
                yield capfirst(field.verbose_name), value

    @display(description=_("since"))
    def since(self, version: Any) -> str:
        return admin_display.moment(version.created_at)


class TermsAdmin(KeptAdmin):
    """Saves names as they are, and terms as a new version if a fact differs."""

    list_display = ["name", "code", "shown_version", "shown_since", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "code"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newest = self.model.versions.rel.related_model.objects.filter(
            **{self.model.versions.rel.field.name: OuterRef("pk")}
        ).order_by("-number")
        return (
            super()
            .get_queryset(request)
            .annotate(
                newest_number=Subquery(newest.values("number")[:1]),
                newest_at=Subquery(newest.values("created_at")[:1]),
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if not form.makes_version():
                return
            version = ADD_VERSION[self.model](obj, request.user.pk, form.version_facts())
            messages.info(
                request, gettext("Version %(number)s holds from now on.") % {"number": version.number}
            )
            if form.cleaned_data.get("in_plans") and form.current is not None:
                renew_plans(request, version)

    @display(description=_("version"), ordering="newest_number")
    def shown_version(self, obj: Any) -> str:
        return str(obj.newest_number or admin_display.NOTHING)

    @display(description=_("since"), ordering="newest_at")
    def shown_since(self, obj: Any) -> str:
        return admin_display.moment(obj.newest_at)


class AccessRuleVersions(VersionInline):
    model = AccessRuleVersion
    shown = AccessRuleForm.VERSION_FIELDS


@admin.register(AccessRule)
class AccessRuleAdmin(TermsAdmin):
    form = AccessRuleForm
    inlines = [AccessRuleVersions]
    fieldsets = [
        (None, {"fields": [("name", "code"), "is_active"]}),
        (
            _("Terms"),
            {
                "fields": [
                    ("opens", "share_percent"),
                    ("not_before", "wait_days"),
                    "ends",
                    ("grace_days", "open_in_grace"),
                    "partial_days",
                    "in_plans",
                ]
            },
        ),
    ]


class RefundPolicyVersions(VersionInline):
    model = RefundPolicyVersion

    def facts(self, version: RefundPolicyVersion) -> Iterable[tuple[Any, Any]]:
        for while_, back in refund_tiers.told(version.params):
            yield capfirst(while_), back
        params = version.params
        for name, label in (
            ("costs_kept_minor", gettext("Costs the school keeps")),
            ("administrator_above_minor", gettext("Above this an administrator approves")),
        ):
            if (amount := refund_tiers.number(params.get(name))) is not None:
                yield label, format_money(amount, "AMD", admin_display.language())
        if cancels := dict(SCHOOL_CANCELS).get(params.get("school_cancels", "")):
            yield gettext("When the school cancels"), cancels


@admin.register(RefundPolicy)
class RefundPolicyAdmin(TermsAdmin):
    form = RefundPolicyForm
    inlines = [RefundPolicyVersions]
    fieldsets = [
        (None, {"fields": [("name", "code"), "is_active"]}),
        (
            _("Terms"),
            {"fields": ["tiers", "costs_kept", "school_cancels", "administrator_above", "in_plans"]},
        ),
    ]


class PaymentPlanVersions(VersionInline):
    model = PaymentPlanVersion
    shown = (*PaymentPlanForm.VERSION_FIELDS, "access_rule_version", "refund_policy_version")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        versions = super().get_queryset(request)
        return versions.select_related("access_rule_version__rule", "refund_policy_version__policy")

    def facts(self, version: PaymentPlanVersion) -> Iterable[tuple[Any, Any]]:
        yield from super().facts(version)
        yield from plan_division.told(version.params)


@admin.register(PaymentPlan)
class PaymentPlanAdmin(TermsAdmin):
    form = PaymentPlanForm
    inlines = [PaymentPlanVersions]
    fieldsets = [
        (None, {"fields": [("name", "code"), "is_active"]}),
        (
            _("Terms"),
            {
                "fields": [
                    "kind",
                    ("parts", "due_day"),
                    ("first_share", "module_shares"),
                    "dates",
                    ("link_valid_days", "allow_partial"),
                    ("renew_links", "manual_review"),
                    ("access_rule", "refund_policy"),
                ]
            },
        ),
    ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        context = {**(extra_context or {}), "sample_start": clock.today()}
        return super().changeform_view(request, object_id, form_url, context)


def renew_plans(request: HttpRequest, version: AccessRuleVersion | RefundPolicyVersion) -> None:
    """Give every offered plan that uses an older version of these terms a version that uses the new one."""
    field, owner = IN_PLANS[type(version)]
    renewed = []
    for plan in PaymentPlan.objects.filter(is_active=True):
        current = plan.versions.select_related("access_rule_version", "refund_policy_version").first()
        if current is None:
            continue
        used = getattr(current, field)
        if getattr(used, owner) != getattr(version, owner) or used.pk == version.pk:
            continue
        facts = {name: getattr(current, name) for name in PLAN_FACTS}
        terms.add_plan_version(plan=plan, created_by_id=request.user.pk, **{**facts, field: version})
        renewed.append(str(plan))
    if renewed:
        messages.info(
            request, gettext("These plans use it from now on: %(plans)s.") % {"plans": ", ".join(renewed)}
        )


# How each kind of terms gets its next version.
ADD_VERSION: dict[type[Any], Callable[[Any, int | None, dict[str, Any]], Any]] = {
    AccessRule: lambda rule, user_id, facts: terms.add_access_rule_version(
        rule=rule, created_by_id=user_id, **facts
    ),
    RefundPolicy: lambda policy, user_id, facts: terms.add_refund_policy_version(
        policy=policy, created_by_id=user_id, **facts
    ),
    PaymentPlan: lambda plan, user_id, facts: terms.add_plan_version(
        plan=plan, created_by_id=user_id, **facts
    ),
}
IN_PLANS: dict[type[Any], tuple[str, str]] = {
    AccessRuleVersion: ("access_rule_version", "rule_id"),
    RefundPolicyVersion: ("refund_policy_version", "policy_id"),
}
PLAN_FACTS = (
    *PaymentPlanForm.VERSION_FIELDS,
    "access_rule_version",
    "refund_policy_version",
    "params",
)
