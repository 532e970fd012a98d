"""Invoices and their schedules, links, payments, and the books."""

from billing.models.delivery import WebhookDelivery
from billing.models.discount import Discount
from billing.models.hold_decision import HoldDecision
from billing.models.invoice import Adjustment, Installment, Invoice
from billing.models.ledger import ClosedMonth, LedgerLine, LedgerTransaction
from billing.models.link import PaymentLink, PaymentLinkLine
from billing.models.link_batch import LinkBatch, LinkBatchLine
from billing.models.manual_entry import ManualEntry
from billing.models.merchant_account import MerchantAccount
from billing.models.payment import Allocation, Payment, PaymentLookup
from billing.models.reminder import Reminder, ReminderStep
from billing.models.transfer import TransferSettlement

__all__ = [
    "Adjustment",
    "Allocation",
    "ClosedMonth",
    "Discount",
    "HoldDecision",
    "Installment",
    "Invoice",
    "LedgerLine",
    "LedgerTransaction",
    "LinkBatch",
    "LinkBatchLine",
    "ManualEntry",
    "MerchantAccount",
    "Payment",
    "PaymentLink",
    "PaymentLinkLine",
    "PaymentLookup",
    "Reminder",
    "ReminderStep",
    "TransferSettlement",
    "WebhookDelivery",
]
