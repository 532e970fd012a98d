"""Reviewing, closing and reopening a month, each confirmed by the person who saw what it does."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from common.verb_admin import add_refusal
from config.backoffice.month_pages import links, page
from config.backoffice.month_pages.forms import ReopenForm
from config.backoffice.month_pages.numbers import numbers_of
from reconciliation import closing
from reconciliation.models import MonthClose
from reconciliation.months import Month

SEES = "reconciliation.view_monthclose"
CLOSES = [SEES, "reconciliation.close_month"]
REOPENS = [SEES, "reconciliation.reopen_month"]


@require_POST
@login_required
@permission_required(CLOSES, raise_exception=True)
def review(request: HttpRequest, text: str) -> HttpResponse:
    """Begin to review a month."""
    month = page.month_of(text)
    user: Any = request.user
    try:
        closing.start_review(month=month.first, by=user)
    except closing.CloseRefused as error:
        messages.warning(request, str(error))
    return redirect("month", text=str(month))


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(CLOSES, raise_exception=True)
def close(request: HttpRequest, text: str) -> HttpResponse:
    """Show what closing a month would sign, all books proven; close it when the person who saw that says so."""
    month = page.month_of(text)
    close = MonthClose.objects.filter(month=month.first).first()
    if close is None or close.state != MonthClose.State.IN_REVIEW:
        _say_why_not(request, month, close)
        return redirect("month", text=str(month))
    user: Any = request.user
    refusal = ""
    if request.method == "POST":
        try:
            closing.close_month(month=month.first, by=user, seen=request.POST.get("seen") or "nothing")
        except closing.CloseRefused as error:
            close.refresh_from_db()
            if close.state == MonthClose.State.CLOSED and close.closed_by_id == user.pk:  # a second click
                return redirect("month", text=str(month))
            refusal = str(error)
        else:
            messages.success(
                request, _("%(month)s is closed: its books cannot change any more.") % {"month": month.name}
            )
            return redirect("month", text=str(month))
    shown = closing.preview(month.first)
    context = {
        "month": month,
        "refusal": refusal,
        "numbers": numbers_of(shown.totals),
        "seen": shown.sha256,
        "groups": links.groups_of(shown.blockers, user, month),
        "blocked": len(shown.blockers),
        "checks": len(shown.totals["checks"]),
    }
    return render(request, "months/close.html", context, status=409 if refusal else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(REOPENS, raise_exception=True)
def reopen(request: HttpRequest, text: str) -> HttpResponse:
    """Open a closed month again, with a reason; the one who closed it cannot."""
    month = page.month_of(text)
    close = MonthClose.objects.select_related("closed_by").filter(month=month.first).first()
    if close is None or close.state != MonthClose.State.CLOSED:
        messages.warning(request, _("This month is not closed."))
        return redirect("month", text=str(month))
    user: Any = request.user
    form = ReopenForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                closing.reopen_month(month=month.first, by=user, reason=form.cleaned_data["reason"])
            except closing.CloseRefused as error:
                add_refusal(form, error)
                status = error.status
            else:
                messages.success(request, _("%(month)s is open again.") % {"month": month.name})
                return redirect("month", text=str(month))
    context = {"month": month, "close": close, "form": form, "is_own": close.closed_by_id == user.pk}
    return render(request, "months/reopen.html", context, status=status)


def _say_why_not(request: HttpRequest, month: Month, close: MonthClose | None) -> None:
    """Say to somebody whose page was stale what the month is now."""
    if close is not None and close.state == MonthClose.State.CLOSED:
        messages.warning(request, _("%(month)s is closed already.") % {"month": month.name})
    else:
        messages.warning(request, _("Begin the review of this month first."))
