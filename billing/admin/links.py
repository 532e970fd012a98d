"""Payment links: what was asked of whom, its address and QR, and the pages that make, send and cancel one."""

from typing import Any

import segno
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from billing import accounts, link_texts, links
from billing.admin import link_ends, link_pages
from billing.models import PaymentLink
from common import admin_display, dates
from common.readonly_admin import ReadOnlyAdmin


@admin.register(PaymentLink)
class PaymentLinkAdmin(ReadOnlyAdmin):
    change_form_template = "admin/billing/paymentlink/change_form.html"
    list_display = [
        "shown_student",
        "shown_group",
        "shown_period",
        "shown_amount",
        "shown_state",
        "shown_expiry",
        "shown_created",
    ]
    list_display_links = ["shown_created"]
    list_select_related = ["student", "group__course", "invoice"]
    list_filter = ["state", "expires_at", "created_at", ("course", admin.RelatedFieldListFilter)]
    list_filter_submit = True
    search_fields = ["student__search_text", "invoice__number", "crm_deal_id", "token_id"]
    search_help_text = _("Student's name, e-mail or phone, invoice number, CRM deal")
    actions = None
    fields = readonly_fields = ["state"]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages = [
            path("create/", wrap(self.create_page), name="billing_paymentlink_create"),
            path("<int:link_id>/send/", wrap(self.send_page), name="billing_paymentlink_send"),
            path("<int:link_id>/cancel/", wrap(self.cancel_page), name="billing_paymentlink_cancel"),
            path("<int:link_id>/replace/", wrap(self.replace_page), name="billing_paymentlink_replace"),
        ]
        return [*pages, *super().get_urls()]

    def create_page(self, request: HttpRequest) -> HttpResponse:
        return link_pages.create(request, self)

    def send_page(self, request: HttpRequest, link_id: int) -> HttpResponse:
        return link_pages.send(request, self, link_id)

    def cancel_page(self, request: HttpRequest, link_id: int) -> HttpResponse:
        return link_ends.cancel(request, self, link_id)

    def replace_page(self, request: HttpRequest, link_id: int) -> HttpResponse:
        return link_ends.replace(request, self, link_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **_page_of(object_id, request)}
        )

    @display(description=_("student"), ordering="student__full_name")
    def shown_student(self, link: PaymentLink) -> SafeString | str:
        return admin_display.link_to(link.student)

    @display(description=_("group"), ordering="group__name")
    def shown_group(self, link: PaymentLink) -> SafeString | str:
        return admin_display.link_to(link.group)

    @display(description=_("for"), ordering="period_from")
    def shown_period(self, link: PaymentLink) -> str:
        return dates.format_period(link.period_from, link.period_to, admin_display.language())

    @display(description=_("amount"), ordering="amount_minor")
    def shown_amount(self, link: PaymentLink) -> SafeString | str:
        return admin_display.amount(link.amount_minor, link.currency)

    @display(description=_("state"), ordering="state")
    def shown_state(self, link: PaymentLink) -> SafeString:
        return admin_display.state(link)

    @display(description=_("valid until"), ordering="expires_at")
    def shown_expiry(self, link: PaymentLink) -> str:
        return admin_display.moment(link.expires_at)

    @display(description=_("created"), ordering="created_at")
    def shown_created(self, link: PaymentLink) -> str:
        return admin_display.moment(link.created_at)


def qr_of(address: str) -> SafeString:
    """Draw an address as an SVG that stands in the page itself; black on white also at night, as scanners want it."""
    drawing = segno.make(address, error="m").svg_inline(
        border=3, light="#fff", svgclass="mq-qr-code", omitsize=True
    )
    return mark_safe(drawing)  # noqa: S308 -- drawn by segno from an address of ours


def _page_of(link_id: str, request: HttpRequest) -> dict[str, Any]:
    """Return what the page of a link shows: its address and QR while it can be paid, its lines and attempts."""
    link = (
        PaymentLink.objects.select_related(
            "student", "course", "group__course", "invoice__legal_entity", "enrollment", "created_by"
        )
        .filter(pk=link_id if link_id.isdecimal() else None)
        .first()
    )
    if link is None:
        return {}
    is_active = link.state == PaymentLink.State.ACTIVE
    address = links.link_address(link) if is_active else ""
    return {
        "link": link,
        "is_active": is_active,
        "address": address,
        "qr": qr_of(address) if is_active else "",
        "texts": link_texts.messages_of(link=link) if is_active else [],
        "nobody_to_pay": is_active and not accounts.offered_accounts(link=link),
        "link_lines": link.lines.select_related("installment").order_by("installment__number"),
        "payments": link.payments.select_related("account"),
        "may_send": is_active and request.user.has_perm("billing.send_paymentlink"),
        "may_cancel": is_active and request.user.has_perm("billing.cancel_paymentlink"),
        "may_replace": is_active
        and request.user.has_perms(["billing.cancel_paymentlink", "billing.add_paymentlink"]),
    }
