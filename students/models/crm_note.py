from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import clock
from students.models.student import Student


class CrmNote(models.Model):
    """What a person wrote down about a student, here or in the CRM."""

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="notes", verbose_name=_("student")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("author"),
    )
    text = models.TextField(_("text"), max_length=5000)
    crm_id = models.CharField(max_length=100, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("written"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("CRM note")
        verbose_name_plural = _("CRM notes")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.text[:60]
