"""What happens in reconciliation, as sentences."""

from django.utils.translation import gettext_lazy as _

from reconciliation import words
from students import telling
from students.models import TimelineEvent


def _break(event: TimelineEvent) -> dict[str, str]:
    return {"break": words.name_of((event.data or {}).get("break", ""))}


KINDS = {
    "statement_loaded": telling.kind(
        "reconciliation", "invoice", _("Statement file loaded: %(new)s new rows")
    ),
    "break_found": telling.kind(
        "reconciliation", "alert", _("Reconciliation of %(month)s: %(break)s"), tone="warn", also=_break
    ),
    "break_resolved": telling.kind(
        "reconciliation", "check", _("A break of reconciliation was resolved"), tone="good"
    ),
    "break_closed_by_facts": telling.kind(
        "reconciliation",
        "check",
        _("A break of reconciliation closed by itself: the sides agree"),
        tone="good",
    ),
    "break_reopened": telling.kind(
        "reconciliation", "alert", _("A break of reconciliation is there again"), tone="warn"
    ),
    "report_downloaded": telling.kind(
        "reconciliation", "download", _("Report %(report)s of %(month)s taken as %(form)s")
    ),
    "month_in_review": telling.kind("reconciliation", "search", _("The month %(month)s is being reviewed")),
    "month_closed": telling.kind("reconciliation", "check", _("The month %(month)s is closed"), tone="good"),
    "month_reopened": telling.kind(
        "reconciliation", "alert", _("The month %(month)s was opened again"), tone="warn"
    ),
}
