"""Money in the back office: invoices, links, payments, contracts with providers, the books. Read-only; verbs change."""

from billing.admin import accounts, books, installments, invoices, links, payments, reminders

__all__ = ["accounts", "books", "installments", "invoices", "links", "payments", "reminders"]
