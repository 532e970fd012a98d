"""The form of a refund policy: steps, costs, the school's own cancelling, and above what an administrator decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from courses.admin import refund_tiers
from courses.admin.term_forms import NUMBER, TermsForm
from courses.models import RefundPolicy

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
