from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models import LegalEntity

MAX_ORDER_NUMBER = (
    2**31 - 1
)  # Ameriabank's OrderID has no documented bound; signed 32 bits is safe (docs/providers.md)


class MerchantAccount(models.Model):
    """Our contract at a provider. Its secrets are in the environment under `secrets_prefix`, never in a row."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name shown to students"), max_length=100)
    provider = models.CharField(_("provider"), max_length=20)
    profile = models.CharField(_("profile"), max_length=20, blank=True)
    legal_entity = models.ForeignKey(
        LegalEntity,
        on_delete=models.PROTECT,
        related_name="merchant_accounts",
        verbose_name=_("legal entity"),
    )
    currency = models.CharField(_("currency"), max_length=3, default="AMD")
    order_number_first = models.BigIntegerField(_("first order number"))
    order_number_last = models.BigIntegerField(_("last order number"))
    next_order_number = models.BigIntegerField(_("next order number"), editable=False)
    secrets_prefix = models.CharField(
        _("prefix of its secrets' variables"),
        max_length=40,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9_]*$")],
    )
    is_active = models.BooleanField(_("offered to students"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    last_reached_at = models.DateTimeField(_("last answer"), null=True, blank=True, editable=False)
    refused_at = models.DateTimeField(_("credentials refused"), null=True, blank=True, editable=False)
    refused_reason = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("merchant account")
        verbose_name_plural = _("merchant accounts")
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(order_number_first__gt=0)
                & Q(order_number_last__gte=F("order_number_first"))
                & Q(order_number_last__lte=MAX_ORDER_NUMBER),
                name="order_number_range",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        if self.next_order_number is None:
            self.next_order_number = self.order_number_first
        super().save(*args, **kwargs)  # type: ignore[arg-type]
