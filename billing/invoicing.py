"""How an enrollment is billed: full price, terms as they are today, a schedule that adds up, and the first posting."""

import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext as _

from billing import ledger, plan_terms, schedule
from billing.models import Installment, Invoice
from common import clock
from common.errors import DomainError
from courses import enrolling, terms
from courses.models import Enrollment, Group, PaymentPlanVersion
from students import locking, timeline


class AlreadyInvoiced(DomainError):  # noqa: N818
    """The enrollment has a live invoice."""

    code = "already-invoiced"
    status = 409

    def __init__(self, message: str, *, invoice: Invoice) -> None:
        super().__init__(message, invoice_id=invoice.pk)
        self.invoice = invoice


def preview_schedule(
    *,
    group: Group,
    version: PaymentPlanVersion,
    period_from: dt.date | None = None,
    period_to: dt.date | None = None,
    price_minor: int | None = None,
) -> list[schedule.Part]:
    """
    Return the schedule that billing would make, without making it: of the group's price unless one is given.

    Raises ImpossibleSchedule.
    """
    return schedule.build_schedule(
        terms=plan_terms.of_version(version=version, course=group.course),
        price_minor=group.price_minor if price_minor is None else price_minor,
        currency=group.currency,
        period_from=period_from or group.starts_on,
        period_to=period_to or group.ends_on,
        today=clock.today(),
    )


def enroll_and_invoice(
    *,
    student_id: int,
    group_id: int,
    plan_code: str,
    actor: timeline.Actor,
    period_from: dt.date | None = None,
    period_to: dt.date | None = None,
    crm_id: str | None = None,
    payer_id: int | None = None,
) -> Invoice:
    """Enroll a student and bill it in one transaction; raises what enrolling and invoicing raise, and does then neither."""
    version = terms.current_plan_version(plan_code=plan_code)
    with transaction.atomic():
        enrollment = enrolling.enroll(
            student_id=student_id,
            group_id=group_id,
            plan_version_id=version.pk,
            actor=actor,
            period_from=period_from,
            period_to=period_to,
            crm_id=crm_id,
        )
        return issue_invoice(enrollment_id=enrollment.pk, actor=actor, payer_id=payer_id)


def issue_invoice(
    *,
    enrollment_id: int,
    actor: timeline.Actor,
    payer_id: int | None = None,
    price_minor: int | None = None,
) -> Invoice:
    """
    Bill a live enrollment on the plan version that it was made with: the group's price, or what is left of it.

    Books receivable against deferred revenue. Raises AlreadyInvoiced (at most one live invoice per enrollment, promise 2) and
    ImpossibleSchedule.
    """
    with transaction.atomic():
        student_id = Enrollment.objects.values_list("student_id", flat=True).get(pk=enrollment_id)
        locking.lock_student(student_id=student_id)
        enrollment = (
            Enrollment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("group__course", "plan_version__access_rule_version")
            .get(pk=enrollment_id)
        )
        existing = Invoice.objects.filter(enrollment=enrollment, cancelled_at__isnull=True).first()
        if existing is not None:
            raise AlreadyInvoiced(_("This enrollment has an invoice already."), invoice=existing)
        parts = preview_schedule(
            group=enrollment.group,
            version=enrollment.plan_version,
            period_from=enrollment.period_from,
            period_to=enrollment.period_to,
            price_minor=price_minor,
        )
        invoice = _create(enrollment, parts, payer_id)
        _book(invoice)
        timeline.record([_event(invoice, len(parts), actor)])
    return invoice


def _create(enrollment: Enrollment, parts: list[schedule.Part], payer_id: int | None) -> Invoice:
    version = enrollment.plan_version
    invoice = Invoice.objects.create(
        number=_next_number(),
        enrollment=enrollment,
        student_id=enrollment.student_id,
        payer_id=payer_id,
        legal_entity_id=enrollment.group.legal_entity_id,
        currency=enrollment.group.currency,
        full_minor=sum(part.amount_minor for part in parts),
        plan_version=version,
        access_rule_version_id=version.access_rule_version_id,
        refund_policy_version_id=version.refund_policy_version_id,
    )
    today = clock.today()
    Installment.objects.bulk_create(
        Installment(
            invoice=invoice,
            number=part.number,
            module_id=part.module_id,
            period_from=part.period_from,
            period_to=part.period_to,
            expected_minor=part.amount_minor,
            due_date=part.due_date,
            grace_date=part.grace_date,
            state=Installment.State.DUE if part.due_date <= today else Installment.State.SCHEDULED,
        )
        for part in parts
    )
    return invoice


def _next_number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_invoice_number')")
        return f"M-{cursor.fetchone()[0]:06d}"


def _book(invoice: Invoice) -> None:
    ledger.post(
        key=f"invoice:{invoice.pk}",
        kind="invoice_issued",
        student_id=invoice.student_id,
        occurred_at=invoice.issued_at,
        lines=[
            ledger.Line(
                account=ledger.Account.RECEIVABLE,
                amount_minor=invoice.full_minor,
                currency=invoice.currency,
                invoice_id=invoice.pk,
            ),
            ledger.Line(
                account=ledger.Account.DEFERRED_REVENUE,
                amount_minor=-invoice.full_minor,
                currency=invoice.currency,
                invoice_id=invoice.pk,
            ),
        ],
    )


def _event(invoice: Invoice, parts: int, actor: timeline.Actor) -> timeline.Event:
    return timeline.Event(
        kind="invoice_issued",
        student_id=invoice.student_id,
        actor=actor,
        data={
            "number": invoice.number,
            "amount_minor": invoice.full_minor,
            "currency": invoice.currency,
            "parts": parts,
            "plan_version": invoice.plan_version_id,
        },
        subject_kind="billing.invoice",
        subject_id=invoice.pk,
    )
