"""The form of a payment plan: how a price is divided, and on which other terms."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from courses.admin import plan_division
from courses.admin.term_forms import NUMBER, TermsForm
from courses.models import AccessRule, PaymentPlan, RefundPolicy


class PaymentPlanForm(plan_division.PlanDivisionForm, TermsForm):
    VERSION_FIELDS = (
        "kind",
        "parts",
        "due_day",
        "allow_partial",
        "link_valid_days",
        "renew_links",
        "manual_review",
    )

    allow_partial = forms.BooleanField(
        label=_("A part of an installment may be paid"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    link_valid_days = forms.IntegerField(
        label=_("Days a link is valid"), initial=7, min_value=1, max_value=365, widget=NUMBER
    )
    renew_links = forms.BooleanField(
        label=_("An expired link is renewed when the student asks"),
        help_text=_("Otherwise a task asks a person."),
        initial=True,
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    manual_review = forms.BooleanField(
        label=_("A person confirms before access opens"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    access_rule = forms.ModelChoiceField(
        label=_("Access rule"),
        queryset=AccessRule.objects.filter(is_active=True),
        widget=UnfoldAdminSelectWidget,
    )
    refund_policy = forms.ModelChoiceField(
        label=_("Refund policy"),
        queryset=RefundPolicy.objects.filter(is_active=True),
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = PaymentPlan
        fields = ("name", "code", "is_active")

    def facts_of(self, version: Any) -> dict[str, Any]:
        return {
            **super().facts_of(version),
            "params": version.params,
            "access_rule": version.access_rule_version.rule,
            "refund_policy": version.refund_policy_version.policy,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.current is not None:
            self.initial.update(plan_division.shown(self.current.params))
        for name in ("access_rule", "refund_policy"):
            if isinstance(self.initial.get(name), (AccessRule, RefundPolicy)):
                self.initial[name] = self.initial[name].pk

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        for name in ("access_rule", "refund_policy"):
            if facts.get(name) and not facts[name].versions.exists():
                self.add_error(name, _("These terms are empty: open them and save them once."))
        return facts

    def makes_version(self) -> bool:
        return (
            self.current is None
            or super().makes_version()
            or self._newest_versions()
            != (
                self.current.access_rule_version,
                self.current.refund_policy_version,
            )
        )

    def version_facts(self) -> dict[str, Any]:
        rule, policy = self._newest_versions()
        own = {**super().version_facts(), "params": self.cleaned_data["params"]}
        return {**own, "access_rule_version": rule, "refund_policy_version": policy}

    def _newest_versions(self) -> tuple[Any, Any]:
        return (
            self.cleaned_data["access_rule"].versions.order_by("-number").first(),
            self.cleaned_data["refund_policy"].versions.order_by("-number").first(),
        )
