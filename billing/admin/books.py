"""The books and the messages that reached our doors, for reading."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from billing.models import LedgerLine, LedgerTransaction, WebhookDelivery
from common import admin_display
from common.readonly_admin import ReadOnlyAdmin, ReadOnlyInline


class LedgerLineInline(ReadOnlyInline):
    """The lines of one transaction: debit is positive, credit negative, together zero."""

    model = LedgerLine
    fields = readonly_fields = ["account", "shown_amount", "shown_invoice", "shown_payment"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerLine]:
        return super().get_queryset(request).select_related("invoice", "payment")

    @display(description=_("amount"))
    def shown_amount(self, line: LedgerLine) -> SafeString | str:
        return admin_display.amount(line.amount_minor, line.currency)

    @display(description=_("invoice"))
    def shown_invoice(self, line: LedgerLine) -> SafeString | str:
        return admin_display.link_to(line.invoice)

    @display(description=_("payment"))
    def shown_payment(self, line: LedgerLine) -> SafeString | str:
        return admin_display.link_to(line.payment, str(line.payment.order_number) if line.payment else "")


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    list_display = ["key", "kind", "shown_student", "booked_on", "shown_occurred"]
    list_select_related = ["student"]
    list_filter = ["kind", "booked_on"]
    search_fields = ["key", "student__search_text"]
    ordering = ["-id"]
    actions = None
    inlines = [LedgerLineInline]
    fields = readonly_fields = [
        "key",
        "kind",
        "shown_student",
        "booked_on",
        "late_for",
        "shown_occurred",
        "corrects",
    ]

    @display(description=_("student"))
    def shown_student(self, booked: LedgerTransaction) -> SafeString | str:
        return admin_display.link_to(booked.student)

    @display(description=_("happened"), ordering="occurred_at")
    def shown_occurred(self, booked: LedgerTransaction) -> str:
        return admin_display.moment(booked.occurred_at)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ["shown_received", "door", "account", "method", "verdict", "shown_payment", "seen"]
    list_select_related = ["account", "payment"]
    list_filter = ["verdict", "door", "account"]
    search_fields = ["key", "query"]
    ordering = ["-id"]
    actions = None
    fields = readonly_fields = [
        "shown_received",
        "door",
        "account",
        "method",
        "verdict",
        "note",
        "shown_payment",
        "seen",
        "query",
        "shown_body",
        "body_bytes",
    ]

    @display(description=_("received"), ordering="received_at")
    def shown_received(self, delivery: WebhookDelivery) -> str:
        return admin_display.moment(delivery.received_at)

    @display(description=_("payment"))
    def shown_payment(self, delivery: WebhookDelivery) -> SafeString | str:
        payment = delivery.payment
        return admin_display.link_to(payment, str(payment.order_number) if payment else "")

    @display(description=_("body"))
    def shown_body(self, delivery: WebhookDelivery) -> str:
        return bytes(delivery.body).decode(errors="replace") or admin_display.NOTHING
