"""Grounds for access, and what their union says."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from access import rules
from common import clock, fsm
from courses.models import Course, Enrollment, Module
from students.models import Student


class AccessGrant(models.Model):
    """One ground for access to a course or one of its modules. Withdrawn, never deleted."""

    class Kind(models.TextChoices):
        PAID = "paid", _("paid period")
        GRACE = "grace", _("grace period")
        MANUAL = "manual", _("opened by hand")
        FREE = "free", _("free place")
        PAUSE = "pause", _("learning pause")  # opens nothing: it says why what is paid waits

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="grants", verbose_name=_("student")
    )
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+", verbose_name=_("course"))
    module = models.ForeignKey(
        Module, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("module")
    )
    enrollment = models.ForeignKey(
        Enrollment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="grants",
        verbose_name=_("enrollment"),
    )
    kind = models.CharField(_("ground"), max_length=10, choices=Kind.choices)
    source = models.CharField(max_length=100)  # "installment:12:paid", "manual:7"
    rule = models.CharField(_("rule"), max_length=100, blank=True)  # "standard v2"
    opens_at = models.DateTimeField(_("from"))
    closes_at = models.DateTimeField(_("until"), null=True, blank=True)  # the first moment after
    reason = models.TextField(_("reason"), blank=True)
    granted_at = models.DateTimeField(_("given"), default=clock.now)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("access ground")
        verbose_name_plural = _("access grounds")
        permissions = [("give_free_place", "Can give a free place in a course")]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(withdrawn_at__isnull=True), name="one_live_grant_per_source"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="grant_window_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(kind="manual") | (Q(granted_by__isnull=False) & ~Q(reason="")),
                name="manual_grant_has_person_and_reason",
            ),
            models.CheckConstraint(
                condition=~Q(kind="free") | (Q(granted_by__isnull=False) & ~Q(reason="")),
                name="free_place_has_person_and_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["student", "course"], condition=Q(withdrawn_at__isnull=True), name="live_grants"
            )
        ]

    def __str__(self) -> str:
        return self.source

    @property
    def ground(self) -> rules.Ground:
        """Return the row as the rules read it; where a person gave it, her reason stands in the place of a rule."""
        return rules.Ground(
            kind=self.kind,
            source=self.source,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            rule=self.rule or self.reason,
            module_id=self.module_id,
        )


class CourseAccess(fsm.Stateful):
    """What the union of live grants says for one student and course, kept so that lists are fast and changes are told."""

    class State(models.TextChoices):
        NONE = "none", _("not opened")  # never had a ground that began
        OPEN = "open", _("open")  # a paid, manual or free ground holds now
        GRACE = "grace", _("open in grace")  # only a grace ground holds now
        SUSPENDED = "suspended", _("closed")  # had access, no ground holds now
        PAUSED = "paused", _("paused")  # a pause of the enrollment runs
        ENDED = "ended", _("ended")  # the enrollment ended and no ground is left to come

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="accesses", verbose_name=_("student")
    )
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="accesses", verbose_name=_("course")
    )
    state = fsm.StateField(_("access"), choices=State.choices, default=State.NONE)
    opens_at = models.DateTimeField(_("from"), null=True, blank=True)
    closes_at = models.DateTimeField(_("until"), null=True, blank=True)
    next_change_at = models.DateTimeField(_("next change"), null=True, blank=True)
    changed_at = models.DateTimeField(_("last change"), default=clock.now)

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        constraints = [
            models.UniqueConstraint(fields=["student", "course"], name="one_access_per_student_and_course")
        ]
        indexes = [
            models.Index(
                fields=["next_change_at"], condition=Q(next_change_at__isnull=False), name="access_changes"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student} · {self.course}"

    LIVE = [State.NONE, State.OPEN, State.GRACE, State.SUSPENDED, State.PAUSED, State.ENDED]

    @fsm.transition(field=state, source=LIVE, target=State.OPEN, timeline="access_opened")
    def open(self) -> None:
        """A paid, manual or free ground holds."""

    @fsm.transition(field=state, source=LIVE, target=State.GRACE, timeline="access_in_grace")
    def enter_grace(self) -> None:
        """Only a grace ground holds."""

    @fsm.transition(field=state, source=LIVE, target=State.SUSPENDED, timeline="access_suspended")
    def suspend(self) -> None:
        """No ground holds any more."""

    @fsm.transition(field=state, source=LIVE, target=State.PAUSED, timeline="access_paused")
    def pause(self) -> None:
        """A pause of the enrollment runs."""

    @fsm.transition(field=state, source=LIVE, target=State.ENDED, timeline="access_ended")
    def finish(self) -> None:
        """Nothing is left to come."""


class AccessSync(models.Model):
    """What the learning platform was to be told of one student and course, and what it confirmed (promise 14)."""

    class Drift(models.TextChoices):
        NONE = "", _("agrees")
        CLOSED_THERE = "closed_there", _("should be open, is closed there")
        OPEN_THERE = "open_there", _("open there without a ground")
        WINDOW_THERE = "window_there", _("open there until another day")

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="+", verbose_name=_("student")
    )
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+", verbose_name=_("course"))
    # The stored access that was last queued; where it differs from CourseAccess there is something to tell.
    noted_state = models.CharField(max_length=20)
    noted_until = models.DateTimeField(null=True)
    wanted_open = models.BooleanField(_("should be open"), null=True)
    wanted_until = models.DateTimeField(null=True)
    confirmed_open = models.BooleanField(_("confirmed open"), null=True)
    confirmed_until = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)  # since the last change or answer
    next_attempt_at = models.DateTimeField(_("asked again"), null=True)  # empty: nothing to do
    leased_until = models.DateTimeField(null=True)  # a process is asking
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    drift = models.CharField(_("difference"), max_length=20, choices=Drift.choices, blank=True)
    # Whether somebody changed there what the platform had confirmed to us.
    changed_there = models.BooleanField(_("changed by hand there"), default=False, db_default=False)
    seen_at = models.DateTimeField(_("compared"), null=True)

    class Meta:
        verbose_name = _("LMS confirmation")
        verbose_name_plural = _("LMS confirmations")
        permissions = [("send_to_lms", "Can send access to the LMS again")]
        constraints = [
            models.UniqueConstraint(fields=["student", "course"], name="one_sync_per_student_and_course")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="syncs_to_do"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student} · {self.course}"

    @property
    def told_difference(self) -> str:
        """How it differs there, in words; empty where it agrees."""
        if not self.drift:
            return ""
        told = str(self.get_drift_display())
        return f"{told} · {_('changed by hand there')}" if self.changed_there else told
