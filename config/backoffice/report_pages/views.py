"""The pages of the reports: what each answers, and its rows with sums, filters and the lines that prove it."""

import dataclasses
import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from common import clock
from config.backoffice.report_pages import asking, cells
from reconciliation import closing
from reconciliation.months import Month
from reconciliation.reports import registry, screen
from reconciliation.reports.base import LONG_AGO, Column, Kind, Report

FORMS = ("csv", "xlsx")


@never_cache
@require_GET
@login_required
@permission_required(asking.RIGHT, raise_exception=True)
def index(request: HttpRequest) -> HttpResponse:
    """Show which reports there are and what each answers, for one month."""
    refusal = ""
    try:
        month = asking.month_of(request.GET.get("month", ""))
    except asking.BadQuestion as error:
        month, refusal = clock.today().replace(day=1), str(error)
    found = [
        {
            "report": report,
            "url": asking.address(report.code, month=f"{month:%Y-%m}"),
            "files": _files(report, asking.Question(month=month)),
        }
        for report in registry.REPORTS.values()
        if asking.may_read(request.user, report)
    ]
    context = {"reports": found, "months": _months(reverse("reports"), month), "refusal": refusal}
    return render(request, "reports/index.html", context, status=422 if refusal else 200)


@never_cache
@require_GET
@login_required
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Show a page of a report's rows, what they sum to, and where every number comes from."""
    asked_report = find(request, code)
    try:
        question = asking.question(asked_report, request.GET)
    except asking.BadQuestion as error:
        context = {
            "report": asked_report,
            "refusal": str(error),
            "months": _months(reverse("report", args=[code]), clock.today().replace(day=1)),
        }
        return render(request, "reports/report.html", context, status=422)
    return render(request, "reports/report.html", _answer(request, asked_report, question))


def find(request: HttpRequest, code: str) -> Report:
    """Return the report that the reader asks for. Raises Http404, and PermissionDenied for somebody else's report."""
    found = registry.get(code)
    if found is None:
        raise Http404
    if not asking.may_read(request.user, found):
        raise PermissionDenied
    return found


def _answer(request: HttpRequest, report: Report, question: asking.Question) -> dict[str, Any]:
    period, where = question.period, question.where
    rows = screen.rows(report, period, where, question.start)
    totals = screen.totals(report, period, where)
    reader = cells.Reader(user=request.user, period=period, language=translation.get_language() or "")
    shown = [column for column in report.columns if column.on_screen]
    is_whole = not where and not question.until
    return {
        "report": report,
        "question": question,
        "period": period,
        "months": None if question.until else _months(reverse("report", args=[report.code]), question.month),
        "columns": [
            {
                "name": column.title,
                "number": column.kind in cells.NUMBERS,
                "whole": column.kind in cells.UNBROKEN,
            }
            for column in shown
        ],
        "rows": [reader.cells(report, row) for row in rows[: screen.SHOWN]],
        "sums": _sums(reader, shown, totals, where),
        "count": totals.count,
        "first": question.start + 1,
        "last": question.start + min(len(rows), screen.SHOWN),
        "more": question.address(report, start=question.start + screen.SHOWN)
        if len(rows) > screen.SHOWN
        else "",
        "back": question.address(report, start=max(0, question.start - screen.SHOWN))
        if question.start
        else "",
        "groups": _groups(report, question),
        "filters": _filters(report, question),
        "proofs": [_proof(reader, proof) for proof in screen.proofs(report, period)] if is_whole else [],
        "files": [] if question.until or where else _files(report, question),
        "whole": question.address(report, where={}) if where else "",
        "is_kept": not question.until and closing.kept_file(question.month, report.code, "csv") is not None,
    }


def _sums(reader: cells.Reader, shown: list[Column], totals: screen.Totals, where: Any) -> list[list[Any]]:
    """Return a line of sums for each currency, below the columns that have one."""
    return [
        [reader.total(column, sums[column.code], currency, where) if column.total else "" for column in shown]
        for currency, sums in totals.sums.items()
    ]


def _groups(report: Report, question: asking.Question) -> list[dict[str, Any]]:
    found = screen.groups(report, question.period, question.where)
    if len(found) < 2:
        return []
    column = report.column(report.group)
    others = {code: value for code, value in question.where.items() if code != report.group}
    chosen = question.where.get(report.group)
    every = {
        "url": question.address(report, where=others),
        "text": translation.gettext("All"),
        "count": sum(number for _value, number in found),
        "current": chosen is None,
    }
    return [every] + [
        {
            "url": question.address(report, where={**others, report.group: value}),
            "text": (column.words or {}).get(value, value),
            "count": number,
            "current": value == chosen,
        }
        for value, number in found
        if value
    ]


def _filters(report: Report, question: asking.Question) -> list[dict[str, Any]]:
    """Return what is asked of single columns beside the group, each with the way to ask no more."""
    return [
        {
            "title": report.column(code).title,
            "value": (report.column(code).words or {}).get(value, value),
            "url": question.address(
                report, where={key: kept for key, kept in question.where.items() if key != code}
            ),
        }
        for code, value in question.where.items()
        if code != report.group
    ]


def _proof(reader: cells.Reader, proof: screen.Proof) -> dict[str, Any]:
    check = proof.check
    money = Column(code="", title="", kind=Kind.MONEY)
    return {
        "title": check.title,
        "holds": proof.holds,
        "ours": check.ours,
        "theirs": check.theirs,
        "url": reader.address(check.source, {}, {}) if check.source else "",
        "sides": [
            {"ours": reader.number(money, ours, currency), "theirs": reader.number(money, theirs, currency)}
            for currency, ours, theirs in proof.sides
        ],
    }


def _files(report: Report, question: asking.Question) -> list[dict[str, str]]:
    parameters = dataclasses.replace(question, start=0).parameters()
    return [
        {"form": form.upper(), "url": asking.file_address(report.code, form, parameters)} for form in FORMS
    ]


def _months(url: str, month: dt.date) -> dict[str, Any]:
    """Return the month that is shown, and the ways to its neighbours."""
    here = Month(month)
    return {
        "url": url,
        "value": f"{month:%Y-%m}",
        "month": month,
        "last": f"{clock.today():%Y-%m}",
        "before": f"{url}?month={here.before}" if here.before.first >= LONG_AGO else "",
        "next": f"{url}?month={here.next}" if here.next.first <= clock.today() else "",
    }
