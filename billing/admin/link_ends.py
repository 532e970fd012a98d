"""The pages that take a payment link back, or put another in its place. Banks are asked first about attempts that are open."""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import balances, link_replacing, links, lookup
from billing.admin import link_pages
from billing.admin.link_forms import ReasonForm, ReplaceForm
from billing.models import PaymentLink
from common import clock
from common.errors import DomainError
from common.verb_admin import add_refusal
from students import timeline

Site = admin.ModelAdmin[Any]


def cancel(request: HttpRequest, model_admin: Site, link_id: int) -> HttpResponse:
    """Cancel an active link with a reason, after asking the bank about attempts that are still open."""
    link_pages.require(request, "billing.cancel_paymentlink")
    link = link_pages.link_of(link_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lookup.refresh_open_attempts(link_id=link.pk, asked_by="operator")
        try:
            links.cancel_payment_link(
                link_id=link.pk,
                reason=form.cleaned_data["reason"],
                actor=timeline.Actor.person(request.user),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, gettext("The link is cancelled."))
            return HttpResponseRedirect(link_pages.link_page(link.pk))
    return link_pages.page(
        request,
        model_admin,
        "admin/billing/paymentlink/cancel.html",
        title=_("Cancel the payment link"),
        link=link,
        form=form,
        open_attempts=_open_attempts(link),
        back=link_pages.link_page(link.pk),
    )


def replace(request: HttpRequest, model_admin: Site, link_id: int) -> HttpResponse:
    """Put another link in the place of an active one: with another amount or end, or after it went to the wrong person."""
    link_pages.require(request, "billing.cancel_paymentlink")
    link_pages.require(request, "billing.add_paymentlink")
    link = link_pages.link_of(link_id)
    version = link.invoice.plan_version
    remaining = _remaining(link)
    form = ReplaceForm(
        request.POST or None,
        currency=link.currency,
        allow_partial=version.allow_partial,
        initial={
            "amount": remaining,
            "expires_on": clock.today() + dt.timedelta(days=version.link_valid_days),
        },
    )
    if request.method == "POST" and form.is_valid():
        lookup.refresh_open_attempts(link_id=link.pk, asked_by="operator")
        try:
            fresh = link_replacing.replace_payment_link(
                link_id=link.pk,
                reason=form.cleaned_data["reason"],
                actor=timeline.Actor.person(request.user),
                amount_minor=form.cleaned_data["amount"],
                expires_at=form.expires_at(),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(
                request, gettext("The old link is replaced. Copy the new one or send it by e-mail.")
            )
            return HttpResponseRedirect(link_pages.link_page(fresh.pk))
    return link_pages.page(
        request,
        model_admin,
        "admin/billing/paymentlink/replace.html",
        title=_("Replace the payment link"),
        link=link,
        form=form,
        remaining=remaining,
        open_attempts=_open_attempts(link),
        back=link_pages.link_page(link.pk),
    )


def _remaining(link: PaymentLink) -> int:
    """Return what remains of the installments that a link asks for, in minor units."""
    asked = set(link.lines.values_list("installment_id", flat=True))
    schedule = balances.schedule_of(invoice_id=link.invoice_id)
    return sum(line.remaining_minor for line in schedule if line.installment.pk in asked)


def _open_attempts(link: PaymentLink) -> int:
    return link.payments.filter(state__in=link.payments.model.OPEN_STATES).count()
