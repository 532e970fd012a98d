"""How the columns of somebody else's file become our fields."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import MerchantAccount
from common import clock


class Side(models.TextChoices):
    PROVIDER = "provider", _("bank or wallet")  # its statement of one merchant account
    CRM = "crm", _("CRM")  # what the CRM believes is paid
    LMS = "lms", _("LMS")  # what the LMS holds open


class MappingProfile(models.Model):
    """
    Which column is which, and how dates, amounts and words are written there: one per account, one for the CRM, one for the LMS.

    Made by pointing at columns of a sample. A change makes a new row (`replaced_at` ends the old one), so that a file always
    names the profile it was read with.
    """

    class AmountUnit(models.TextChoices):
        MAJOR = "major", _("whole units, with or without decimals")  # 10 000 is ten thousand drams
        MINOR = "minor", _("hundredths")  # 1 000 000 is ten thousand drams

    class Ids(models.TextChoices):
        OURS = "ours", _("our ids")
        THEIRS = "theirs", _("their ids")  # as kept in crm_id and lms_id

    side = models.CharField(_("side"), max_length=10, choices=Side.choices)
    account = models.ForeignKey(
        MerchantAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mapping_profiles",
        verbose_name=_("merchant account"),
    )
    columns = models.JSONField(_("columns"))  # our field → the column's heading
    words = models.JSONField(default=dict)  # {"kind": {their word: ours or "ignore"}, "status": {…}}
    date_format = models.CharField(max_length=40, blank=True)  # of strptime; empty: recognised by itself
    zone = models.CharField(_("time zone"), max_length=40, default="Asia/Yerevan")
    decimal_mark = models.CharField(max_length=1, blank=True)  # "," or "."; empty: recognised by itself
    amount_unit = models.CharField(max_length=5, choices=AmountUnit.choices, default=AmountUnit.MAJOR)
    currency = models.CharField(_("currency"), max_length=3, default="AMD")  # of rows that name none
    own_names = models.JSONField(default=list)  # how the file names this account, if it has such a column
    ids = models.CharField(
        _("students and courses by"), max_length=6, choices=Ids.choices, default=Ids.THEIRS
    )
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mapping profile")
        verbose_name_plural = _("mapping profiles")
        constraints = [
            models.UniqueConstraint(
                fields=["side", "account"],
                condition=Q(replaced_at__isnull=True),
                nulls_distinct=False,
                name="one_live_profile_per_source",
            ),
            models.CheckConstraint(
                condition=Q(side="provider", account__isnull=False)
                | (~Q(side="provider") & Q(account__isnull=True)),
                name="profile_of_an_account_or_a_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.account_id or ''}".strip()
