"""Refunds: the list of them, and the page of one."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from config.backoffice.refund_pages import lists, page

SEES = "refunds.view_refundrequest"


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def refund_list(request: HttpRequest) -> HttpResponse:
    """Show the refunds that wait, move or are done."""
    start = request.GET.get("start", "")
    shown = lists.read(
        viewer=request.user,
        which=request.GET.get("which", ""),
        start=int(start) if start.isascii() and start.isdigit() and len(start) < 8 else 0,
    )
    return render(request, "refunds/list.html", {"refunds": shown})


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one refund: its calculation, its effect, its parts and its story."""
    return page.show(request, pk)
