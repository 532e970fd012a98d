from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.payment import Payment
from common import clock


class HoldDecision(models.Model):
    """What a person decided about held money, on which facts. Append-only; the same facts ask nobody again."""

    class Decision(models.TextChoices):
        ACCEPT = "accept", _("the difference is accepted")
        CREDIT = "credit", _("kept as the student's credit")
        NOT_OURS = "not_ours", _("not our money")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="hold_decisions")
    decision = models.CharField(max_length=20, choices=Decision.choices)
    difference = models.CharField(max_length=20)  # what differed, as in Payment.hold_reason
    amount_minor = models.BigIntegerField()  # what came
    currency = models.CharField(max_length=3)
    reason = models.TextField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("decision about held money")
        verbose_name_plural = _("decisions about held money")

    def __str__(self) -> str:
        return f"{self.payment_id} {self.decision}"
