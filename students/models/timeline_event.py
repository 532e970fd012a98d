"""One immutable line of history, and the slip that carries it further."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import clock
from students.models.student import Student


class ActorKind(models.TextChoices):
    PERSON = "person", _("person")  # somebody who was logged in
    STUDENT = "student", _("student")  # the holder of a link
    PROVIDER = "provider", _("bank or wallet")  # what a look-up or a signed call said
    PROGRAM = "program", _("program")  # an API key
    SYSTEM = "system", _("system")  # a rule, a schedule


class TimelineEvent(models.Model):
    """What happened, by whom, why. The serving role can neither change nor delete it."""

    student = models.ForeignKey(
        Student, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # found by the index below
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(
        max_length=150, blank=True
    )  # account code, key name; never a student's name
    reason = models.TextField(blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    data = models.JSONField(default=dict)  # ids, amounts, codes; no names
    subject_kind = models.CharField(max_length=40, blank=True)  # "billing.payment"
    subject_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index("student", models.F("at").desc(), models.F("id").desc(), name="timeline_by_student"),
            models.Index(fields=["subject_kind", "subject_id"], name="timeline_by_subject"),
        ]

    def __str__(self) -> str:
        return self.kind


class TimelineDispatch(models.Model):
    """
    The slip of an event that subscribers have not been given yet. Fan-out deletes it.

    One statement writes it with its event, whose student the database has looked up; events and students are never deleted. So
    the slip's own keys are not looked up once more.
    """

    event = models.OneToOneField(
        TimelineEvent, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    student = models.ForeignKey(
        Student, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )

    def __str__(self) -> str:
        return str(self.event_id)
