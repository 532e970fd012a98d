"""The forms of the refund pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common import clock
from config.backoffice.form_fields import INPUT, AmountField, day_field, words_field
from refunds.models import RefundRequest
from refunds.wishes import Wish

Decision = RefundRequest.AccessDecision
CREDIT = "credit"
SUGGESTED, OTHER = "suggested", "other"
ALL, THIS = "all", "this"

ACCESS_WORDS = [
    (Decision.KEEP, _("It stays as it is")),
    (Decision.END_NOW, _("It ends when the money is back")),
    (Decision.SHORTEN, _("It ends on a day")),
]


class AskForm(forms.Form):
    """What goes back, why, and what becomes of access."""

    money = forms.ChoiceField(label=_("Which money goes back"), widget=forms.RadioSelect)
    scope = forms.ChoiceField(label=_("Taken from"), widget=forms.RadioSelect)
    school_cancels = forms.BooleanField(
        label=_("The school cancels"),
        help_text=_("The policy then says by itself what goes back."),
        required=False,
    )
    how_much = forms.ChoiceField(
        label=_("Amount"),
        choices=[(SUGGESTED, _("As the policy suggests")), (OTHER, _("Another amount"))],
        initial=SUGGESTED,
        widget=forms.RadioSelect,
    )
    amount = AmountField(label=_("Amount in drams"), currency="AMD", required=False)
    change_reason = words_field(label=_("Why another amount"), required=False)
    access_decision = forms.ChoiceField(
        label=_("What becomes of access"),
        choices=ACCESS_WORDS,
        initial=Decision.KEEP,
        required=False,
        widget=forms.RadioSelect,
    )
    access_until = day_field(label=_("Last day of access"), required=False)
    keep_owed = forms.BooleanField(
        label=_("The student still owes it"),
        help_text=_("Otherwise a credit note lowers what is owed by the same sum."),
        required=False,
    )
    prefer_cancel = forms.BooleanField(
        label=_("Cancel the whole payment at the bank if it still can"),
        help_text=_(
            "Only for the whole sum of a payment; what the bank cancels no more is sent back as a refund."
        ),
        required=False,
    )
    reason = words_field(
        label=_("Reason"), help_text=_("It stands in the history with your name; a colleague decides by it.")
    )
    key = forms.CharField(max_length=36, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        money_choices: list[tuple[str, str]],
        scope_choices: list[tuple[str, str]],
        may_cancel: bool,
        currency: str,
        **facts: Any,
    ) -> None:
        super().__init__(*args, **facts)
        self.fields["money"].choices = money_choices  # type: ignore[attr-defined]
        self.fields["scope"].choices = scope_choices  # type: ignore[attr-defined]
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]
        if not may_cancel:
            del self.fields["prefer_cancel"]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if facts.get("how_much") == OTHER:
            if facts.get("amount") is None and "amount" not in self.errors:
                self.add_error("amount", _("Write the amount."))
        else:
            facts["amount"], facts["change_reason"] = None, ""
            self.errors.pop("amount", None)
        if facts.get("access_decision") != Decision.SHORTEN:
            facts["access_until"] = None
            self.errors.pop("access_until", None)
        elif (not facts.get("access_until") and "access_until" not in self.errors) or (
            facts.get("access_until") and facts["access_until"] < clock.today()
        ):
            self.add_error("access_until", _("Write the last day of access, today or later."))
        return facts

    @property
    def is_calculable(self) -> bool:
        """Whether enough is filled in, and readable, to say what would happen."""
        needed = set(self.fields) - {"reason", "change_reason", "key"}
        return self.is_bound and not needed & set(self.errors)

    def wish(self, *, student_id: int, payment_id: int, currency: str, amount_minor: int) -> Wish:
        """Return what was asked for, as the rules read it."""
        facts = self.cleaned_data
        chosen = facts["money"]
        is_credit = chosen == CREDIT
        return Wish(
            student_id=student_id,
            invoice_id=None if is_credit else int(chosen.partition(":")[2]),
            payment_id=payment_id if facts["scope"] == THIS else None,
            currency=currency,
            amount_minor=amount_minor,
            reason=facts.get("reason", ""),
            change_reason=facts.get("change_reason", ""),
            school_cancels=facts["school_cancels"] and not is_credit,
            keep_owed=facts["keep_owed"] and not is_credit,
            prefer_cancel=facts.get("prefer_cancel", False),
            access_decision=Decision.KEEP if is_credit else facts["access_decision"] or Decision.KEEP,
            access_until=None if is_credit else facts["access_until"],
        )


class DecisionForm(forms.Form):
    """Another person's word about a request."""

    reason = words_field(
        label=_("Reason"),
        help_text=_("A rejection needs one; it stands in the history with your name."),
        required=False,
    )


class WhyForm(forms.Form):
    """Why something is taken back or concluded."""

    reason = words_field(label=_("Reason"), help_text=_("It stands in the history with your name."))


class DocumentForm(forms.Form):
    """The document of a bank transfer."""

    document_number = forms.CharField(
        label=_("Document number"),
        max_length=64,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "off"}),
    )
    document_date = day_field(label=_("Document date"))
    scan = forms.FileField(
        label=_("Scan"),
        help_text=_("PDF, JPEG or PNG, up to 5 MB."),
        required=False,
        max_length=120,
        widget=forms.ClearableFileInput(attrs=INPUT),
    )
