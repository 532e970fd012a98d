from django.db import models
from django.utils.translation import gettext_lazy as _

from common import clock
from students.models.student import Language, Student


class StudentConsent(models.Model):
    """A student agreed to one version of the consent text, read in one language. Append-only: a new version is one more row."""

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="consents", verbose_name=_("student")
    )
    version = models.CharField(_("version of the consent text"), max_length=30)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    given_at = models.DateTimeField(_("consent given"), default=clock.now)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-given_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["student", "version"], name="one_consent_per_version")]

    def __str__(self) -> str:
        return f"{self.student_id}/{self.version}"
