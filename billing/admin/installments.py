"""What is due when, over all invoices, with the way to a link."""

from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from billing.admin import due_pages
from billing.models import Allocation, Installment, PaymentLinkLine
from common import admin_display, clock, dates
from common.readonly_admin import ReadOnlyAdmin


class DueFilter(admin.SimpleListFilter):
    title = _("due")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("today")), ("open", _("something remains")), ("overdue", _("overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Installment]) -> QuerySet[Installment]:
        if self.value() == "today":
            return queryset.filter(due_date=clock.today(), state__in=Installment.OPEN_STATES)
        if self.value() == "open":
            return queryset.filter(state__in=Installment.OPEN_STATES)
        if self.value() == "overdue":
            return queryset.filter(state=Installment.State.OVERDUE)
        return queryset


@admin.register(Installment)
class InstallmentAdmin(ReadOnlyAdmin):
    list_display = [
        "shown_student",
        "shown_invoice",
        "shown_period",
        "shown_expected",
        "shown_paid",
        "shown_due",
        "shown_state",
        "shown_link",
    ]
    list_display_links = None
    list_select_related = ["invoice__student"]
    list_filter = [DueFilter, "state", "due_date"]
    list_filter_submit = True
    search_fields = ["invoice__student__search_text", "invoice__number"]
    search_help_text = _("Student's name, e-mail or phone, invoice number")
    ordering = ["due_date", "id"]
    actions = None
    fields = readonly_fields = [
        "shown_student",
        "shown_invoice",
        "number",
        "shown_period",
        "shown_expected",
        "shown_paid",
        "shown_due",
        "shown_grace",
        "shown_state",
        "shown_link",
    ]

    def get_urls(self) -> list[URLPattern]:
        move = self.admin_site.admin_view(self.move_page)
        pages = [path("<int:installment_id>/due-date/", move, name="billing_installment_move_due_date")]
        return [*pages, *super().get_urls()]

    def move_page(self, request: HttpRequest, installment_id: int) -> HttpResponse:
        return due_pages.move(request, self, installment_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Installment]:
        may_ask = request.user.has_perm("billing.add_paymentlink")
        paid = Allocation.objects.filter(installment=OuterRef("pk")).order_by().values("installment")
        open_link = PaymentLinkLine.objects.filter(installment=OuterRef("pk"), is_open=True).values("link")[
            :1
        ]
        return (
            super()
            .get_queryset(request)
            .annotate(
                paid=Coalesce(Subquery(paid.annotate(sum=Sum("amount_minor")).values("sum")), 0),
                open_link=Subquery(open_link, output_field=IntegerField()),
                may_ask=Value(may_ask, output_field=BooleanField()),
                may_move=Value(request.user.has_perm("billing.move_due_date"), output_field=BooleanField()),
            )
        )

    @display(description=_("student"), ordering="invoice__student__full_name")
    def shown_student(self, installment: Installment) -> SafeString | str:
        return admin_display.link_to(installment.invoice.student)

    @display(description=_("invoice"), ordering="invoice__number")
    def shown_invoice(self, installment: Installment) -> SafeString | str:
        return admin_display.link_to(
            installment.invoice, f"{installment.invoice.number} / {installment.number}"
        )

    @display(description=_("for"), ordering="period_from")
    def shown_period(self, installment: Installment) -> str:
        return dates.format_period(installment.period_from, installment.period_to, admin_display.language())

    @display(description=_("expected"), ordering="expected_minor")
    def shown_expected(self, installment: Installment) -> SafeString | str:
        return admin_display.amount(installment.expected_minor, installment.invoice.currency)

    @display(description=_("paid"), ordering="paid")
    def shown_paid(self, installment: Any) -> SafeString | str:
        return admin_display.amount(installment.paid, installment.invoice.currency)

    @display(description=_("due"), ordering="due_date")
    def shown_due(self, installment: Any) -> SafeString | str:
        day = admin_display.day(installment.due_date)
        if not (installment.is_open and installment.may_move):
            return day
        url = reverse("admin:billing_installment_move_due_date", args=[installment.pk])
        return format_html('{} <a class="mq-link" href="{}">{}</a>', day, url, _("Move"))

    @display(description=_("grace until"))
    def shown_grace(self, installment: Installment) -> str:
        return admin_display.day(installment.grace_date)

    @display(description=_("state"), ordering="state")
    def shown_state(self, installment: Installment) -> SafeString:
        return admin_display.state(installment)

    @display(description=_("link"))
    def shown_link(self, installment: Any) -> SafeString | str:
        if installment.open_link:
            url = reverse("admin:billing_paymentlink_change", args=[installment.open_link])
            return format_html('<a class="mq-link" href="{}">{}</a>', url, _("Active link"))
        if installment.is_open and installment.may_ask and installment.paid < installment.expected_minor:
            url = f"{reverse('admin:billing_paymentlink_create')}?installment={installment.pk}"
            return format_html('<a class="mq-link" href="{}">{}</a>', url, _("Create link"))
        return admin_display.NOTHING
