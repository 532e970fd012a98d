"""The books: double entry, append-only. A correction is one more transaction."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Installment, Invoice
from billing.models.merchant_account import MerchantAccount
from billing.models.payment import Payment
from common import clock
from students.models import Student


class LedgerTransaction(models.Model):
    """Lines that sum to zero per currency (a deferred trigger refuses others). `key` makes repeats harmless."""

    key = models.CharField(max_length=100, unique=True)  # "payment:12", "invoice:7"
    kind = models.CharField(max_length=40)
    occurred_at = models.DateTimeField()
    booked_on = models.DateField(db_index=True)  # the posting day; a month's lock looks at this alone
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    late_for = models.DateField(
        _("belongs to the month"), null=True, blank=True
    )  # first day of the closed month that it came too late for; it is booked in the first open one

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(late_for__isnull=True) | Q(late_for__day=1, late_for__lt=models.F("booked_on")),
                name="late_fact_is_booked_later",
            )
        ]

    def __str__(self) -> str:
        return self.key


class ClosedMonth(models.Model):
    """
    A month whose books are shut, with all that lies before it. Posting asks this table and no other.

    Nobody writes it: a trigger of the owner does when a month close is signed or reopened. The serving role may only read it.
    """

    month = models.DateField(primary_key=True)  # its first day
    shut_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class LedgerLine(models.Model):
    """One amount on one account: positive is debit, negative is credit."""

    class Account(models.TextChoices):
        RECEIVABLE = "receivable", _("receivable")  # what students owe
        DEFERRED_REVENUE = "deferred_revenue", _("deferred revenue")  # invoiced, lessons to come
        EARNED_REVENUE = "earned_revenue", _("earned revenue")  # lessons held
        ADJUSTMENTS = "adjustments", _("adjustments")  # discounts, credit notes
        STUDENT_CREDIT = "student_credit", _("student credit")  # verified money without an installment
        PROVIDER_CLEARING = (
            "provider_clearing",
            _("provider clearing"),
        )  # money that banks and wallets hold for us
        BANK = "bank", _("bank")  # money on the school's account
        FEES = "fees", _("fees")  # what providers keep
        SUSPENSE = "suspense", _("suspense")  # held money, a person decides
        REFUNDS_IN_FLIGHT = "refunds_in_flight", _("refunds in flight")  # sent back, not confirmed

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="lines")
    account = models.CharField(max_length=20, choices=Account.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="+")
    installment = models.ForeignKey(
        Installment, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="+")
    merchant_account = models.ForeignKey(
        MerchantAccount, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor} {self.currency}"
