"""The month as the accountant signs it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import clock, fsm


class MonthClose(fsm.Stateful):
    """One month of the books. Closed, it cannot change; only another person than the one who closed it opens it again."""

    class State(models.TextChoices):
        OPEN = "open", _("open")  # nobody has begun to review it
        IN_REVIEW = "in_review", _("in review")  # somebody works through what is open
        CLOSED = "closed", _("closed")  # signed: nothing is posted on its days
        REOPENED = "reopened", _("reopened")  # another person opened it again, with a reason

    month = models.DateField(_("month"), unique=True)  # its first day
    state = fsm.StateField(_("state"), choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(default=clock.now)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    snapshot = models.JSONField(default=dict)  # totals, counts and what is carried over, by name
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    reopened_at = models.DateTimeField(_("reopened"), null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reopen_reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("month close")
        verbose_name_plural = _("month closes")
        ordering = ["-month"]
        permissions = [
            ("close_month", "Can review and close a month"),
            ("reopen_month", "Can reopen a closed month"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="month_begins_on_its_first_day"),
            models.CheckConstraint(
                condition=~Q(state="reopened") | ~Q(reopened_by=F("closed_by")),
                name="month_reopened_by_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed")
                | (Q(closed_by__isnull=False) & Q(closed_at__isnull=False) & ~Q(snapshot_sha256="")),
                name="closed_month_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @fsm.transition(
        field=state, source=[State.OPEN, State.REOPENED], target=State.IN_REVIEW, timeline="month_in_review"
    )
    def start_review(self, *, reviewed_by_id: int) -> None:
        """Somebody begins to work through what is open."""
        self.reviewed_by_id = reviewed_by_id

    @fsm.transition(field=state, source=State.IN_REVIEW, target=State.CLOSED, timeline="month_closed")
    def close(self, *, closed_by_id: int, snapshot: dict[str, object], sha256: str) -> None:
        """Nothing critical is open; the totals are signed."""
        self.closed_by_id = closed_by_id
        self.closed_at = clock.now()
        self.snapshot = snapshot
        self.snapshot_sha256 = sha256
        self.reopened_by_id = self.reopened_at = None
        self.reopen_reason = ""

    @fsm.transition(field=state, source=State.CLOSED, target=State.REOPENED, timeline="month_reopened")
    def reopen(self, *, reopened_by_id: int, reason: str) -> None:
        """Another person opens it again."""
        self.reopened_by_id = reopened_by_id
        self.reopened_at = clock.now()
        self.reopen_reason = reason


class MonthSnapshot(models.Model):
    """
    What was signed, once for each time that the month was closed. Append-only.

    `text` is canonical JSON, the very bytes that `sha256` is made of; the hashes of the kept reports stand inside.
    """

    month_close = models.ForeignKey(MonthClose, on_delete=models.PROTECT, related_name="snapshots")
    generation = models.PositiveSmallIntegerField()  # 1 for the first close, 2 after it was reopened once
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["month_close", "-generation"]
        constraints = [
            models.UniqueConstraint(
                fields=["month_close", "generation"], name="one_snapshot_per_generation_of_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month_close_id}/{self.generation}"


class KeptReport(models.Model):
    """A report of a closed month as it was when the month was signed: the bytes that everybody gets again. Append-only."""

    snapshot = models.ForeignKey(MonthSnapshot, on_delete=models.PROTECT, related_name="reports")
    report = models.CharField(max_length=60)  # the report's code
    form = models.CharField(max_length=10)  # csv or xlsx
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["snapshot", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "report", "form"], name="one_kept_file_per_report_and_form"
            )
        ]

    def __str__(self) -> str:
        return f"{self.report}.{self.form}"


class KeptReportPart(models.Model):
    """A piece of a kept report's bytes, in order."""

    report = models.ForeignKey(KeptReport, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="part_number_in_kept_report")
        ]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.number}"
