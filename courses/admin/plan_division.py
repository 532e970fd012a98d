"""What a payment plan says about dividing a price, as people write and read it; the schedule is worked out in billing."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from common import admin_display, money
from common.errors import DomainError
from courses.models import PaymentPlanVersion

KIND = PaymentPlanVersion.Kind
CURRENCY = "AMD"
MOST_DATES = 36
MODULE_SHARES = [
    ("price", gettext_lazy("by the prices of the modules")),
    ("equal", gettext_lazy("equally")),
]


class PlanDivisionForm(forms.Form):
    """How the price is asked; what the chosen kind does not use is dropped."""

    kind = forms.ChoiceField(
        label=gettext_lazy("The price is asked"), choices=KIND.choices, widget=UnfoldAdminSelectWidget
    )
    parts = forms.IntegerField(
        label=gettext_lazy("Number of parts"),
        help_text=gettext_lazy("Of a plan with equal parts; after a first part, those of the rest."),
        initial=1,
        min_value=1,
        max_value=36,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    due_day = forms.IntegerField(
        label=gettext_lazy("Day of the month"),
        help_text=gettext_lazy("On which a part is due; empty: the day the part's period begins."),
        min_value=1,
        max_value=31,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    first_share = forms.CharField(
        label=gettext_lazy("First part"),
        help_text=gettext_lazy(
            "Of a plan with a first part: a percent of the price (30%) or drams (25 000)."
        ),
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    module_shares = forms.ChoiceField(
        label=gettext_lazy("Modules share the price"),
        help_text=gettext_lazy("Of a plan with a part for each module."),
        choices=MODULE_SHARES,
        initial="price",
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    dates = forms.CharField(
        label=gettext_lazy("Dates"),
        help_text=gettext_lazy(
            "Of a plan on chosen dates, a line for each: 2026-10-01 30%, or 2026-10-01 25 000. The first line is a date alone: "
            "it takes what the others leave."
        ),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        kind = facts.get("kind")
        if kind == KIND.EQUAL_PARTS and (facts.get("parts") or 0) < 2:
            self.add_error("parts", _("Equal parts are at least two."))
        if kind and kind not in (KIND.EQUAL_PARTS, KIND.PREPAYMENT):
            facts["parts"] = 1
        facts["params"] = {}
        try:
            if kind == KIND.PREPAYMENT:
                facts["params"] = {"first": _share(facts.get("first_share", ""), "first_share")}
            elif kind == KIND.BY_MODULE:
                facts["params"] = {"module_shares": facts.get("module_shares") or "price"}
            elif kind == KIND.FREE_DATES:
                facts["params"] = {"dates": _dates(facts.get("dates", ""))}
        except ValidationError as error:
            self.add_error("first_share" if kind == KIND.PREPAYMENT else "dates", error)
        return facts


def shown(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form's fields show of a version's parameters."""
    return {
        "first_share": _words(params.get("first", {})),
        "module_shares": params.get("module_shares", "price"),
        "dates": "\n".join(f"{dated['on']} {_words(dated)}".strip() for dated in params.get("dates", [])),
    }


def told(params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Return name and words of each fact that a version's parameters say."""
    if "first" in params:
        yield _("First part"), _words(params["first"])
    if "module_shares" in params:
        yield _("Modules share the price"), str(dict(MODULE_SHARES)[params["module_shares"]])
    for dated in params.get("dates", []):
        day = admin_display.day(dt.date.fromisoformat(dated["on"]))
        yield day, _words(dated) or _("what the others leave")


def _words(share: Mapping[str, Any]) -> str:
    if "percent" in share:
        return f"{share['percent']}%"
    return money.to_major(share["amount_minor"], CURRENCY) if "amount_minor" in share else ""


def _share(text: str, field: str) -> dict[str, int]:
    text = text.strip()
    if text.endswith("%"):
        percent = text[:-1].strip()
        if not (percent.isascii() and percent.isdigit() and len(percent) < 3 and int(percent)):
            raise ValidationError(_("A percent is a whole number from 1 to 99."))
        return {"percent": int(percent)}
    try:
        amount = money.from_typed(text, CURRENCY, field=field)
        return {"amount_minor": money.require_payable(amount, CURRENCY, field=field)}
    except DomainError as error:
        raise ValidationError(str(error)) from None


def _dates(text: str) -> list[dict[str, Any]]:
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    if not 2 <= len(lines) <= MOST_DATES:
        raise ValidationError(
            _("Write from 2 to %(most)s dates, each on a line of its own.") % {"most": MOST_DATES}
        )
    dates: list[dict[str, Any]] = []
    for place, (day, *share) in enumerate(lines, start=1):
        if (place == 1) == bool(share):
            raise ValidationError(_("The first line is a date alone; each further one a date and its share."))
        dates.append({"on": _day(day), **(_share(share[0], "dates") if share else {})})
    days = [dated["on"] for dated in dates]
    if days != sorted(set(days)):
        raise ValidationError(_("The dates must follow one another."))
    if sum(dated.get("percent", 0) for dated in dates) >= 100:
        raise ValidationError(_("The shares must leave something for the first date."))
    return dates


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValidationError(
            _("Write the date as year-month-day, for example 2026-10-01: %(text)s") % {"text": text}
        ) from None
