"""One comparison."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import MerchantAccount
from common import clock
from reconciliation.models.profile import Side


class Run(models.Model):
    """
    One comparison of one side and month with our books. It ends with a summary, or its process died and the next one ends.

    The provider's side is compared account by account, the CRM's and the LMS's for the whole school.
    """

    class Trigger(models.TextChoices):
        NIGHTLY = "nightly", _("every night")
        MONTHLY = "monthly", _("first day of the month")
        FILE = "file", _("a file came")
        PERSON = "person", _("by hand")

    side = models.CharField(_("side"), max_length=10, choices=Side.choices)
    account = models.ForeignKey(
        MerchantAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="runs",
        verbose_name=_("merchant account"),
    )
    month = models.DateField(_("month"))  # its first day
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    started_at = models.DateTimeField(_("started"), default=clock.now)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    is_final = models.BooleanField(default=False)  # the month was over: what lacks is a break, not a wait
    has_source = models.BooleanField(default=False)  # there was a file to compare with
    told_at = models.DateTimeField(null=True, blank=True)  # when the accountants had its summary by mail
    summary = models.JSONField(default=dict)  # counts and sums of both sides, breaks by kind

    class Meta:
        verbose_name = _("reconciliation run")
        verbose_name_plural = _("reconciliation runs")
        ordering = ["-started_at", "-id"]
        permissions = [
            ("start_run", "Can start a reconciliation run"),
            ("download_reports", "Can read and download reports"),
        ]
        indexes = [models.Index(fields=["month", "side", "account", "-id"], name="runs_of_a_month")]

    def __str__(self) -> str:
        return f"{self.side} {self.month:%Y-%m}"
