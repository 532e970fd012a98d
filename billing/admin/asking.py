"""“Ask the provider now”: confirmed, one verb for each payment, done and refused told apart."""

import dataclasses
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import lookup
from billing.models import Payment
from billing.providers.base import ReportedStatus
from common.errors import DomainError
from students import timeline

MOST = 10  # each question may take as long as the bank lets us wait


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """One payment with what came of asking: the state before and after, or why nobody answered."""

    payment: Payment
    before: str = ""
    changed: bool = False
    refusal: str = ""


def page(request: HttpRequest, model_admin: admin.ModelAdmin[Any], chosen: QuerySet[Payment]) -> HttpResponse:
    """Show what would be asked; on confirmation ask, and show what was done and what was refused."""
    payments = list(chosen.select_related("student", "account").order_by("pk")[: MOST + 1])
    is_confirmed = request.method == "POST" and "confirmed" in request.POST
    asked = [_ask(payment, request) for payment in payments[:MOST]] if is_confirmed else []
    return TemplateResponse(
        request,
        "admin/billing/payment/ask.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": _("Ask the provider now"),
            "payments": payments[:MOST],
            "most": MOST,
            "too_many": len(payments) > MOST,
            "is_confirmed": is_confirmed,
            "done": [item for item in asked if not item.refusal],
            "refused": [item for item in asked if item.refusal],
        },
    )


def _ask(payment: Payment, request: HttpRequest) -> Asked:
    before = payment.get_state_display()
    try:
        found = lookup.refresh_payment(
            payment_id=payment.pk, asked_by="operator", actor=timeline.Actor.person(request.user)
        )
    except DomainError as error:
        return Asked(payment=payment, refusal=str(error))
    answer = found.answers.order_by("-pk").first()
    if answer is not None and answer.status == ReportedStatus.UNKNOWN:
        words = answer.raw_message or answer.raw_code or "–"
        return Asked(
            payment=found, refusal=gettext("The provider gave no clear answer: %(words)s") % {"words": words}
        )
    return Asked(payment=found, before=before, changed=found.get_state_display() != before)
