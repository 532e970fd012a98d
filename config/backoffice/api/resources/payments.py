"""`/api/v1/payments`, to read: money moves by payment links alone."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Payment, PaymentLink
from config.backoffice.api import fields, pagination, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.schema import documented
from students.models import Student


class PaymentShape(serializers.Serializer[Any]):
    """One attempt to pay a link."""

    id = fields.IdField()
    payment_link = fields.IdField(source="link_id")
    student = fields.IdField(source="student_id")
    course = fields.IdField(source="course_id")
    group = fields.IdField(source="group_id")
    account = serializers.CharField(source="account.code", help_text="The merchant account, by code.")
    order_number = serializers.CharField(help_text="Our number at the provider.")
    provider_ref = serializers.CharField(help_text="The provider's number; empty until it gave one.")
    amount = fields.MoneyField("amount_minor")
    captured = fields.MoneyField("captured_minor")
    refunded = fields.MoneyField("refunded_minor")
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=Payment.State.choices, source="state")
    created_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)


class PaymentQuery(pagination.PageQuery):
    """Which payments."""

    student = serializers.CharField(required=False, max_length=100, help_text="Id or CRM id.")
    payment_link = serializers.CharField(required=False, max_length=20)
    status = serializers.ChoiceField(choices=Payment.State.choices, required=False)
    account = serializers.CharField(required=False, max_length=40)
    order_number = serializers.IntegerField(required=False, min_value=1, max_value=references.LARGEST_ID)
    provider_ref = serializers.CharField(required=False, max_length=64)


class Payments(Resource):
    """Payments, newest first."""

    needs = {"GET": ("billing.view_payment",)}

    @documented(
        "list_payments",
        "Payments",
        query=PaymentQuery,
        answers={200: pagination.page_shape(PaymentShape)},
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(PaymentQuery)
        rows = self.filtered(
            _payments(),
            asked,
            "order_number",
            "provider_ref",
            "account",
            "status",
            student=Student.objects.all(),
            payment_link=PaymentLink.objects.all(),
        )
        return self.page(rows, PaymentShape, asked)


class OnePayment(Resource):
    """One payment."""

    needs = {"GET": ("billing.view_payment",)}

    @documented("get_payment", "One payment", by_id=True, answers={200: PaymentShape})
    def get(self, request: Request, id: str) -> Response:
        return Response(PaymentShape(references.by_address(_payments(), id)).data)


def _payments() -> Any:
    return Payment.objects.select_related("account")
