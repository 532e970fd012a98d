from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import clock, fsm
from courses.models.group import Group
from courses.models.terms import PaymentPlanVersion
from students.models import Student


class Enrollment(fsm.Stateful):
    """One student in one group for one education period. Never deleted; ends with a reason."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")  # studies
        PAUSED = "paused", _("paused")  # a pause runs
        ENDED = "ended", _("ended")  # finished, left, transferred or cancelled

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="enrollments", verbose_name=_("student")
    )
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, related_name="enrollments", verbose_name=_("group")
    )
    period_from = models.DateField(_("from"))
    period_to = models.DateField(_("to"))
    plan_version = models.ForeignKey(
        PaymentPlanVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("payment plan")
    )
    state = fsm.StateField(_("state"), choices=State.choices, default=State.ACTIVE)
    crm_id = models.CharField(_("CRM id"), max_length=100, null=True, blank=True, unique=True)
    lms_id = models.CharField(_("LMS id"), max_length=100, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("enrolled"), default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.TextField(_("reason of the end"), blank=True)

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(period_to__gte=F("period_from")), name="enrollment_period_in_order"
            ),
            models.UniqueConstraint(
                fields=["student", "group", "period_from", "period_to"],
                condition=~Q(state="ended"),
                name="one_live_enrollment_per_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} · {self.group}"

    @fsm.transition(field=state, source=State.ACTIVE, target=State.PAUSED, timeline="pause_began")
    def begin_pause(self) -> None:
        """The first day of a pause has come."""

    @fsm.transition(field=state, source=State.PAUSED, target=State.ACTIVE, timeline="pause_over")
    def resume(self) -> None:
        """The last day of the pause is over."""

    @fsm.transition(
        field=state, source=[State.ACTIVE, State.PAUSED], target=State.ENDED, timeline="enrollment_ended"
    )
    def end(self, *, reason: str) -> None:
        """The student leaves the group, for a reason."""
        self.ended_at = clock.now()
        self.end_reason = reason
