"""`POST /api/v1/payment-requests`: all that a CRM wants, in one call."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import balances, links, payment_requests
from billing.models import PaymentLink
from config.backoffice.api import fields, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.resources import invoices, payment_links
from config.backoffice.api.schema import documented
from courses.models import Group
from students.models.student import Language


class PaymentRequestShape(payment_links.PaymentLinkShape):
    """The payment link, the installment it asks for, and the whole schedule."""

    installment = serializers.SerializerMethodField(help_text="Number in the schedule.")
    installments = serializers.SerializerMethodField()

    def get_installment(self, link: PaymentLink) -> int:
        return int(link.lines.all()[0].installment.number)

    def get_installments(self, link: PaymentLink) -> Any:
        lines = balances.schedule_of(invoice_id=link.invoice_id)
        whole = invoices.schedule_lines(link.invoice, lines)
        return invoices.InstallmentShape(whole, many=True).data


class StudentInput(fields.Strict):
    """The student: found by `external_id` (the CRM's id), or registered with these facts."""

    external_id = serializers.CharField(max_length=100)
    full_name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="Needed for a new student."
    )
    email = serializers.CharField(max_length=254, required=False, allow_blank=True, default="")
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")
    language = serializers.ChoiceField(choices=Language.choices, required=False, default=Language.ARMENIAN)


class PaymentRequestBody(fields.Strict):
    """Who pays for what, on which plan."""

    student = StudentInput()
    group = fields.reference()
    plan = serializers.CharField(max_length=40, help_text="Code of the payment plan.")
    installment = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=32_767,
        help_text="Number in the schedule; the first open one unless given.",
    )
    amount = fields.AmountField(
        required=False, allow_null=True, default=None, help_text="What is due unless given."
    )
    currency = fields.CurrencyField(required=False, allow_null=True, default=None)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    crm_deal_id = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class PaymentRequests(Resource):
    """What a CRM wants: student, group and plan in, payment address out."""

    needs = {
        "POST": (
            "students.add_student",
            "courses.add_enrollment",
            "billing.add_invoice",
            "billing.add_paymentlink",
        )
    }

    @documented(
        "create_payment_request",
        "Get a payment address for a student",
        body=PaymentRequestBody,
        answers={201: PaymentRequestShape, 200: PaymentRequestShape},
        refusals={
            409: "plan-differs, active-link-exists (its `link` is the one that is there), already-enrolled, "
            "ambiguous-reference, link-expiring, nothing-due",
            422: "amount-differs, bad-student-data, enrollment-refused, expiry-in-past, impossible-schedule, "
            "link-refused, unknown-installment, unknown-plan, unknown-reference",
        },
    )
    def post(self, request: Request) -> Response:
        def ask(given: dict[str, Any]) -> Response:
            group = references.by_field(Group.objects.all(), given["group"], field="group")
            try:
                link, is_new = payment_requests.request_payment(
                    student=payment_requests.StudentFacts(**given["student"]),
                    group_id=group.pk,
                    plan_code=given["plan"],
                    actor=self.actor,
                    installment_number=given["installment"],
                    amount=given["amount"],
                    currency=given["currency"],
                    expires_at=given["expires_at"],
                    crm_deal_id=given["crm_deal_id"],
                )
            except links.ActiveLinkExists as there:
                payment_links.show_link(there)
                raise
            whole = payment_links.whole_links().select_related("invoice").get(pk=link.pk)
            return Response(PaymentRequestShape(whole).data, status=201 if is_new else 200)

        return self.create(PaymentRequestBody, ask)
