"""Giving a discount: say what for, how much and why, look at every installment, confirm (promise 16). Taking it back likewise."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing import discount_plan, discounts
from billing.models import Adjustment, Discount, Invoice
from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.discount_pages.forms import DiscountForm, WithdrawForm
from students import timeline

RIGHTS = ["billing.give_discount", "billing.view_invoice", "students.view_student"]


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(RIGHTS, raise_exception=True)
def give(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """
    Show the form, then the whole effect, then give: the first POST shows, the one with `do` gives.

    An effect that changed since it was seen is shown again instead, so that a form sent twice gives once.
    """
    found = Invoice.objects.select_related("student", "enrollment__group__course")
    invoice = get_object_or_404(found, pk=invoice_id)
    form = DiscountForm(request.POST if request.method == "POST" else None, currency=invoice.currency)
    context: dict[str, Any] = {"invoice": invoice, "form": form}
    if request.method != "POST" or "change" in request.POST:
        return render(request, "discounts/choose.html", context)
    if not form.is_valid():
        return render(request, "discounts/choose.html", context, status=422)
    facts = form.cleaned_data
    sums = {"percent": facts["percent"], "amount_minor": facts["amount"]}
    try:
        if "do" in request.POST:
            discounts.give_discount(
                invoice_id=invoice.pk,
                ground=facts["ground"],
                reason=facts["reason"],
                actor=timeline.Actor.person(request.user),
                seen=request.POST.get("seen", "") or "unseen",
                **sums,
            )
            messages.success(
                request, _("The discount is given. Links that asked for the old sums are closed.")
            )
            return redirect("student-page", pk=invoice.student_id)
        plan = discount_plan.preview_discount(invoice_id=invoice.pk, **sums)
        return render(request, "discounts/effect.html", {**context, "plan": plan})
    except discounts.ChangedMeanwhile:
        if _gave_a_moment_ago(request, invoice, facts["reason"]):
            return redirect("student-page", pk=invoice.student_id)  # a second click is no mistake
        plan = discount_plan.preview_discount(invoice_id=invoice.pk, **sums)
        return render(request, "discounts/effect.html", {**context, "plan": plan, "is_stale": True})
    except DomainError as error:
        add_refusal(form, error)
        return render(request, "discounts/choose.html", context, status=422)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(RIGHTS, raise_exception=True)
def withdraw(request: HttpRequest, discount_id: int) -> HttpResponse:
    """Show what is owed again if a discount is taken back, and take it back with a reason."""
    found = Discount.objects.select_related("invoice__student", "invoice__enrollment__group__course")
    discount = get_object_or_404(found, pk=discount_id)
    if discount.withdrawn_at:
        return redirect("student-page", pk=discount.invoice.student_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            discounts.withdraw_discount(
                discount_id=discount.pk,
                reason=form.cleaned_data["reason"],
                actor=timeline.Actor.person(request.user),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(
                request, _("The discount is taken back. Links that asked for the lower sums are closed.")
            )
            return redirect("student-page", pk=discount.invoice.student_id)
    context = {
        "discount": discount,
        "invoice": discount.invoice,
        "form": form,
        "lowered": Adjustment.objects.filter(reason=discount.amounts)
        .select_related("installment")
        .order_by("installment__number"),
    }
    return render(request, "discounts/take_back.html", context, status=422 if form.errors else 200)


def _gave_a_moment_ago(request: HttpRequest, invoice: Invoice, reason: str) -> bool:
    """Whether this very person gave this very discount with the form that comes again."""
    last = Discount.objects.filter(invoice=invoice, withdrawn_at=None).order_by("-pk").first()
    return bool(last and last.given_by_id == request.user.pk and last.reason == reason)
