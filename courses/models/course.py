from django.db import models
from django.utils.translation import gettext_lazy as _

from common import clock


class Course(models.Model):
    """What is taught."""

    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    crm_id = models.CharField(_("CRM id"), max_length=100, null=True, blank=True, unique=True)
    lms_id = models.CharField(_("LMS id"), max_length=100, null=True, blank=True, unique=True)
    is_active = models.BooleanField(_("offered"), default=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title


class Module(models.Model):
    """A part of a course that can be priced and opened by itself."""

    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="modules", verbose_name=_("course")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)
    price_minor = models.BigIntegerField(_("price"), null=True, blank=True)
    lms_id = models.CharField(_("LMS id"), max_length=100, null=True, blank=True)  # noqa: DJ001

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["course", "number"]
        constraints = [models.UniqueConstraint(fields=["course", "number"], name="module_number_in_course")]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"
