"""The form of an access rule: what opens a course, when, and until when."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from common.admin_widgets import DayInput
from courses.admin.term_forms import NUMBER, TermsForm
from courses.models import AccessRule, AccessRuleVersion


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
