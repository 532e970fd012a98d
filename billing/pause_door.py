"""The way from an invoice to the pages where its student is paused. Those pages are made above; here are their addresses."""

from collections.abc import Mapping, Sequence
from typing import Any

from billing.models import Invoice
from common import clock, doors
from courses.models import Enrollment, Pause

RIGHT = "courses.pause_student"


def offered_to(viewer: Any, *, invoices: Sequence[Invoice]) -> Mapping[int, Mapping[str, Any]]:
    """
    Return by invoice the pause that runs or is to come, and the address to make one or to change it. One statement.

    Whoever may not pause sees the pause and no address.
    """
    running = [
        invoice
        for invoice in invoices
        if not invoice.cancelled_at and invoice.enrollment.state != Enrollment.State.ENDED
    ]
    pauses = {
        pause.enrollment_id: pause
        for pause in Pause.objects.filter(
            enrollment__in=[invoice.enrollment_id for invoice in running],
            cancelled_at__isnull=True,
            last_day__gte=clock.today(),
        )
    }
    may = viewer.has_perm(RIGHT)
    return {
        invoice.pk: {
            "pause": pauses.get(invoice.enrollment_id),
            "address": _address(invoice, pauses.get(invoice.enrollment_id)) if may else "",
        }
        for invoice in running
    }


def _address(invoice: Invoice, pause: Pause | None) -> str:
    if pause is not None:
        return doors.address_of("change-pause", pause.pk)
    return doors.address_of("pause-student", invoice.enrollment_id)
