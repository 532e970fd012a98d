"""What a payment plan asks when of a sample course, while its form is being filled in."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from billing import plan_terms, schedule, shares
from common.errors import DomainError
from common.major_amount import MajorAmountField
from courses.admin.plan_division import PlanDivisionForm

CURRENCY = "AMD"
DAYS = 90
MODULE_PRICES = (4_000_000, 3_000_000, 2_000_000)


class SampleForm(forms.Form):
    """The price and the first day of the sample course."""

    sample_price = MajorAmountField(label=_("Sample price, in drams"))
    sample_start = forms.DateField(label=_("Sample start"))


@require_POST
@login_required
@permission_required("courses.view_paymentplanversion", raise_exception=True)
def plan_sample(request: HttpRequest) -> HttpResponse:
    """Show the schedule that a plan, as its form stands now, makes of a sample; or what cannot be read. Stores nothing."""
    division, sample = PlanDivisionForm(request.POST), SampleForm(request.POST)
    refusal = ""
    parts: list[schedule.Part] = []
    if division.is_valid() and sample.is_valid():
        try:
            parts = _schedule(division.cleaned_data, **sample.cleaned_data)
        except DomainError as error:
            refusal = str(error)
    else:
        problems = [*division.errors.values(), *sample.errors.values()]
        refusal = " ".join(str(error) for errors in problems for error in errors)
    context = {
        "refusal": refusal,
        "parts": parts,
        "total_minor": sum(part.amount_minor for part in parts),
        "currency": CURRENCY,
        "days": DAYS,
    }
    return render(request, "billing/plan_sample.html", context)


def _schedule(facts: dict[str, Any], *, sample_price: int, sample_start: dt.date) -> list[schedule.Part]:
    """Return the sample's parts as if the student enrolled on the first day, or on the plan's first date if that is earlier."""
    terms = plan_terms.read(
        kind=facts["kind"],
        parts=facts["parts"],
        due_day=facts["due_day"],
        params=facts["params"],
        modules=[
            shares.ModulePrice(module_id=number, price_minor=price)
            for number, price in enumerate(MODULE_PRICES, start=1)
        ],
    )
    return schedule.build_schedule(
        terms=terms,
        price_minor=sample_price,
        currency=CURRENCY,
        period_from=sample_start,
        period_to=sample_start + dt.timedelta(days=DAYS - 1),
        today=min([sample_start, *(dated.on for dated in terms.dates)]),
    )
