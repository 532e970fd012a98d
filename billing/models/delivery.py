from django.db import models
from django.db.models import Q

from billing.models.merchant_account import MerchantAccount
from billing.models.payment import Payment
from common import clock


class WebhookDelivery(models.Model):
    """
    A message that reached one of our unsigned or signed doors, kept as it came (bounded), before anything is made of it.

    The same message again raises `seen`; it makes no second row.
    """

    class Verdict(models.TextChoices):
        NEW = "new"  # names an order; not worked on yet
        HINT = "hint"  # named one of our payments; a look-up was asked for
        UNKNOWN_ORDER = "unknown_order"  # names no payment of this account
        REJECTED = "rejected"  # wrong signature, malformed, too large, wrong method

    account = models.ForeignKey(MerchantAccount, null=True, on_delete=models.PROTECT, related_name="+")
    door = models.CharField(max_length=20)  # callback, return
    key = models.CharField(max_length=120)
    method = models.CharField(max_length=10)
    query = models.TextField(blank=True)
    body = models.BinaryField(default=bytes)
    body_bytes = models.PositiveIntegerField(default=0)  # how long it really was
    received_at = models.DateTimeField(default=clock.now)
    seen = models.PositiveIntegerField(default=1)
    last_seen_at = models.DateTimeField(default=clock.now)
    verdict = models.CharField(max_length=20, choices=Verdict.choices, default=Verdict.NEW)
    note = models.TextField(blank=True)
    order_number = models.BigIntegerField(null=True)  # what it names, in our number
    provider_ref = models.CharField(max_length=64, blank=True)  # and in theirs
    authentic = models.BooleanField(default=False)  # a signature was checked and is good
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="deliveries")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "door", "key"], name="one_row_per_delivery", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(verdict="new"), name="deliveries_to_work"),
            models.Index(
                fields=["id"],
                condition=Q(verdict="unknown_order", authentic=True),
                name="authentic_unknown_orders",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.key}"
