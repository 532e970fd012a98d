"""Every report by its code, in the order in which an accountant asks for them."""

from reconciliation.reports import ledger_lines, money, receivables
from reconciliation.reports.base import Report

REPORTS: dict[str, Report] = {
    report.code: report
    for report in (
        receivables.REPORT,
        money.REPORT,
        ledger_lines.REPORT,
    )
}


def get(code: str) -> Report | None:
    """Return the report with this code, None if there is none."""
    return REPORTS.get(code)


def monthly() -> list[Report]:
    """Return the reports that are kept when a month is closed."""
    return [report for report in REPORTS.values() if report.monthly]
