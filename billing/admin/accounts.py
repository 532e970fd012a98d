"""Our contracts with banks and wallets: set up here, their secrets in the environment alone."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from billing import accounts
from billing.models import MerchantAccount
from billing.models.merchant_account import MAX_ORDER_NUMBER
from billing.providers import registry
from common import admin_display
from common.readonly_admin import KeptAdmin


class AccountForm(forms.ModelForm[MerchantAccount]):
    """Takes only providers and profiles that the program knows, and ranges that leave used numbers alone."""

    kind = forms.ChoiceField(label=_("Provider and profile"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            kind: Any = self.fields["kind"]
            kind.choices = [
                (f"{code}:{profile}", f"{code} · {profile}" if profile else code)
                for code, provider in registry.PROVIDERS.items()
                for profile in provider.PROFILES
            ]
            kind.initial = f"{self.instance.provider}:{self.instance.profile}"

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        first, last = facts.get("order_number_first"), facts.get("order_number_last")
        if first is not None and first < 1:
            self.add_error("order_number_first", _("Order numbers begin with 1 at the least."))
        if last is not None and last > MAX_ORDER_NUMBER:
            words = _("Banks take order numbers up to %(number)s.") % {"number": MAX_ORDER_NUMBER}
            self.add_error("order_number_last", words)
        if first is not None and last is not None and last < first:
            self.add_error("order_number_last", _("The last order number is less than the first."))
        following = self.instance.next_order_number
        if following is not None and last is not None and last < following - 1:
            self.add_error(
                "order_number_last", _("Numbers up to %(number)s are used.") % {"number": following - 1}
            )
        return facts


@admin.register(MerchantAccount)
class MerchantAccountAdmin(KeptAdmin):
    form = AccountForm
    list_display = [
        "name",
        "code",
        "shown_provider",
        "legal_entity",
        "currency",
        "shown_standing",
        "is_active",
    ]
    list_select_related = ["legal_entity"]
    list_filter = ["provider", "is_active"]
    search_fields = ["name", "code"]
    actions = None
    fieldsets = [
        (None, {"fields": [("name", "code"), ("legal_entity", "currency"), ("is_active", "position")]}),
        (
            _("Contract"),
            {
                "fields": ["kind", ("order_number_first", "order_number_last"), "secrets_prefix"],
                "description": _(
                    "Secrets are never stored here: set the variables with this prefix in the environment."
                ),
            },
        ),
        (_("Standing"), {"fields": ["shown_standing", "shown_can", "last_reached_at", "next_order_number"]}),
    ]
    readonly_fields = ["shown_standing", "shown_can", "last_reached_at", "next_order_number"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep what payments already rest on: code, provider, currency and legal entity of a used account."""
        used = obj is not None and obj.payments.exists()
        return [*self.readonly_fields, *(["code", "currency", "legal_entity"] if used else [])]

    def save_model(self, request: HttpRequest, obj: MerchantAccount, form: Any, change: bool) -> None:
        obj.provider, _colon, obj.profile = form.cleaned_data["kind"].partition(":")
        obj.refused_at, obj.refused_reason = None, ""  # an edit asks for another try
        super().save_model(request, obj, form, change)

    @display(description=_("provider"), ordering="provider")
    def shown_provider(self, account: MerchantAccount) -> str:
        return f"{account.provider} · {account.profile}" if account.profile else account.provider

    @display(description=_("standing"))
    def shown_standing(self, account: MerchantAccount) -> SafeString | str:
        tone, words = standing_of(account)
        return format_html('<span class="mq-scope mq-tone-{}">{}</span>', tone, words)

    @display(description=_("what the provider can do"))
    def shown_can(self, account: MerchantAccount) -> SafeString | str:
        if not account.provider:
            return admin_display.NOTHING
        try:
            can = registry.capabilities(account.provider, account.profile)
        except registry.UnknownProvider as error:
            return str(error)
        words = [
            (gettext("tells what became of a payment when asked"), can.lookup),
            (gettext("calls us by itself"), can.callback),
            (gettext("sends money back"), can.refund),
            (gettext("sends a part back"), can.partial_refund),
        ]
        return format_html_join("", "<div>{} {}</div>", [("✓" if yes else "–", text) for text, yes in words])


def standing_of(account: MerchantAccount) -> tuple[str, str]:
    """Return the tone and the words of an account's standing: why it is offered to students or not."""
    try:
        condition = accounts.condition_of(account)
    except registry.UnknownProvider as error:
        return "bad", str(error)
    if condition.missing:
        return "bad", gettext("Not offered: the environment lacks %(names)s.") % {
            "names": ", ".join(condition.missing)
        }
    if condition.is_refused:
        words = gettext("Not offered: the provider refused our login on %(day)s (%(why)s).")
        return "bad", words % {
            "day": admin_display.moment(account.refused_at),
            "why": account.refused_reason or "–",
        }
    if not account.is_active:
        return "mute", gettext("Not offered: switched off.")
    if account.last_reached_at is None:
        return "wait", gettext("Offered; it has not answered yet.")
    return "good", gettext("Offered.")
