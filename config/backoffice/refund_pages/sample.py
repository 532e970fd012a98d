"""What a refund policy gives back of a sample course, while its form is being filled in."""

import dataclasses
import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.admin_display import language
from common.errors import DomainError
from common.money import format_money
from courses.admin.refund_policy_form import RefundTermsForm
from refunds import policy

CURRENCY = "AMD"
PRICE_MINOR = 9_000_000
PART_MINOR = 3_000_000
LESSONS = 24
START = dt.date(2026, 9, 1)
BOUGHT = START - dt.timedelta(days=21)


@require_POST
@login_required
@permission_required("courses.view_refundpolicyversion", raise_exception=True)
def policy_sample(request: HttpRequest) -> HttpResponse:
    """Show what a policy, as its form stands now, gives back at several moments; or what cannot be read. Stores nothing."""
    form = RefundTermsForm(request.POST)
    refusal, rows = "", []
    if form.is_valid():
        try:
            rows = _rows(policy.read(form.params()))
        except DomainError as error:
            refusal = str(error)
    else:
        refusal = " ".join(str(error) for errors in form.errors.values() for error in errors)
    context = {
        "refusal": refusal,
        "rows": rows,
        "columns": [
            {"name": _("When")},
            {"name": _("All paid: %s") % _money(PRICE_MINOR), "number": True},
            {"name": _("A third paid: %s") % _money(PART_MINOR), "number": True},
        ],
        "lessons": LESSONS,
    }
    return render(request, "refunds/sample.html", context)


def _rows(read: policy.Policy) -> list[list[Any]]:
    moments = [
        (_("Two weeks before the start"), -14, 0),
        (_("On the first day, no lesson held"), 0, 0),
        (_("After the first lesson"), 1, 1),
        (_("A week in, 2 lessons held"), 7, 2),
        (_("Two weeks in, 4 lessons held"), 14, 4),
        (_("Half of the lessons held"), 45, LESSONS // 2),
        (_("All lessons held"), 90, LESSONS),
    ]
    rows = [[words, *_amounts(read, days, held)] for words, days, held in moments]
    cancels = _amounts(read, 45, LESSONS // 2, school_cancels=True)
    return [*rows, [_("The school cancels, half of the lessons held"), *cancels]]


def _amounts(read: policy.Policy, days: int, held: int, *, school_cancels: bool = False) -> list[str]:
    facts = policy.Facts(
        currency=CURRENCY,
        paid_minor=PRICE_MINOR,
        full_minor=PRICE_MINOR,
        lessons_held=held,
        lessons_total=LESSONS,
        starts_on=START,
        purchased_on=BOUGHT,
        on=START + dt.timedelta(days=days),
        school_cancels=school_cancels,
    )
    return [
        _money(policy.suggest(policy=read, facts=dataclasses.replace(facts, paid_minor=paid)).amount_minor)
        for paid in (PRICE_MINOR, PART_MINOR)
    ]


def _money(amount_minor: int) -> str:
    return format_money(amount_minor, CURRENCY, language())
