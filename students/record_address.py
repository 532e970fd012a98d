"""Where a person reads the record that an event is about."""

import functools

from django.urls import NoReverseMatch, reverse

from students.models import TimelineEvent

# Records that are read outside the admin.
PAGES = {
    "students.operatortask": "desk-task",
    "refunds.refundrequest": "refund",
    "refunds.refund": "refund-part",
    "reconciliation.discrepancy": "reconciliation-break",
    "reconciliation.sourcefile": "reconciliation-file",
}


def of_event(event: TimelineEvent) -> str:
    """Return the address of the event's subject, empty if it has none."""
    return of_record(event.subject_kind, event.subject_id)


def of_record(subject_kind: str, subject_id: int | None) -> str:
    """Return the address of a record named like "billing.payment", empty where no page shows it."""
    if not subject_kind or subject_id is None:
        return ""
    pattern = _admin_address(subject_kind)
    return pattern.replace("/0/", f"/{subject_id}/") if pattern else ""


@functools.cache
def _admin_address(subject_kind: str) -> str:
    try:
        if subject_kind in PAGES:
            return reverse(PAGES[subject_kind], args=[0])
        return reverse(f"admin:{subject_kind.replace('.', '_')}_change", args=[0])
    except NoReverseMatch:
        return ""  # a record without a page of its own, such as a module's access
