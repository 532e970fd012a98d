from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import clock
from courses.models.course import Course, Module
from courses.models.legal_entity import LegalEntity


class Group(models.Model):
    """A run of a course: dates, lessons, capacity, price."""

    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="groups", verbose_name=_("course")
    )
    name = models.CharField(_("name"), max_length=100)
    legal_entity = models.ForeignKey(
        LegalEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("legal entity")
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    capacity = models.PositiveSmallIntegerField(_("places"))
    price_minor = models.BigIntegerField(_("full price"))
    currency = models.CharField(_("currency"), max_length=3, default="AMD")
    crm_id = models.CharField(_("CRM id"), max_length=100, null=True, blank=True, unique=True)
    lms_id = models.CharField(_("LMS id"), max_length=100, null=True, blank=True, unique=True)
    is_active = models.BooleanField(_("open for enrollment"), default=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["-starts_on", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="group_ends_after_start"),
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="group_price_positive"),
            models.UniqueConstraint(fields=["course", "name"], name="group_name_in_course"),
        ]

    def __str__(self) -> str:
        return f"{self.course.title} · {self.name}"


class Lesson(models.Model):
    """One meeting of a group. `held_at` is set when it took place; refunds and earned revenue count it."""

    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, related_name="lessons", verbose_name=_("group")
    )
    module = models.ForeignKey(
        Module, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("module")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200, blank=True)
    starts_at = models.DateTimeField(_("starts"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=90)
    held_at = models.DateTimeField(_("held"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ["group", "number"]
        constraints = [models.UniqueConstraint(fields=["group", "number"], name="lesson_number_in_group")]

    def __str__(self) -> str:
        return f"{self.group} · {self.number}"
