"""The month in reconciliation, comparing now, and what became of a file."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from common import clock
from config.backoffice.reconciliation_pages import origins
from config.backoffice.reconciliation_pages import overview as overviews
from reconciliation import loading, runs
from reconciliation.models import Discrepancy, Run, Side, SourceFile
from reconciliation.months import Month
from reconciliation.schedule import LONGEST_RUN
from reconciliation.sources import refusals
from students import timeline

SEES = "reconciliation.view_run"
ROWS_SHOWN = 50
FILES_LISTED = 100


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """Show a month: what came, what was compared, what is open, and what keeps the month from being closed."""
    shown = overviews.read(month=month_of(request))
    context = {"shown": shown, **rights_of(request)}
    if request.headers.get("HX-Request"):
        return render(request, "reconciliation/month.html", context)
    return render(request, "reconciliation/overview.html", context)


@require_POST
@login_required
@permission_required([SEES, "reconciliation.start_run"], raise_exception=True)
def compare(request: HttpRequest) -> HttpResponse:
    """Compare one source of one month now, and say what was found."""
    month = origins.month_named(request.POST.get("month", ""), Month.of(clock.now()))
    origin = origins.find(request.POST.get("source", ""))
    if origin is None:
        raise Http404
    if month.start > clock.now():
        messages.warning(request, _("This month has not begun yet."))
    else:
        run = runs.run_month(
            month=month.first,
            side=origin.side,
            account=origin.account,
            trigger=Run.Trigger.PERSON,
            actor=timeline.Actor.person(request.user),
        )
        _tell(request, origin, run)
    return redirect(f"{_overview_url(month)}#{origin.code}")


@never_cache
@require_GET
@login_required
@permission_required("reconciliation.view_sourcefile", raise_exception=True)
def file_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what became of a file: how many rows are new, known, ignored, and each that could not be read with the reason."""
    file = get_object_or_404(SourceFile.objects.select_related("account", "loaded_by", "profile"), pk=pk)
    bad_rows = Paginator(file.bad_rows.order_by("line", "pk"), ROWS_SHOWN).get_page(request.GET.get("page"))
    context = {
        "file": file,
        "name": origins.Origin(file.side, file.account).name,
        "bad_rows": [{"row": row, "reason": refusals.sentence_of(row.reason)} for row in bad_rows],
        "page": bad_rows,
        "months": _months_of(file),
        "comparison": _comparison_of(file),
        **rights_of(request),
    }
    if request.headers.get("HX-Request"):
        return render(request, "reconciliation/comparison.html", context)
    return render(request, "reconciliation/file.html", context)


@require_GET
@login_required
@permission_required("reconciliation.view_sourcefile", raise_exception=True)
def original(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Send the file as it came, never shown inside our own pages."""
    file = get_object_or_404(SourceFile, pk=pk)
    return StreamingHttpResponse(
        loading.original_of(file=file),
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": content_disposition_header(True, _safe_name(file)),
            "Content-Length": str(file.size),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


def month_of(request: HttpRequest) -> Month:
    """Return the month that the address names; without one, the month of yesterday, whose books are being closed."""
    usual = Month.of(clock.now())
    if clock.today().day == 1:
        usual = usual.before
    return origins.month_named(request.GET.get("month", ""), usual)


def rights_of(request: HttpRequest) -> dict[str, bool]:
    """Return what the reader may do, for the templates."""
    has = request.user.has_perm
    return {
        "may_load": has("reconciliation.load_sourcefile"),
        "may_compare": has("reconciliation.start_run"),
        "may_map": has("reconciliation.add_mappingprofile"),
        "may_see_files": has("reconciliation.view_sourcefile"),
        "may_see_breaks": has("reconciliation.view_discrepancy"),
        "may_decide": has("reconciliation.resolve_discrepancy"),
    }


def _overview_url(month: Month) -> str:
    return f"{reverse('reconciliation')}?{urlencode({'month': str(month)})}"


def _tell(request: HttpRequest, origin: origins.Origin, run: Run) -> None:
    if run.finished_at is None:
        messages.info(request, _("%(name)s is being compared already.") % {"name": origin.name})
    elif not run.has_source:
        messages.warning(
            request,
            _("%(name)s: there is no file to compare with yet. Upload it first.") % {"name": origin.name},
        )
    else:
        count = sum(run.summary.get("breaks", {}).values())
        words = (
            ngettext(
                "%(name)s: compared, %(count)s difference is open.",
                "%(name)s: compared, %(count)s differences are open.",
                count,
            )
            if count
            else _("%(name)s: compared, both sides agree.")
        )
        messages.success(request, words % {"name": origin.name, "count": count})


def _months_of(file: SourceFile) -> list[Month]:
    if file.month:
        return [Month(file.month)]
    if file.first_at is None or file.last_at is None:
        return []
    months, last = [Month.of(file.first_at)], Month.of(file.last_at)
    while months[-1].first < last.first:
        months.append(months[-1].next)
    return months[-12:]


def _comparison_of(file: SourceFile) -> dict[str, Any]:
    """Return whether the months of a file were compared since it came, and how many breaks are open then."""
    since = Run.objects.filter(side=file.side, started_at__gte=file.loaded_at)
    open_breaks = Discrepancy.objects.filter(side=file.side, state=Discrepancy.State.OPEN)
    if file.side == Side.PROVIDER:
        since, open_breaks = since.filter(account=file.account), open_breaks.filter(account=file.account)
    months = [month.first for month in _months_of(file)]
    finished = set(since.filter(finished_at__isnull=False).values_list("month", flat=True))
    is_waiting = bool(set(months) - finished) and file.loaded_at > clock.now() - LONGEST_RUN
    return {
        "is_waiting": is_waiting,
        "is_done": bool(months) and set(months) <= finished,
        "open": open_breaks.filter(month__in=months).count(),
    }


def _safe_name(file: SourceFile) -> str:
    """Return the file's own name without anything that a path or a header could be made of."""
    name = "".join(
        letter for letter in file.name if letter.isprintable() and letter not in '/\\:*?"<>|'
    ).strip(". ")
    return name or f"statement-{file.pk}"
