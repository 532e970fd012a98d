"""Every report by its code, in the order in which an accountant asks for them."""

from reconciliation.reports import (
    breaks,
    ledger_lines,
    matching,
    money,
    openings,
    overdue,
    receivables,
    refunds,
    statement_rows,
)
from reconciliation.reports.base import Report

REPORTS: dict[str, Report] = {
    report.code: report
    for report in (
        matching.REPORT,
        receivables.REPORT,
        money.REPORT,
        refunds.REPORT,
        openings.REPORT,
        overdue.REPORT,
        breaks.REPORT,
        statement_rows.REPORT,
        ledger_lines.REPORT,
    )
}


def get(code: str) -> Report | None:
    """Return the report with this code, None if there is none."""
    return REPORTS.get(code)


def monthly() -> list[Report]:
    """Return the reports that are kept when a month is closed."""
    return [report for report in REPORTS.values() if report.monthly]
