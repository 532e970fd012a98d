"""A learning pause of an enrollment, and the limits within which it may be made. Neither holds money."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import clock
from courses.models.enrollment import Enrollment


class PauseLimits(models.Model):
    """What a pause may be like from now on. One row; pauses that were made stay as they are."""

    min_days = models.PositiveSmallIntegerField(_("shortest, in days"), default=3)
    max_days = models.PositiveSmallIntegerField(_("longest, in days"), default=60)
    times_a_year = models.PositiveSmallIntegerField(_("pauses within a year"), default=2)

    class Meta:
        verbose_name = _("limits of pauses")
        verbose_name_plural = _("limits of pauses")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_row_of_pause_limits"),
            models.CheckConstraint(
                condition=Q(min_days__gte=1, max_days__gte=F("min_days")), name="pause_limits_in_order"
            ),
        ]

    def __str__(self) -> str:
        return str(_("limits of pauses"))


class Pause(models.Model):
    """Days on which a student does not study, from a day to a day (both included). Never deleted: shortened or cancelled."""

    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, related_name="pauses", verbose_name=_("enrollment")
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.TextField(_("reason"))
    made_at = models.DateTimeField(_("made"), default=clock.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ["-first_day", "-id"]
        permissions = [
            ("pause_student", "Can pause a student, shorten and cancel a pause"),
            ("backdate_pause", "Can let a pause begin on a day that is over"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="pause_days_in_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="pause_has_reason"),
            models.UniqueConstraint(
                fields=["enrollment", "first_day"],
                condition=Q(cancelled_at__isnull=True),
                name="one_pause_begins_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id} {self.first_day}–{self.last_day}"

    @property
    def days(self) -> int:
        """Return how many days it takes."""
        return (self.last_day - self.first_day).days + 1

    @property
    def is_live(self) -> bool:
        """Return whether it runs or is still to come."""
        return self.cancelled_at is None and self.last_day >= clock.today()

    @property
    def has_begun(self) -> bool:
        return self.first_day <= clock.today()
