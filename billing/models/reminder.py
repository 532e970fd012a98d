"""Reminders: the ladder that a manager edits, and every message that was sent, failed or left out, with its reason."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing.models.invoice import Installment
from billing.models.link import PaymentLink
from common import clock, fsm
from students.models import Student
from students.models.student import Language


class ReminderStep(models.Model):
    """One step of the ladder, with its text in each language. Never deleted: messages point at it; it is switched off."""

    class Anchor(models.TextChoices):
        DUE = "due", _("the due date")
        GRACE = "grace", _("the last day of grace")

    anchor = models.CharField(_("counted from"), max_length=10, choices=Anchor.choices, default=Anchor.DUE)
    offset_days = models.SmallIntegerField(
        _("days after"),
        default=0,
        validators=[MinValueValidator(-60), MaxValueValidator(60)],
        help_text=_("0 is the day itself; a number below zero is so many days before."),
    )
    opens_task = models.BooleanField(
        _("then a person calls"),
        default=False,
        help_text=_("If it is still not paid the day after, a task appears on the desk."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    subject_hy = models.CharField(_("subject in Armenian"), max_length=150)
    text_hy = models.TextField(_("text in Armenian"))
    subject_ru = models.CharField(_("subject in Russian"), max_length=150)
    text_ru = models.TextField(_("text in Russian"))
    subject_en = models.CharField(_("subject in English"), max_length=150)
    text_en = models.TextField(_("text in English"))

    class Meta:
        verbose_name = _("step of reminders")
        verbose_name_plural = _("steps of reminders")
        ordering = ["anchor", "offset_days", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["anchor", "offset_days"],
                condition=Q(is_active=True),
                name="one_reminder_step_a_day",
                violation_error_message=_(
                    "Another step in use is for the same day. Change or switch off that one."
                ),
            )
        ]

    def __str__(self) -> str:
        days, words = abs(self.offset_days), {"count": abs(self.offset_days)}
        if self.anchor == self.Anchor.GRACE:
            if not days:
                return str(_("on the last day of grace"))
            if self.offset_days < 0:
                return (
                    ngettext(
                        "%(count)d day before the end of grace",
                        "%(count)d days before the end of grace",
                        days,
                    )
                    % words
                )
            return ngettext("%(count)d day after the grace", "%(count)d days after the grace", days) % words
        if not days:
            return str(_("on the due date"))
        if self.offset_days < 0:
            return (
                ngettext("%(count)d day before the due date", "%(count)d days before the due date", days)
                % words
            )
        return ngettext("%(count)d day after the due date", "%(count)d days after the due date", days) % words

    def subject(self, language: str) -> str:
        return str(getattr(self, f"subject_{language}"))

    def text(self, language: str) -> str:
        return str(getattr(self, f"text_{language}"))


class Reminder(fsm.Stateful):
    """
    One message about one installment, or why there was none that day.

    A message is committed as SENDING before its channel is called. A trigger lets nothing change but its one way out.
    """

    class State(models.TextChoices):
        SENDING = "sending", _("being sent")  # committed; the channel is asked at this moment
        SENT = "sent", _("sent")  # the channel took it
        FAILED = "failed", _("not sent")  # the channel did not take it, that is certain
        UNKNOWN = "unknown", _("nobody knows")  # the answer was lost; never sent again by itself
        SKIPPED = "skipped", _("left out")  # a rule spoke against it

    class Reason(models.TextChoices):
        PAUSED = "paused", _("the enrollment is paused")
        ENDED = "ended", _("the enrollment has ended")
        ANOTHER_TODAY = "another_today", _("the student got another message this day")
        PAYMENT_OPEN = "payment_open", _("a payment is open at a bank, or held for a person")
        NO_ADDRESS = "no_address", _("the student has no address for this channel")
        NO_LINK = "no_link", _("no link can be given: no bank takes the payment")
        LINK_OVER = "link_over", _("its link is over and about to be closed")
        REFUSED = "refused", _("the channel refused the address or the message")
        UNAVAILABLE = "unavailable", _("the channel could not be reached; tried again later")
        ANSWER_LOST = "answer_lost", _("the channel's answer was lost")

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")

    GONE_OUT = [State.SENDING, State.SENT, State.UNKNOWN]  # it may have reached the student

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="reminders", verbose_name=_("student")
    )
    installment = models.ForeignKey(
        Installment, on_delete=models.PROTECT, related_name="reminders", verbose_name=_("installment")
    )
    step = models.ForeignKey(
        ReminderStep, on_delete=models.PROTECT, related_name="reminders", verbose_name=_("step")
    )
    due_date = models.DateField(_("due"))
    day = models.DateField(_("day"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    link = models.ForeignKey(
        PaymentLink, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("payment link")
    )
    message_id = models.CharField(_("message id"), max_length=80, blank=True)
    state = fsm.StateField(_("state"), choices=State.choices, default=State.SENDING)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True)
    began_at = models.DateTimeField(_("when"), default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-began_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["installment", "step", "due_date"],
                condition=Q(state__in=["sending", "sent", "unknown"]),
                name="one_reminder_per_step",
            ),
            models.UniqueConstraint(
                fields=["student", "day"],
                condition=Q(state__in=["sending", "sent", "unknown"]),
                name="one_reminder_per_student_and_day",
            ),
            models.UniqueConstraint(
                fields=["installment", "step", "day", "reason"],
                condition=Q(state="skipped"),
                name="one_word_a_day_why_not_reminded",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sending", "sent"], reason="")
                | Q(state__in=["failed", "unknown", "skipped"]) & ~Q(reason=""),
                name="reminder_says_why_not",
            ),
        ]
        indexes = [
            models.Index(fields=["began_at"], condition=Q(state="sending"), name="reminders_under_way"),
            models.Index(fields=["day", "id"], name="reminders_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.step} · {self.day}"

    @fsm.transition(field=state, source=State.SENDING, target=State.SENT, timeline="reminder_sent")
    def arrive(self) -> None:
        """The channel took it."""
        self.ended_at = clock.now()

    @fsm.transition(field=state, source=State.SENDING, target=State.FAILED, timeline="reminder_failed")
    def fail(self, *, reason: str) -> None:
        """The channel did not take it, and says so."""
        self._end(reason)

    @fsm.transition(field=state, source=State.SENDING, target=State.UNKNOWN, timeline="reminder_unknown")
    def lose(self) -> None:
        """The channel's answer was lost, or whoever waited for it died."""
        self._end(self.Reason.ANSWER_LOST)

    def _end(self, reason: Any) -> None:
        self.reason = reason
        self.ended_at = clock.now()
