from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.merchant_account import MerchantAccount
from billing.models.payment import Payment
from common import clock


class ManualEntry(models.Model):
    """The document behind money that a cashier entered: cash desk receipt or bank transfer, with its scan."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="manual_entry")
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    document_number = models.CharField(_("document number"), max_length=64)
    document_date = models.DateField(_("document date"))
    amount_minor = models.BigIntegerField(_("amount on the document"))
    scan = (
        models.BinaryField()
    )  # small and private: it lives where the money rows live, and is backed up with them
    scan_type = models.CharField(max_length=40, blank=True)
    scan_name = models.CharField(max_length=120, blank=True)
    scan_sha256 = models.CharField(max_length=64, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField(default=clock.now)
    taken_back_at = models.DateTimeField(null=True, blank=True)  # typed wrongly; its number is free again

    class Meta:
        verbose_name = _("payment entered by hand")
        verbose_name_plural = _("payments entered by hand")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "document_number"],
                condition=Q(taken_back_at__isnull=True),
                name="one_entry_per_document",
            )
        ]

    def __str__(self) -> str:
        return self.document_number
