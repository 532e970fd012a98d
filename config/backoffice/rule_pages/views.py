"""What would this student have on a day, if she paid so much on another? Asked by address, answered by the rules themselves."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from access import looks
from access.models import AccessGrant
from billing import balances
from billing import what_if as what_ifs
from billing.models import Invoice
from common import clock, money
from config.backoffice.form_fields import AmountField, day_field

RIGHTS = ["billing.view_invoice", "access.view_courseaccess"]
FARTHEST = dt.timedelta(days=366 * 3)


class WhatIfForm(forms.Form):
    """How much, on which day, and the day that is asked about."""

    paid_on = day_field(label=_("On this day"))
    on = day_field(label=_("What is open at the end of"))

    def __init__(self, *args: Any, currency: str, **facts: Any) -> None:
        super().__init__(*args, **facts)
        amount = AmountField(
            label=_("If the student pays (%(currency)s)") % {"currency": currency}, currency=currency
        )
        self.fields = {"amount": amount, **self.fields}

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        for name in ("paid_on", "on"):
            if facts.get(name) and abs(facts[name] - clock.today()) > FARTHEST:
                self.add_error(name, _("Choose a day within three years."))
        return facts


@require_GET
@login_required
@permission_required(RIGHTS, raise_exception=True)
def what_if(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """Show the question, and below it the answer once it was asked. Stores nothing."""
    invoice = get_object_or_404(
        Invoice.objects.select_related(
            "student", "enrollment__group__course", "access_rule_version__rule", "plan_version"
        ),
        pk=invoice_id,
    )
    is_asked = "amount" in request.GET
    asked, initial = (request.GET, None) if is_asked else (None, _first_question(invoice))
    form = WhatIfForm(asked, initial=initial, currency=invoice.currency)
    answer = what_ifs.would_open(invoice=invoice, **_facts(form)) if is_asked and form.is_valid() else None
    context = {
        "invoice": invoice,
        "enrollment": invoice.enrollment,
        "form": form,
        "answer": answer,
        "look": looks.look_of(answer.explanation.state) if answer else None,
        "grounds": [(_word(ground.kind), ground) for ground in answer.grounds] if answer else [],
    }
    return render(request, "rules/what_if.html", context, status=422 if is_asked and answer is None else 200)


def _facts(form: WhatIfForm) -> dict[str, Any]:
    facts = form.cleaned_data
    return {"amount_minor": facts["amount"], "paid_on": facts["paid_on"], "on": facts["on"]}


def _first_question(invoice: Invoice) -> dict[str, Any]:
    """Return the question that is asked most: what the next open part opens, in a month."""
    open_parts = [line for line in balances.schedule_of(invoice_id=invoice.pk) if line.remaining_minor]
    today = clock.today()
    return {
        "amount": money.to_major(open_parts[0].remaining_minor, invoice.currency) if open_parts else "",
        "paid_on": today,
        "on": today + dt.timedelta(days=30),
    }


def _word(kind: str) -> str:
    return str(dict(AccessGrant.Kind.choices).get(kind, _now("ground")))
