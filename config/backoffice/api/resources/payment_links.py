"""`/api/v1/payment-links`."""

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import balances, links
from billing.models import Invoice, PaymentLink, PaymentLinkLine
from common import money
from config.backoffice.api import fields, pagination, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.schema import documented
from students.models import Student


class LinkLineShape(serializers.Serializer[Any]):
    """How much of which installment a link asks."""

    installment = serializers.IntegerField(source="installment.number")
    amount = fields.MoneyField("amount_minor", currency="link.currency")


class PaymentLinkShape(serializers.Serializer[Any]):
    """A payment request, as it was fixed."""

    id = fields.IdField()
    url = serializers.SerializerMethodField(help_text="The address that the student opens.")
    status = serializers.ChoiceField(choices=PaymentLink.State.choices, source="state")
    student = fields.IdField(source="student_id")
    course = fields.IdField(source="course_id")
    group = fields.IdField(source="group_id")
    period = fields.PeriodShape(source="*")
    amount = fields.MoneyField("amount_minor")
    currency = serializers.CharField()
    expires_at = serializers.DateTimeField()
    invoice = fields.IdField(source="invoice_id")
    lines = LinkLineShape(many=True, source="lines.all")
    crm_deal_id = serializers.CharField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)

    def get_url(self, link: PaymentLink) -> str:
        return links.link_address(link)


class PaymentLinkBody(fields.Strict):
    """A payment link to make."""

    invoice = serializers.CharField(max_length=20)
    installments = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=32_767),
        required=False,
        min_length=1,
        max_length=100,
        help_text="Numbers in the schedule; the first open one unless given.",
    )
    amount = fields.AmountField(required=False, help_text="What is due unless given.")
    currency = fields.CurrencyField(required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    crm_deal_id = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class PaymentLinkQuery(pagination.PageQuery):
    """Which links."""

    student = serializers.CharField(required=False, max_length=100, help_text="Id or CRM id.")
    invoice = serializers.CharField(required=False, max_length=20)
    status = serializers.ChoiceField(choices=PaymentLink.State.choices, required=False)
    crm_deal_id = serializers.CharField(required=False, max_length=100)


class PaymentLinks(Resource):
    """Payment links, newest first."""

    needs = {"GET": ("billing.view_paymentlink",), "POST": ("billing.add_paymentlink",)}

    @documented(
        "list_payment_links",
        "Payment links",
        query=PaymentLinkQuery,
        answers={200: pagination.page_shape(PaymentLinkShape)},
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(PaymentLinkQuery)
        rows = self.filtered(
            whole_links(),
            asked,
            "crm_deal_id",
            "status",
            student=Student.objects.all(),
            invoice=Invoice.objects.all(),
        )
        return self.page(rows, PaymentLinkShape, asked)

    @documented(
        "create_payment_link",
        "Ask for a payment",
        body=PaymentLinkBody,
        answers={201: PaymentLinkShape},
        refusals={
            409: "active-link-exists (its `link` is the one that is there), nothing-due",
            422: "amount-differs, bad-amount, expiry-in-past, link-refused, unknown-reference",
        },
    )
    def post(self, request: Request) -> Response:
        def make(given: dict[str, Any]) -> Response:
            invoice = references.by_own_id(Invoice.objects.all(), given["invoice"], field="invoice")
            amount = given.get("amount")
            try:
                link = links.create_payment_link(
                    installment_ids=_installment_ids(invoice, given.get("installments")),
                    actor=self.actor,
                    amount_minor=None if amount is None else money.from_major(amount, invoice.currency),
                    expires_at=given.get("expires_at"),
                    currency=given.get("currency"),
                    crm_deal_id=given["crm_deal_id"],
                )
            except links.ActiveLinkExists as there:
                show_link(there)
                raise
            return Response(PaymentLinkShape(whole_links().get(pk=link.pk)).data, status=201)

        return self.create(PaymentLinkBody, make)


class OnePaymentLink(Resource):
    """One payment link."""

    needs = {"GET": ("billing.view_paymentlink",)}

    @documented("get_payment_link", "One payment link", by_id=True, answers={200: PaymentLinkShape})
    def get(self, request: Request, id: str) -> Response:
        return Response(PaymentLinkShape(references.by_address(whole_links(), id)).data)


def whole_links() -> Any:
    """Return links with all that their shape reads."""
    lines = PaymentLinkLine.objects.select_related("installment", "link").order_by("installment__number")
    return PaymentLink.objects.prefetch_related(Prefetch("lines", lines))


def show_link(there: links.ActiveLinkExists) -> None:
    """Add the link that is there already to the problem that says so."""
    there.extra["members"] = {"link": PaymentLinkShape(whole_links().get(pk=there.link.pk)).data}


def _installment_ids(invoice: Invoice, numbers: list[int] | None) -> list[int]:
    """Return the ids of the numbered installments, or of the first open one. Raises UnknownReference, NothingDue."""
    schedule = balances.schedule_of(invoice_id=invoice.pk)
    if numbers is None:
        found = [line.installment.pk for line in schedule if line.remaining_minor][:1]
        if not found:
            raise links.NothingDue(_("Nothing remains to be paid here."))
        return found
    by_number = {line.installment.number: line.installment.pk for line in schedule}
    unknown = [str(number) for number in numbers if number not in by_number]
    if unknown:
        sentence = _("The schedule has no installment %(numbers)s.") % {"numbers": ", ".join(unknown)}
        raise references.UnknownReference(sentence, field="installments")
    return [by_number[number] for number in numbers]
