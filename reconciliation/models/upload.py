"""A file that somebody brought and that is not taken yet: between the upload, the mapping and the loading."""

from django.conf import settings
from django.db import models

from billing.models import MerchantAccount
from common import clock
from reconciliation.models.profile import Side
from reconciliation.models.source_file import SourceFile


class Upload(models.Model):
    """
    A file on its way in, seen only by the person who brought it, forgotten after a day.

    It waits for a mapping until `asked_at`, then for the loading, which ends it (`ended_at`) with a file or with a refusal.
    """

    side = models.CharField(max_length=10, choices=Side.choices)
    account = models.ForeignKey(
        MerchantAccount, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    month = models.DateField(null=True)  # its first day; of snapshots only
    taken_at = models.DateTimeField(null=True)  # the moment a snapshot speaks of; empty: when it came
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    form = models.CharField(max_length=60)
    sample = models.JSONField()  # the first lines, and the different words of columns that have few
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(default=clock.now)
    language = models.CharField(max_length=10)  # in which a refusal is written
    asked_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    file = models.ForeignKey(SourceFile, null=True, on_delete=models.PROTECT, related_name="+")
    is_repeat = models.BooleanField(default=False)  # the same bytes had come before
    refusal = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(asked_at__isnull=False, ended_at__isnull=True),
                name="uploads_to_take",
            )
        ]

    def __str__(self) -> str:
        return self.name


class UploadPart(models.Model):
    """A piece of an upload's bytes, in order."""

    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="part_number_in_upload")]

    def __str__(self) -> str:
        return f"{self.upload_id}/{self.number}"
