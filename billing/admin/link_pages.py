"""The pages that make and send a payment link. Each confirms, calls one verb, and says what came of it."""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import balances, link_mail, links
from billing.admin.link_forms import LinkForm
from billing.models import Installment, PaymentLink, PaymentLinkLine
from common import admin_display, clock, dates, money
from common.errors import DomainError
from common.verb_admin import add_refusal
from students import timeline

Site = admin.ModelAdmin[Any]


def create(request: HttpRequest, model_admin: Site) -> HttpResponse:
    """Make a link for one installment, and others with it; an open link that exists is shown instead of a form."""
    require(request, "billing.add_paymentlink")
    line = _line(request.GET.get("installment", ""))
    existing = PaymentLinkLine.objects.filter(installment=line.installment, is_open=True).first()
    if existing is not None:
        return _show_existing(request, existing.link_id)
    if not line.remaining_minor:
        messages.info(request, gettext("Nothing remains to be paid here."))
        return HttpResponseRedirect(_invoice_page(line))
    invoice = line.installment.invoice
    form = LinkForm(
        request.POST or None,
        currency=invoice.currency,
        allow_partial=invoice.plan_version.allow_partial,
        further=_further(line),
        initial={
            "amount": line.remaining_minor,
            "expires_on": clock.today() + dt.timedelta(days=invoice.plan_version.link_valid_days),
        },
    )
    if request.method == "POST" and form.is_valid():
        answer = _make(request, form, line)
        if answer is not None:
            return answer
    return page(
        request,
        model_admin,
        "admin/billing/paymentlink/create.html",
        title=_("Create a payment link"),
        form=form,
        line=line,
        invoice=invoice,
        back=_invoice_page(line),
    )


def send(request: HttpRequest, model_admin: Site, link_id: int) -> HttpResponse:
    """Send an active link by e-mail after showing to whom."""
    require(request, "billing.send_paymentlink")
    link = link_of(link_id)
    if request.method == "POST":
        try:
            link_mail.send_payment_link(link_id=link.pk, actor=timeline.Actor.person(request.user))
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request,
                gettext("The link is on its way to %(email)s.") % {"email": link.student.letter_address},
            )
        return HttpResponseRedirect(link_page(link.pk))
    return page(
        request,
        model_admin,
        "admin/billing/paymentlink/send.html",
        title=_("Send the payment link by e-mail"),
        link=link,
        back=link_page(link.pk),
    )


def _make(request: HttpRequest, form: LinkForm, line: balances.ScheduleLine) -> HttpResponse | None:
    try:
        link = links.create_payment_link(
            installment_ids=[line.installment.pk, *form.also()],
            actor=timeline.Actor.person(request.user),
            amount_minor=None if form.also() else form.cleaned_data["amount"],
            expires_at=form.expires_at(),
            crm_deal_id=form.cleaned_data["crm_deal_id"],
        )
    except links.ActiveLinkExists as error:
        return _show_existing(request, error.link.pk)  # somebody else made it while this form was open
    except DomainError as error:
        add_refusal(form, error)
        return None
    messages.success(request, gettext("The payment link is ready. Copy it or send it by e-mail."))
    return HttpResponseRedirect(link_page(link.pk))


def _further(line: balances.ScheduleLine) -> list[tuple[int, str]]:
    """Return what else of the invoice can be asked for on one link: what remains and has no link of its own."""
    invoice = line.installment.invoice
    asked = set(
        PaymentLinkLine.objects.filter(installment__invoice=invoice, is_open=True).values_list(
            "installment_id", flat=True
        )
    )
    language = admin_display.language()
    return [
        (
            other.installment.pk,
            f"{other.installment.number} · "
            f"{dates.format_period(other.installment.period_from, other.installment.period_to, language)} · "
            f"{money.format_money(other.remaining_minor, invoice.currency, language)}",
        )
        for other in balances.schedule_of(invoice_id=invoice.pk)
        if other.remaining_minor
        and other.installment.pk != line.installment.pk
        and other.installment.pk not in asked
    ]


def _show_existing(request: HttpRequest, link_id: int) -> HttpResponse:
    messages.info(
        request,
        gettext("This installment has an active link already: this one. Send it, or cancel it first."),
    )
    return HttpResponseRedirect(link_page(link_id))


def _line(installment_id: str) -> balances.ScheduleLine:
    if not installment_id.isdecimal():
        raise Http404
    installment = get_object_or_404(
        Installment.objects.select_related(
            "invoice__student", "invoice__plan_version__plan", "invoice__enrollment__group__course"
        ),
        pk=installment_id,
    )
    for line in balances.schedule_of(invoice_id=installment.invoice_id):
        if line.installment.pk == installment.pk:
            line.installment.invoice = installment.invoice
            return line
    raise Http404


def link_of(link_id: int) -> PaymentLink:
    """Return a link with all that its pages name."""
    return get_object_or_404(
        PaymentLink.objects.select_related(
            "student", "course", "group", "invoice__payer", "invoice__plan_version"
        ),
        pk=link_id,
    )


def require(request: HttpRequest, permission: str) -> None:
    """Raise PermissionDenied unless the person has the right."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def page(request: HttpRequest, model_admin: Site, template: str, **context: Any) -> HttpResponse:
    """Return a page of the back office."""
    return TemplateResponse(
        request,
        template,
        {**model_admin.admin_site.each_context(request), **context},
    )


def _invoice_page(line: balances.ScheduleLine) -> str:
    return reverse("admin:billing_invoice_change", args=[line.installment.invoice_id])


def link_page(link_id: int) -> str:
    """Return the address of a link's own page."""
    return reverse("admin:billing_paymentlink_change", args=[link_id])
