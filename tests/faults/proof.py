"""What must hold after every fault: the books agree, access is open once, the history is that of an undisturbed run."""

from access.models import AccessGrant, CourseAccess
from billing import check_ledger
from billing.models import Payment, PaymentLink
from billing.providers.base import PaymentReport, ReportedStatus
from students.models import TimelineEvent
from tests.faults import invariants


def history(student_id: int) -> list[str]:
    """Return the kinds of a student's events in their order."""
    return list(
        TimelineEvent.objects.filter(student_id=student_id).order_by("id").values_list("kind", flat=True)
    )


def require_clean() -> None:
    """Fail unless the books agree with allocations and payments, and every invariant of the fault list holds."""
    assert check_ledger.problems() == []
    assert invariants.broken() == []


def require_paid_once(link: PaymentLink) -> None:
    """Fail unless the link is paid by one payment that opened its course once, and the books agree."""
    link.refresh_from_db()
    assert link.state == PaymentLink.State.PAID
    assert [payment.captured_minor for payment in link.payments.filter(state=Payment.State.VERIFIED)] == [
        link.amount_minor
    ]
    assert AccessGrant.objects.filter(student=link.student, withdrawn_at=None).count() == 1
    access = CourseAccess.objects.get(student=link.student, course=link.course)
    assert access.state == CourseAccess.State.OPEN
    require_clean()


def paid_report(payment: Payment, **facts: object) -> PaymentReport:
    """Return the report of a bank that took exactly what was asked, or with `facts` something else."""
    fields: dict[str, object] = {
        "status": ReportedStatus.PAID,
        "order_number": payment.order_number,
        "provider_ref": payment.provider_ref,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "refunded_minor": 0,
        **facts,
    }
    return PaymentReport(**fields)  # type: ignore[arg-type]
