"""
A report as a file, streamed while the database writes it.

Nothing is read before the answer begins, because the statement holds the connection until its last row. If it fails at once, the
server says so; if it fails later, the answer breaks off without its end, and no browser takes it for whole. Of a closed month the
file is given that was kept when it was closed.
"""

import logging
from collections.abc import Callable, Generator, Iterator

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from config.backoffice.report_pages import asking, views
from reconciliation import closing, kept_reports
from reconciliation.reports import csv_form, xlsx_form
from reconciliation.reports.base import Report
from students import timeline

log = logging.getLogger(__name__)

BLOCKS: dict[str, Callable[..., Iterator[bytes]]] = {"csv": csv_form.blocks, "xlsx": xlsx_form.blocks}


@never_cache
@require_GET
@login_required
def report_file(request: HttpRequest, code: str, form: str) -> HttpResponseBase:
    """Give a report out as CSV or XLSX, and note who took it."""
    if form not in BLOCKS:
        raise Http404
    report = views.find(request, code)
    try:
        question = asking.question(report, request.GET)
    except asking.BadQuestion as error:
        return render(request, "reports/refused.html", {"report": report, "refusal": str(error)}, status=422)
    name = f"{report.code}-{question.day or f'{question.month:%Y-%m}'}.{form}"
    kept = None
    if question.is_of_the_whole_month:
        kept = closing.kept_file(question.month, report.code, form)
    if kept is not None:
        blocks = kept_reports.pieces_of(kept)
    else:
        blocks = BLOCKS[form](report, question.period, language=translation.get_language() or "")
    _note(request, report, question, form)
    answer = StreamingHttpResponse(_told(blocks, name), content_type=kept_reports.CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    if kept is not None:
        answer["Content-Length"] = str(kept.size)
    return answer


def _told(blocks: Iterator[bytes], name: str) -> Generator[bytes]:
    """Yield the blocks; say so in the log when they break off."""
    try:
        yield from blocks
    except Exception:
        log.exception("The file %s broke off before its end.", name)
        raise  # the server closes the connection without the last chunk


def _note(request: HttpRequest, report: Report, question: asking.Question, form: str) -> None:
    """Write down who took which report of which month; nothing of what stands in it."""
    timeline.record(
        [
            timeline.Event(
                kind="report_downloaded",
                student_id=None,
                actor=timeline.Actor.person(request.user),
                data={"report": report.code, "month": f"{question.month:%Y-%m}", "form": form},
            )
        ]
    )
    log.info(
        "Report %s of %s taken as %s by user %s.",
        report.code,
        f"{question.month:%Y-%m}",
        form,
        request.user.pk,
    )
