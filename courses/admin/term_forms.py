"""The forms of terms: what they hold now, and what a new version would hold."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from common.admin_widgets import DayInput
from courses.admin import plan_division, refund_tiers
from courses.models import (
    AccessRule,
    AccessRuleVersion,
    PaymentPlan,
    RefundPolicy,
)

NUMBER = UnfoldAdminIntegerFieldWidget


class TermsForm(forms.ModelForm[Any]):
    """Fields of the terms themselves, and below them those of their newest version."""

    VERSION_FIELDS: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = self.instance.versions.order_by("-number").first() if self.instance.pk else None
        if self.current is not None:
            self.initial.update(self.facts_of(self.current))

    def facts_of(self, version: Any) -> dict[str, Any]:
        """Return the version's facts as this form's fields name them."""
        return {name: getattr(version, name) for name in self.VERSION_FIELDS}

    def makes_version(self) -> bool:
        """Tell whether saving needs a new version: there is none yet, or a fact of it differs."""
        return self.current is None or any(
            self.cleaned_data[name] != value for name, value in self.facts_of(self.current).items()
        )

    def version_facts(self) -> dict[str, Any]:
        """Return the facts of the version to make."""
        return {name: self.cleaned_data[name] for name in self.VERSION_FIELDS}


class AccessRuleForm(TermsForm):
    VERSION_FIELDS = (
        "opens",
        "share_percent",
        "ends",
        "not_before",
        "wait_days",
        "grace_days",
        "open_in_grace",
        "partial_days",
    )

    opens = forms.ChoiceField(
        label=_("Access opens"), choices=AccessRuleVersion.Opens.choices, widget=UnfoldAdminSelectWidget
    )
    ends = forms.ChoiceField(
        label=_("Access ends"), choices=AccessRuleVersion.Ends.choices, widget=UnfoldAdminSelectWidget
    )
    share_percent = forms.IntegerField(
        label=_("Share of the whole price, in percent"),
        help_text=_("Only where a share opens: from then on all that is paid is open, wholly or in part."),
        min_value=1,
        max_value=100,
        required=False,
        widget=NUMBER,
    )
    not_before = forms.DateField(
        label=_("Never before this day"),
        help_text=_("Empty: no day is waited for. What is paid earlier opens on it."),
        required=False,
        widget=DayInput,
    )
    wait_days = forms.IntegerField(
        label=_("Days after the payment"),
        help_text=_("0: nothing is waited for. The paid days end when they end."),
        initial=0,
        min_value=0,
        max_value=365,
        widget=NUMBER,
    )
    grace_days = forms.IntegerField(
        label=_("Days of grace after a due date"), initial=5, min_value=0, max_value=365, widget=NUMBER
    )
    open_in_grace = forms.BooleanField(
        label=_("Open during grace"), initial=True, required=False, widget=UnfoldBooleanSwitchWidget
    )
    partial_days = forms.IntegerField(
        label=_("Days opened by a part payment"),
        help_text=_("0: a part payment opens nothing by itself."),
        initial=0,
        min_value=0,
        max_value=365,
        widget=NUMBER,
    )
    in_plans = forms.BooleanField(
        label=_("Plans that use this rule take the new version"),
        help_text=_("For invoices issued from now on; invoices issued before keep theirs."),
        initial=True,
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = AccessRule
        fields = ("name", "code", "is_active")

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        by_share = facts.get("opens") == AccessRuleVersion.Opens.AT_SHARE
        if by_share and facts.get("share_percent") is None and "share_percent" not in self.errors:
            self.add_error("share_percent", _("Say which share of the price opens the course."))
        if not by_share and facts.get("share_percent") is not None:
            self.add_error("share_percent", _("Empty this, or choose that a share of the whole price opens."))
        if by_share and facts.get("partial_days"):
            self.add_error(
                "partial_days",
                _("Where a share opens, a part payment opens nothing of its own. Write 0 here."),
            )
        return facts


SCHOOL_CANCELS = [
    ("everything", _("everything that was paid goes back")),
    ("by_steps", _("the steps say what goes back")),
    ("nothing", _("nothing goes back")),
]
CENTS = 100  # parameters hold minor units, people write drams


class RefundTermsForm(forms.Form):
    """What a refund policy says: steps, costs, the school's own cancelling, and above what an administrator decides."""

    tiers = refund_tiers.StepsField(
        label=_("What is given back"),
        help_text=_(
            "A step holds while all its conditions hold; an empty one does not limit. Of the steps that still hold the one that "
            "gives most counts; when none holds, nothing goes back. Empty a box to drop its step; save to get more boxes."
        ),
        required=False,
    )
    costs_kept = forms.IntegerField(
        label=_("Costs the school keeps, in drams"),
        help_text=_("Kept of every refund but when the school itself cancels and everything goes back."),
        initial=0,
        min_value=0,
        max_value=10**9,
        required=False,
        widget=NUMBER,
    )
    school_cancels = forms.ChoiceField(
        label=_("When the school cancels"),
        choices=SCHOOL_CANCELS,
        initial="everything",
        widget=UnfoldAdminSelectWidget,
    )
    administrator_above = forms.IntegerField(
        label=_("Above this an administrator approves, in drams"),
        help_text=_("Empty: any second person with the right approves."),
        min_value=0,
        max_value=10**9,
        required=False,
        widget=NUMBER,
    )

    def params(self) -> dict[str, Any]:
        """Return what the form says as a version's parameters. Needs a valid form."""
        facts = self.cleaned_data
        params: dict[str, Any] = {"tiers": facts["tiers"]}
        if facts["costs_kept"]:
            params["costs_kept_minor"] = facts["costs_kept"] * CENTS
        if facts["school_cancels"] != "everything":
            params["school_cancels"] = facts["school_cancels"]
        if facts["administrator_above"] is not None:
            params["administrator_above_minor"] = facts["administrator_above"] * CENTS
        return params


class RefundPolicyForm(RefundTermsForm, TermsForm):
    in_plans = forms.BooleanField(
        label=_("Plans that use this policy take the new version"),
        help_text=_("For invoices issued from now on; invoices issued before keep theirs."),
        initial=True,
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = RefundPolicy
        fields = ("name", "code", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.current is not None and not refund_tiers.is_told(self.current.params):
            self.fields["tiers"].help_text = _(
                "The version that holds now says something this form does not know; saving drops it. Compare with what you want."
            )

    def facts_of(self, version: Any) -> dict[str, Any]:
        params = version.params
        limit = refund_tiers.number(params.get("administrator_above_minor"))
        cancels = params.get("school_cancels", "everything")
        return {
            "tiers": refund_tiers.steps_of(params),
            "costs_kept": (refund_tiers.number(params.get("costs_kept_minor")) or 0) // CENTS,
            "school_cancels": cancels if cancels in dict(SCHOOL_CANCELS) else "everything",
            "administrator_above": None if limit is None else limit // CENTS,
        }

    def clean_costs_kept(self) -> int:
        return self.cleaned_data["costs_kept"] or 0

    def version_facts(self) -> dict[str, Any]:
        return {"params": self.params()}


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
