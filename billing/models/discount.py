from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from common import clock


class Discount(models.Model):
    """Why an invoice asks less than its full price, by whom. Its sums are adjustments of single installments (`amounts`)."""

    class Ground(models.TextChoices):
        """What the school gives it for."""

        PROMOTION = "promotion", _("promotion")
        SIBLING = "sibling", _("brother or sister studies here")
        SCHOLARSHIP = "scholarship", _("scholarship")
        OTHER = "other", _("another reason")

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="discounts", verbose_name=_("invoice")
    )
    ground = models.CharField(_("given for"), max_length=20, choices=Ground)
    percent = models.PositiveSmallIntegerField(_("percent of the full price"), null=True, blank=True)
    amount_minor = models.BigIntegerField(_("amount"))
    reason = models.TextField(_("reason"))
    given_at = models.DateTimeField(_("given"), default=clock.now)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("given by"),
    )
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    withdrawn_reason = models.TextField(_("why it was taken back"), blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("taken back by"),
    )

    class Meta:
        default_permissions = ()
        permissions = [("give_discount", "Can give a discount and take it back")]
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="discount_positive"),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gte=1, percent__lte=99),
                name="discount_percent",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="discount_has_reason"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_reason=""),
                name="discount_end_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_ground_display()} {self.amount_minor}"

    @property
    def amounts(self) -> str:
        """Return the name that its adjustments bear as their reason."""
        return f"discount:{self.pk}"
