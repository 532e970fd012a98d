"""The way from an invoice to the page where its student moves to another group. That page is made above; here is its address."""

from typing import Any

from billing.models import Invoice
from common import doors
from courses.models import Enrollment

RIGHT = "courses.transfer_student"


def offered_to(viewer: Any, *, invoice: Invoice) -> str:
    """Return that address if this reader may move students and the enrollment runs, nothing otherwise."""
    if (
        invoice.cancelled_at
        or invoice.enrollment.state != Enrollment.State.ACTIVE
        or not viewer.has_perm(RIGHT)
    ):
        return ""
    return doors.address_of("transfer-student", invoice.enrollment_id)
