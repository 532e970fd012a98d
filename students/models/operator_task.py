"""A typed exception for a person."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock, fsm
from students import task_types
from students.models.student import Student


class OperatorTask(fsm.Stateful):
    """Something that a rule cannot decide. At most one unresolved task per key, so repeats make no second one."""

    class State(models.TextChoices):
        OPEN = "open", _("open")  # nobody has taken it
        IN_PROGRESS = "in_progress", _("in progress")  # it has an owner
        RESOLVED = "resolved", _("resolved")  # decided, or the facts arrived

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(max_length=200)
    student = models.ForeignKey(
        Student, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    state = fsm.StateField(_("state"), choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("who works on it"),
    )
    due_at = models.DateTimeField(_("until"))
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("opened"), default=clock.now)
    resolution = models.CharField(_("decision"), max_length=60, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("resolved by"),
    )

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=~Q(state="resolved"), name="one_unresolved_task_per_key"
            )
        ]
        indexes = [models.Index(fields=["due_at"], condition=~Q(state="resolved"), name="unresolved_tasks")]

    def __str__(self) -> str:
        return str(task_types.type_of(self.kind).name)

    @fsm.transition(
        field=state, source=[State.OPEN, State.IN_PROGRESS], target=State.IN_PROGRESS, timeline="task_taken"
    )
    def take(self, *, owner_id: int) -> None:
        """A person takes it, or takes it over."""
        self.owner_id = owner_id

    @fsm.transition(
        field=state, source=[State.OPEN, State.IN_PROGRESS], target=State.RESOLVED, timeline="task_resolved"
    )
    def resolve(self, *, resolution: str, reason: str, resolved_by_id: int | None) -> None:
        """A person decided it, or the facts arrived."""
        self.resolution = resolution
        self.reason = reason
        self.resolved_by_id = resolved_by_id
        self.resolved_at = clock.now()
