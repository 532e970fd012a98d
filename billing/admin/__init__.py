"""Money in the back office: invoices, links, payments, contracts with providers, the books. Read-only; verbs change."""

from billing.admin import accounts, books, installments, invoices, links, payments

__all__ = ["accounts", "books", "installments", "invoices", "links", "payments"]
