"""Everything that is kept of one student as one JSON file: who, studies, money, access, history; no addresses of links."""

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, JsonResponse

from access.models import AccessGrant
from billing.models import Allocation, Installment, Invoice, Payment, PaymentLink, Reminder
from common import clock
from courses.models import Pause
from refunds.models import Refund
from students import personal_data, timeline
from students.models import Student

# What is told of each kind of row, and by which way it belongs to the student.
ROWS: list[tuple[str, Any, str, list[str]]] = [
    ("pauses", Pause, "enrollment__student", ["enrollment", "first_day", "last_day", "cancelled_at"]),
    (
        "access",
        AccessGrant,
        "student",
        ["course__title", "kind", "opens_at", "closes_at", "reason", "withdrawn_at"],
    ),
    (
        "invoices",
        Invoice,
        "student",
        ["number", "enrollment", "currency", "full_minor", "legal_entity__name", "issued_at", "cancelled_at"],
    ),
    (
        "installments",
        Installment,
        "invoice__student",
        ["invoice__number", "number", "period_from", "period_to", "expected_minor", "due_date", "state"],
    ),
    (
        "payment_links",
        PaymentLink,
        "student",
        ["invoice__number", "amount_minor", "currency", "created_at", "opened_at", "expires_at", "state"],
    ),
    (
        "payments",
        Payment,
        "student",
        [
            "account__name",
            "order_number",
            "provider_ref",
            "amount_minor",
            "captured_minor",
            "refunded_minor",
            "currency",
            "state",
            "created_at",
            "verified_at",
        ],
    ),
    (
        "allocations",
        Allocation,
        "payment__student",
        ["payment__order_number", "installment__invoice__number", "installment__number", "amount_minor"],
    ),
    ("refunds", Refund, "student", ["payment__order_number", "amount_minor", "currency", "state"]),
    ("reminders", Reminder, "student", ["channel", "language", "state", "began_at"]),
]


def file_for(*, student: Student, actor: timeline.Actor) -> HttpResponse:
    """Return the file and say in the timeline that it was taken."""
    personal_data.note_export(student_id=student.pk, actor=actor)
    response = JsonResponse(
        everything_of(student=student),
        encoder=DjangoJSONEncoder,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    response["Content-Disposition"] = f'attachment; filename="student-{student.pk}.json"'
    return response


def everything_of(*, student: Student) -> dict[str, Any]:
    """Return what is kept of a student, each list in the order in which it came about."""
    enrollments = student.enrollments.order_by("pk").values(
        "id", "group__course__title", "group__name", "period_from", "period_to", "state", "end_reason"
    )
    told = {
        name: list(model.objects.filter(**{way: student}).order_by("pk").values(*fields))
        for name, model, way, fields in ROWS
    }
    return {
        "made_at": clock.now(),
        **personal_data.of_student(student=student),
        "enrollments": list(enrollments),
        **told,
    }
