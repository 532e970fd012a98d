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

from access.models import AccessGrant, CourseAccess
from billing import balances
from billing import what_if as what_ifs
from billing.models import Invoice
from common import clock, state_look
from common.major_amount import MajorAmountField
from config.backoffice.desk.forms import INPUT

RIGHTS = ["billing.view_invoice", "access.view_courseaccess"]
FARTHEST = dt.timedelta(days=366 * 3)


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")


class WhatIfForm(forms.Form):
    """How much, on which day, and the day that is asked about."""

    amount = MajorAmountField(label=_("If the student pays, in drams"))
    paid_on = forms.DateField(label=_("On this day"), widget=_day())
    on = forms.DateField(label=_("What is open at the end of"), widget=_day())

    def __init__(self, *args: Any, **facts: Any) -> None:
        super().__init__(*args, **facts)
        self.fields["amount"].widget.attrs.update(INPUT)

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
    form = WhatIfForm(request.GET) if is_asked else WhatIfForm(initial=_first_question(invoice))
    answer = what_ifs.would_open(invoice=invoice, **_facts(form)) if is_asked and form.is_valid() else None
    context = {
        "invoice": invoice,
        "enrollment": invoice.enrollment,
        "form": form,
        "answer": answer,
        "look": _look(answer.explanation.state) if answer else None,
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
        "amount": open_parts[0].remaining_minor if open_parts else 0,
        "paid_on": today,
        "on": today + dt.timedelta(days=30),
    }


def _word(kind: str) -> str:
    return str(dict(AccessGrant.Kind.choices).get(kind, _now("ground")))


def _look(state: str) -> dict[str, str]:
    look = state_look.look_of(model="courseaccess", value=state)
    return {
        "word": str(dict(CourseAccess.State.choices).get(state, state)),
        "tone": look.tone,
        "icon": look.icon,
    }
