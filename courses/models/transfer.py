from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import clock
from courses.models.enrollment import Enrollment


class Transfer(models.Model):
    """A student's way from one group to another: which enrollment ended, which began, when, why, by whom. It holds no money."""

    from_enrollment = models.OneToOneField(
        Enrollment, on_delete=models.PROTECT, related_name="transfer_away", verbose_name=_("from")
    )
    to_enrollment = models.OneToOneField(
        Enrollment, on_delete=models.PROTECT, related_name="transfer_here", verbose_name=_("to")
    )
    day = models.DateField(_("day"))
    reason = models.TextField(_("reason"))
    made_at = models.DateTimeField(_("made"), default=clock.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["-made_at", "-id"]
        permissions = [("transfer_student", "Can move a student to another group")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_enrollment=F("to_enrollment")), name="transfer_between_two_enrollments"
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_enrollment_id}→{self.to_enrollment_id}"
