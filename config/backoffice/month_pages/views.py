"""Reading months: the list, one month, its numbers, and the files that were kept when it was signed."""

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from config.backoffice.month_pages import lists, page
from config.backoffice.month_pages.numbers import numbers_of
from reconciliation import kept_reports, snapshot
from reconciliation.models import KeptReport, MonthClose, MonthSnapshot

SEES = "reconciliation.view_monthclose"


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def months(request: HttpRequest) -> HttpResponse:
    """Show all months with their states, and what the next one to close waits for."""
    return render(request, "months/list.html", {"rows": lists.read()})


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def month(request: HttpRequest, text: str) -> HttpResponse:
    """Show one month: its state, what is in its way, what was signed and what may be done."""
    return render(request, "months/month.html", page.context_of(request, page.month_of(text)))


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def numbers_part(request: HttpRequest, text: str) -> HttpResponse:
    """Show the numbers of a month: the signed ones if it is closed, else those of this moment. htmx asks for the part alone."""
    month = page.month_of(text)
    close = MonthClose.objects.filter(month=month.first, state=MonthClose.State.CLOSED).first()
    totals = close.snapshot if close else snapshot.totals_of(month.first)
    context = {"month": month, "numbers": numbers_of(totals), "is_signed": close is not None}
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, "months/numbers.html" if is_part else "months/numbers_page.html", context)


@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def kept(request: HttpRequest, text: str, pk: int) -> StreamingHttpResponse:
    """Give out a kept report, byte by byte as it was signed."""
    month = page.month_of(text)
    file = get_object_or_404(KeptReport, pk=pk, snapshot__month_close__month=month.first)
    if not page.may_read(request.user, file.report):
        raise PermissionDenied
    generation = file.snapshot.generation
    name = f"{file.report}-{month}" + (f"-{generation}" if generation > 1 else "") + f".{file.form}"
    answer = StreamingHttpResponse(
        kept_reports.pieces_of(file), content_type=kept_reports.CONTENT_TYPES[file.form]
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Length"] = str(file.size)
    answer["ETag"] = f'"{file.sha256}"'
    return answer


@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def signed(request: HttpRequest, text: str, generation: int) -> HttpResponse:
    """Give out what was signed: the JSON text that the hash is made of."""
    month = page.month_of(text)
    found = MonthSnapshot.objects.filter(month_close__month=month.first, generation=generation).first()
    if found is None:
        raise Http404
    answer = HttpResponse(found.text.encode(), content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="month-{month}-{generation}.json"'
    answer["ETag"] = f'"{found.sha256}"'
    return answer
