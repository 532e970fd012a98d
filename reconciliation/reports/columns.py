"""Columns that many reports have alike; each takes what a report wants otherwise."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from reconciliation.reports.base import Column, Kind


def student(**more: Any) -> Column:
    """Return the column of the student, with the way to the student's page."""
    return Column(
        code="student",
        title=_("student"),
        kind=Kind.LINK,
        record="students.student",
        record_id="student_id",
        **more,
    )


def invoice(**more: Any) -> Column:
    """Return the column of the invoice's number, with the way to the invoice."""
    return Column(
        code="invoice",
        title=_("invoice"),
        kind=Kind.CODE,
        record="billing.invoice",
        record_id="invoice_id",
        **more,
    )


def payment(**more: Any) -> Column:
    """Return the column of our order number, with the way to the payment."""
    return Column(
        code="payment",
        title=_("order number"),
        kind=Kind.COUNT,
        record="billing.payment",
        record_id="payment_id",
        **more,
    )


def merchant_account() -> Column:
    """Return the column of the contract at a bank; one may ask for one of them."""
    return Column(code="merchant_account", title=_("merchant account"), kind=Kind.CODE, filter=True)


def currency() -> Column:
    """Return the column of the currency in which the row's money stands; one may ask for one of them."""
    return Column(code="currency", title=_("currency"), kind=Kind.CODE, filter=True)
