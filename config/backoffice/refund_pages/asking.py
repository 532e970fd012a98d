"""Asking for a refund: a form with its effect beside it, then the whole effect once more, and only then the wish is stored."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.models import Payment
from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.refund_pages import cases, effect
from config.backoffice.refund_pages.forms import ALL, CREDIT, OTHER, AskForm
from refunds import approval, wishes
from refunds.models import RefundRequest
from students import locking

RIGHTS = ["refunds.view_refundrequest", "refunds.request_refund"]


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(RIGHTS, raise_exception=True)
def ask(request: HttpRequest, payment_id: int) -> HttpResponse:
    """
    Show the form, then the whole effect, then store the wish: the first POST shows, the one with `do` asks.

    htmx asks for the effect alone while the form is filled. A form that was sent twice asks once.
    """
    payment = get_object_or_404(
        Payment.objects.select_related("student", "account", "course", "group"), pk=payment_id
    )
    if request.method == "POST" and (known := _known(request, payment)):
        return redirect("refund", pk=known.pk)
    case = cases.read(payment)
    if case.refusal:
        status = 422 if request.method == "POST" else 200
        return render(request, "refunds/ask_refused.html", {"case": case, "payment": payment}, status=status)
    if request.method != "POST":
        form = AskForm(initial=_initial(request, case), **case.form_facts)
        bound = AskForm({**_initial(request, case), "reason": "-"}, **case.form_facts)
        return _form_page(request, case, form, _shown(case, bound))
    form = AskForm(request.POST, **case.form_facts)
    is_whole = form.is_valid()
    if request.headers.get("HX-Request"):
        return render(request, "refunds/effect.html", _shown(case, form))
    if "change" in request.POST:
        return _form_page(request, case, form, _shown(case, form))
    if is_whole and "do" in request.POST:
        return _ask(request, case, form)
    return _preview(request, case, form) if is_whole else _refused(request, case, form)


def _known(request: HttpRequest, payment: Payment) -> RefundRequest | None:
    """Return what this form asked for before, if it was sent already."""
    key = request.POST.get("key", "")
    if "do" not in request.POST or not key or "\0" in key:
        return None
    return RefundRequest.objects.filter(
        key=key[:36], student_id=payment.student_id, requested_by_id=request.user.pk
    ).first()


def _initial(request: HttpRequest, case: cases.Case) -> dict[str, Any]:
    codes = [code for code, _words in case.money_choices]
    chosen = CREDIT if request.GET.get("of") == CREDIT and CREDIT in codes else codes[0]
    scopes = [code for code, _words in case.scope_choices]
    return {
        "money": chosen,
        "scope": ALL if ALL in scopes and chosen != CREDIT else scopes[-1],
        "how_much": "suggested",
        "access_decision": "keep",
        "key": str(uuid.uuid4()),
    }


def _preview(request: HttpRequest, case: cases.Case, form: AskForm) -> HttpResponse:
    """Show the whole effect before anything is stored, or what the rules refuse."""
    try:
        shown = _checked_effect(case, form)
    except DomainError as error:
        add_refusal(form, error)
        return _refused(request, case, form)
    return _confirm_page(request, case, form, shown)


def _ask(request: HttpRequest, case: cases.Case, form: AskForm) -> HttpResponse:
    """Store the wish if its effect is still the one that was seen; both under the student's lock."""
    by: Any = request.user
    try:
        with transaction.atomic():
            locking.lock_student(student_id=case.payment.student_id)
            shown = _checked_effect(case, form)
            if request.POST.get("seen", "") == shown.seen:
                made = approval.request_refund(
                    **_facts(_wish(case, form, shown.shown.amount_minor)),
                    by=by,
                    key=form.cleaned_data["key"],
                )
                messages.success(request, _("Asked for. A colleague decides about it."))
                return redirect("refund", pk=made.pk)
    except DomainError as error:
        add_refusal(form, error)
        return _refused(request, case, form)
    return _confirm_page(request, case, form, shown, is_stale=True)


def _checked_effect(case: cases.Case, form: AskForm) -> effect.Effect:
    """Return the effect of what the form says. Raises what the rules refuse."""
    found = _effect(case, form)
    amount_minor = found.shown.amount_minor
    if not amount_minor and form.cleaned_data["how_much"] != OTHER:
        raise wishes.RefundRefused(
            _("The policy gives nothing back now. Choose another amount and write why."), field="how_much"
        )
    wishes.check(_wish(case, form, amount_minor))
    return found


def _effect(case: cases.Case, form: AskForm) -> effect.Effect:
    amount_minor = form.cleaned_data["amount"]
    wish = _wish(case, form, amount_minor or 0)
    return effect.effect_of(wish, suggested=amount_minor is None)


def _shown(case: cases.Case, form: AskForm) -> dict[str, Any]:
    """Return the effect for the page, or why there is none, or that it waits for more words."""
    form.is_valid()
    if not form.is_calculable:
        return {"effect": None, "refusal": "", "payment": case.payment}
    try:
        found = _effect(case, form)
        if form.cleaned_data["amount"] is not None:
            wishes.require_within(
                amount_minor=found.shown.amount_minor,
                available_minor=found.shown.available_minor,
                currency=found.shown.currency,
            )
    except DomainError as error:
        return {"effect": None, "refusal": str(error), "payment": case.payment}
    return {"effect": found, "refusal": "", "payment": case.payment}


def _wish(case: cases.Case, form: AskForm, amount_minor: int) -> wishes.Wish:
    return form.wish(
        student_id=case.payment.student_id,
        payment_id=case.payment.pk,
        currency=case.payment.currency,
        amount_minor=amount_minor,
    )


def _facts(wish: wishes.Wish) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in wishes.Wish.__dataclass_fields__}


def _form_page(
    request: HttpRequest, case: cases.Case, form: AskForm, shown: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"case": case, "form": form, **shown, "payment": case.payment}
    return render(request, "refunds/ask.html", context, status=status)


def _refused(request: HttpRequest, case: cases.Case, form: AskForm) -> HttpResponse:
    return _form_page(request, case, form, _shown(case, form), status=422)


def _confirm_page(
    request: HttpRequest,
    case: cases.Case,
    form: AskForm,
    shown: effect.Effect,
    *,
    is_stale: bool = False,
) -> HttpResponse:
    context = {
        "case": case,
        "form": form,
        "effect": shown,
        "payment": case.payment,
        "is_stale": is_stale,
        "wish": _wish(case, form, shown.shown.amount_minor),
    }
    return render(request, "refunds/confirm.html", context, status=422 if is_stale else 200)
