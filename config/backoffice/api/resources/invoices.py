"""`/api/v1/invoices`."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import balances, invoicing
from billing.models import Installment, Invoice
from config.backoffice.api import fields, pagination, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.schema import documented
from courses.models import Enrollment
from students.models import Payer, Student


class InstallmentShape(serializers.Serializer[Any]):
    """One line of a schedule."""

    number = serializers.IntegerField(source="installment.number")
    period = fields.PeriodShape(source="installment")
    amount = fields.MoneyField("installment.expected_minor", currency="installment.invoice.currency")
    paid = fields.MoneyField("paid_minor", currency="installment.invoice.currency")
    remaining = fields.MoneyField("remaining_minor", currency="installment.invoice.currency")
    due_date = serializers.DateField(source="installment.due_date")
    grace_date = serializers.DateField(source="installment.grace_date")
    status = serializers.ChoiceField(choices=Installment.State.choices, source="installment.state")


class InvoiceShape(serializers.Serializer[Any]):
    """The full price of one enrollment, what was paid of it, and its schedule."""

    id = fields.IdField()
    number = serializers.CharField()
    student = fields.IdField(source="student_id")
    enrollment = fields.IdField(source="enrollment_id")
    payer = fields.IdField(source="payer_id")
    plan = serializers.CharField(source="plan_version.plan.code")
    currency = serializers.CharField()
    full = fields.MoneyField("full_minor")
    adjustments = fields.MoneyField("balance.adjustments_minor")
    paid = fields.MoneyField("balance.paid_minor")
    remaining = fields.MoneyField("balance.remaining_minor")
    installments = InstallmentShape(many=True, source="schedule")
    issued_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)


class InvoiceBody(fields.Strict):
    """An enrollment to bill."""

    enrollment = fields.reference()
    payer = serializers.CharField(max_length=20, required=False, allow_null=True, default=None)


class InvoiceQuery(pagination.PageQuery):
    """Which invoices."""

    student = serializers.CharField(required=False, max_length=100, help_text="Id or CRM id.")
    enrollment = serializers.CharField(required=False, max_length=100, help_text="Id or CRM id.")
    number = serializers.CharField(required=False, max_length=30)


class Invoices(Resource):
    """Invoices, newest first."""

    needs = {"GET": ("billing.view_invoice",), "POST": ("billing.add_invoice",)}

    @documented(
        "list_invoices",
        "Invoices",
        query=InvoiceQuery,
        answers={200: pagination.page_shape(InvoiceShape)},
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(InvoiceQuery)
        rows = self.filtered(
            _invoices(), asked, "number", student=Student.objects.all(), enrollment=Enrollment.objects.all()
        )
        return self.page(rows, InvoiceShape, asked, prepare=_with_sums)

    @documented(
        "create_invoice",
        "Bill an enrollment",
        body=InvoiceBody,
        answers={201: InvoiceShape},
        refusals={
            409: "already-invoiced, ambiguous-reference",
            422: "impossible-schedule, unknown-reference",
        },
    )
    def post(self, request: Request) -> Response:
        def issue(given: dict[str, Any]) -> Response:
            enrollment = references.by_field(
                Enrollment.objects.all(), given["enrollment"], field="enrollment"
            )
            payers = Payer.objects.filter(student_id=enrollment.student_id)
            payer = references.by_own_id(payers, given["payer"], field="payer") if given["payer"] else None
            invoice = invoicing.issue_invoice(
                enrollment_id=enrollment.pk, actor=self.actor, payer_id=payer.pk if payer else None
            )
            return Response(InvoiceShape(*_with_sums([_invoices().get(pk=invoice.pk)])).data, status=201)

        return self.create(InvoiceBody, issue)


class OneInvoice(Resource):
    """One invoice."""

    needs = {"GET": ("billing.view_invoice",)}

    @documented("get_invoice", "One invoice", by_id=True, answers={200: InvoiceShape})
    def get(self, request: Request, id: str) -> Response:
        return Response(InvoiceShape(*_with_sums([references.by_address(_invoices(), id)])).data)


def schedule_lines(invoice: Invoice, lines: list[balances.ScheduleLine]) -> list[balances.ScheduleLine]:
    """Return the lines with their invoice at hand, so that writing them out asks for nothing more."""
    for line in lines:
        line.installment.invoice = invoice
    return lines


def _invoices() -> Any:
    return Invoice.objects.select_related("plan_version__plan")


def _with_sums(invoices: list[Invoice]) -> list[dict[str, Any]]:
    """Return the invoices as the shape reads them, with balance and schedule: three statements however many there are."""
    found = balances.invoice_balances(invoices=invoices)
    schedules = balances.schedules(invoice_ids=[invoice.pk for invoice in invoices])
    return [
        {
            **{name: getattr(invoice, name) for name in PLAIN},
            "balance": found[invoice.pk],
            "schedule": schedule_lines(invoice, schedules[invoice.pk]),
        }
        for invoice in invoices
    ]


PLAIN = (
    "id",
    "number",
    "student_id",
    "enrollment_id",
    "payer_id",
    "plan_version",
    "currency",
    "full_minor",
    "issued_at",
    "cancelled_at",
)
