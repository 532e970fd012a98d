from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from courses.models import Transfer


class TransferSettlement(models.Model):
    """What a transfer did to money: from which invoice to which, and the numbers that were confirmed. Append-only."""

    transfer = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, related_name="settlement", verbose_name=_("transfer")
    )
    old_invoice = models.OneToOneField(
        Invoice, on_delete=models.PROTECT, related_name="transfer_away", verbose_name=_("old invoice")
    )
    new_invoice = models.OneToOneField(
        Invoice, on_delete=models.PROTECT, related_name="transfer_here", verbose_name=_("new invoice")
    )
    currency = models.CharField(_("currency"), max_length=3)
    used_minor = models.BigIntegerField(_("used"))  # paid, and held: stays with the old invoice
    carried_minor = models.BigIntegerField(_("carried"))  # paid, and not held: leaves the old invoice
    lowered_minor = models.BigIntegerField(_("credit note"))  # owed no more for the old invoice
    price_minor = models.BigIntegerField(_("new price"))
    credit_minor = models.BigIntegerField(_("credit"))  # carried, and not needed by the new invoice

    class Meta:
        verbose_name = _("settlement of a transfer")
        verbose_name_plural = _("settlements of transfers")
        constraints = [
            models.CheckConstraint(
                condition=Q(used_minor__gte=0, credit_minor__gte=0, price_minor__gt=0)
                & Q(carried_minor__gte=models.F("credit_minor"))
                & Q(lowered_minor__gte=models.F("carried_minor")),
                name="transfer_settlement_in_bounds",
            )
        ]

    def __str__(self) -> str:
        return f"{self.old_invoice_id}→{self.new_invoice_id}"
