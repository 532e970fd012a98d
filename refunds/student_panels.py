"""Refunds on the student page: what was asked for, how far it is, and what went back in a bank's own cabinet."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from billing import balances, refund_door
from refunds.models import Refund, RefundRequest
from students.models import Student
from students.student_panel import StudentPanel, Viewer

SHOWN = 12


def load_refunds(student: Student, viewer: Viewer) -> Mapping[str, Any] | None:
    """Return the newest refunds with their parts, and where credit can be sent back; nothing if there is neither."""
    parts = Refund.objects.defer("evidence").select_related("payment").order_by("pk")
    requests = list(
        RefundRequest.objects.filter(student=student)
        .select_related("invoice__enrollment__group__course")
        .prefetch_related(Prefetch("refunds", queryset=parts, to_attr="parts"))[: SHOWN + 1]
    )
    found = list(
        Refund.objects.filter(student=student, state=Refund.State.EXTERNAL)
        .defer("evidence")
        .select_related("payment__account", "payment__course")[:SHOWN]
    )
    credits = _credits(student) if viewer.has_perm(refund_door.RIGHT) else []
    if not requests and not found and not credits:
        return None
    return {
        "student": student,
        "requests": requests[:SHOWN],
        "found": found,
        "credits": credits,
        "more": len(requests) > SHOWN,
    }


def _credits(student: Student) -> list[dict[str, Any]]:
    return [
        {
            "address": f"{reverse('refund-request', args=[payment.pk])}?of=credit",
            "amount_minor": left,
            "currency": payment.currency,
            "order_number": payment.order_number,
        }
        for payment, left in balances.credits_of(student_id=student.pk)
        if payment.state in refund_door.HOLDS_MONEY
    ]


PANELS = [
    StudentPanel(
        code="refunds",
        place=45,
        template="student_page/panels/refunds.html",
        load=load_refunds,
        permission="refunds.view_refundrequest",
    ),
]
