"""Invoices with their schedules, and the way to a new one."""

from typing import Any

from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from billing import balances
from billing.admin import enroll
from billing.models import Adjustment, Allocation, Invoice, PaymentLinkLine
from common import admin_display
from common.readonly_admin import ReadOnlyAdmin
from courses.admin.enroll_button import EnrollButton


class StandingFilter(admin.SimpleListFilter):
    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("something remains")), ("paid", _("paid")), ("cancelled", _("cancelled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "cancelled":
            return queryset.filter(cancelled_at__isnull=False)
        if self.value() == "open":
            return queryset.filter(cancelled_at__isnull=True, remaining__gt=0)
        if self.value() == "paid":
            return queryset.filter(cancelled_at__isnull=True, remaining__lte=0)
        return queryset


@admin.register(Invoice)
class InvoiceAdmin(EnrollButton, ReadOnlyAdmin):
    change_form_template = "admin/billing/invoice/change_form.html"
    list_display = [
        "number",
        "shown_student",
        "shown_group",
        "shown_full",
        "shown_paid",
        "shown_remaining",
        "shown_issued",
    ]
    list_select_related = ["student", "enrollment__group__course"]
    list_filter = [StandingFilter, "issued_at", ("plan_version__plan", admin.RelatedFieldListFilter)]
    list_filter_submit = True
    search_fields = ["number", "student__search_text", "student__crm_id", "enrollment__crm_id"]
    search_help_text = _("Invoice number, student's name, e-mail or phone, CRM id")
    actions = None
    actions_list = ["enroll"]
    fields = readonly_fields = ["number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        paid = Allocation.objects.filter(installment__invoice=OuterRef("pk")).order_by()
        adjusted = Adjustment.objects.filter(invoice=OuterRef("pk")).order_by()
        return (
            super()
            .get_queryset(request)
            .annotate(
                paid=_sum_of(paid, "installment__invoice"),
                adjusted=_sum_of(adjusted, "invoice"),
            )
            .annotate(remaining=F("full_minor") - F("adjusted") - F("paid"))
        )

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("enroll/", self.admin_site.admin_view(self.enroll_page), name="billing_enroll"),
            path(
                "enroll/preview/",
                self.admin_site.admin_view(self.enroll_preview),
                name="billing_enroll_preview",
            ),
        ]
        return [*pages, *super().get_urls()]

    def enroll_page(self, request: HttpRequest) -> HttpResponse:
        return enroll.page(request, self)

    def enroll_preview(self, request: HttpRequest) -> HttpResponse:
        return enroll.preview(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **_page_of(object_id, request)}
        )

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, invoice: Invoice) -> SafeString | str:
        return admin_display.link_to(invoice.student)

    @display(description=_("group"), ordering="enrollment__group__name")
    def shown_group(self, invoice: Invoice) -> SafeString | str:
        return admin_display.link_to(invoice.enrollment.group)

    @display(description=_("full price"), ordering="full_minor")
    def shown_full(self, invoice: Invoice) -> SafeString | str:
        return admin_display.amount(invoice.full_minor, invoice.currency)

    @display(description=_("paid"), ordering="paid")
    def shown_paid(self, invoice: Any) -> SafeString | str:
        return admin_display.amount(invoice.paid, invoice.currency)

    @display(description=_("remaining"), ordering="remaining")
    def shown_remaining(self, invoice: Any) -> SafeString | str:
        return admin_display.amount(invoice.remaining, invoice.currency)

    @display(description=_("issued"), ordering="issued_at")
    def shown_issued(self, invoice: Invoice) -> str:
        return admin_display.moment(invoice.issued_at)


def _sum_of(rows: QuerySet[Any], owner: str) -> Coalesce:
    return Coalesce(Subquery(rows.values(owner).annotate(sum=Sum("amount_minor")).values("sum")), 0)


def _page_of(invoice_id: str, request: HttpRequest) -> dict[str, Any]:
    """Return what the page of an invoice shows: its three numbers, its schedule, and the open link of each part."""
    invoice = (
        Invoice.objects.select_related(
            "student", "payer", "legal_entity", "enrollment__group__course", "plan_version__plan"
        )
        .filter(pk=invoice_id if invoice_id.isdecimal() else 0)
        .first()
    )
    if invoice is None:
        return {}
    lines = balances.schedule_of(invoice_id=invoice.pk)
    open_links = {
        line.installment_id: line.link
        for line in PaymentLinkLine.objects.filter(installment__invoice=invoice, is_open=True).select_related(
            "link"
        )
    }
    shown: list[dict[str, Any]] = [
        {"line": line, "installment": line.installment, "link": open_links.get(line.installment.pk)}
        for line in lines
    ]
    may_ask = request.user.has_perm("billing.add_paymentlink") and invoice.cancelled_at is None
    return {
        "invoice": invoice,
        "balance": balances.invoice_balances(invoices=[invoice])[invoice.pk],
        "lines": shown,
        "next_item": next((item for item in shown if item["line"].remaining_minor), None),
        "may_ask": may_ask,
        "past_links": invoice.links.exclude(pk__in=[link.pk for link in open_links.values()])[:20],
        "payments": [
            payment
            for link in invoice.links.prefetch_related("payments__account")
            for payment in link.payments.all()
        ][:20],
        "adjustments": invoice.adjustments.filter(kind=Adjustment.Kind.CREDIT_NOTE),
        "discounts": invoice.discounts.select_related("given_by").order_by("pk"),
        "may_discount": request.user.has_perm("billing.give_discount") and invoice.cancelled_at is None,
    }
