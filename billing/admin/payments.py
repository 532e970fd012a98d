"""Payments: what was tried, what the provider said, and the question that settles a doubt."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from billing import refund_door
from billing.admin import asking, manual_pages
from billing.models import ManualEntry, Payment
from billing.providers import registry
from common import admin_display
from common.readonly_admin import ReadOnlyAdmin


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    change_form_template = "admin/billing/payment/change_form.html"
    list_display = [
        "shown_order",
        "shown_student",
        "shown_group",
        "shown_amount",
        "shown_state",
        "shown_account",
        "provider_ref",
        "shown_created",
    ]
    list_select_related = ["student", "group__course", "account", "link"]
    list_filter = ["state", "account", "created_at", ("course", admin.RelatedFieldListFilter)]
    list_filter_submit = True
    search_fields = ["=order_number", "=provider_ref", "student__search_text", "link__invoice__number"]
    search_help_text = _(
        "Order number, provider's reference, student's name, e-mail or phone, invoice number"
    )
    actions = ["ask_provider"]
    list_disable_select_all = False
    fields = readonly_fields = ["state"]

    def get_urls(self) -> list[URLPattern]:
        ask_one = path(
            "<int:payment_id>/ask/", self.admin_site.admin_view(self.ask_page), name="billing_payment_ask"
        )
        pages = [
            ask_one,
            path("enter/", self.admin_site.admin_view(self.enter_page), name="billing_payment_enter"),
            path(
                "<int:payment_id>/scan/",
                self.admin_site.admin_view(manual_pages.scan),
                name="billing_payment_scan",
            ),
        ]
        return [*pages, *super().get_urls()]

    def enter_page(self, request: HttpRequest) -> HttpResponse:
        return manual_pages.page(request, self)

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.ask_provider")

    @admin.action(description=_("Ask the provider now"), permissions=["ask"])
    def ask_provider(self, request: HttpRequest, queryset: QuerySet[Payment]) -> HttpResponse:
        """Confirm, ask about each payment on its own, and show what was done and what was refused apart."""
        return asking.page(request, self, queryset)

    def ask_page(self, request: HttpRequest, payment_id: int) -> HttpResponse:
        if not self.has_ask_permission(request):
            raise PermissionDenied
        return asking.page(request, self, Payment.objects.filter(pk=payment_id))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        page = _page_of(object_id, request)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **page})

    @display(description=_("order number"), ordering="order_number")
    def shown_order(self, payment: Payment) -> str:
        return str(payment.order_number)

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, payment: Payment) -> SafeString | str:
        return admin_display.link_to(payment.student)

    @display(description=_("group"), ordering="group__name")
    def shown_group(self, payment: Payment) -> SafeString | str:
        return admin_display.link_to(payment.group)

    @display(description=_("amount"), ordering="amount_minor")
    def shown_amount(self, payment: Payment) -> SafeString | str:
        return admin_display.amount(payment.amount_minor, payment.currency)

    @display(description=_("state"), ordering="state")
    def shown_state(self, payment: Payment) -> SafeString:
        return admin_display.state(payment)

    @display(description=_("paid through"), ordering="account__name")
    def shown_account(self, payment: Payment) -> SafeString | str:
        return admin_display.link_to(payment.account)

    @display(description=_("started"), ordering="created_at")
    def shown_created(self, payment: Payment) -> SafeString:
        return format_html("{}", admin_display.moment(payment.created_at))


def _page_of(payment_id: str, request: HttpRequest) -> dict[str, Any]:
    payment = (
        Payment.objects.select_related("student", "course", "group__course", "account", "link__invoice")
        .filter(pk=payment_id if payment_id.isdecimal() else None)
        .first()
    )
    if payment is None:
        return {}
    return {
        "payment": payment,
        "answers": payment.answers.order_by("-pk")[:30]
        if request.user.has_perm("billing.view_paymentlookup")
        else [],
        "allocations": payment.allocations.select_related("installment__invoice").order_by("pk"),
        "entry": ManualEntry.objects.filter(payment=payment)
        .defer("scan")
        .select_related("entered_by")
        .first(),
        "refund_address": refund_door.offered_to(request.user, payment=payment),
        "may_ask": request.user.has_perm("billing.ask_provider")
        and registry.capabilities(payment.account.provider, payment.account.profile).lookup,
    }
