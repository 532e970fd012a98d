"""The two tables of the API door: keys, and the answers that were given."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

from common import clock


class ApiKey(models.Model):
    """A program's way in. Only a hash of the secret is kept; the key itself is shown once."""

    name = models.CharField(max_length=100)
    role = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="api_keys")
    prefix = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyRecord(models.Model):
    """One `Idempotency-Key` of one API key: claimed, then answered. Claimed is committed on its own with a lease."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    method_path = models.CharField(max_length=300)
    body_sha256 = models.CharField(max_length=64)
    claimed_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "key"], name="one_record_per_idempotency_key")
        ]
        indexes = [models.Index(fields=["claimed_at"])]

    def __str__(self) -> str:
        return self.key
