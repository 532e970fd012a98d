"""Somebody else's file as it came, its rows in our words, and the lines that nobody could read."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import MerchantAccount
from common import clock
from reconciliation.models.profile import MappingProfile, Side


class SourceFile(models.Model):
    """
    One file, read whole or not at all. A bank's statement adds rows; a CRM's or LMS's file is a snapshot of a month.

    The original is kept in `parts`; its SHA-256 makes the same file again harmless.
    """

    side = models.CharField(_("side"), max_length=10, choices=Side.choices)
    account = models.ForeignKey(
        MerchantAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="source_files",
        verbose_name=_("merchant account"),
    )
    month = models.DateField(_("month"), null=True, blank=True)  # its first day; of snapshots only
    profile = models.ForeignKey(MappingProfile, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(_("bytes"))
    form = models.CharField(max_length=60)  # "csv, utf-8, ;" or "xlsx"
    rows_new = models.PositiveIntegerField(_("new rows"), default=0)
    rows_known = models.PositiveIntegerField(_("known rows"), default=0)  # came with an earlier file
    rows_bad = models.PositiveIntegerField(_("unreadable rows"), default=0)
    rows_ignored = models.PositiveIntegerField(
        _("ignored rows"), default=0
    )  # the mapping says to pass over them
    first_at = models.DateTimeField(_("from"), null=True, blank=True)
    last_at = models.DateTimeField(_("to"), null=True, blank=True)
    taken_at = models.DateTimeField(_("as of"), default=clock.now)  # the moment a snapshot speaks of
    loaded_at = models.DateTimeField(_("loaded"), default=clock.now)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    uploads = models.PositiveIntegerField(default=1)  # how often the same bytes came

    class Meta:
        verbose_name = _("statement file")
        verbose_name_plural = _("statement files")
        ordering = ["-loaded_at", "-id"]
        permissions = [("load_sourcefile", "Can load a statement file")]
        constraints = [
            models.UniqueConstraint(
                fields=["side", "account", "month", "sha256"],
                nulls_distinct=False,
                name="one_row_per_source_file",
            )
        ]

    def __str__(self) -> str:
        return self.name


class SourceFilePart(models.Model):
    """A piece of a file's bytes, in order; together they are the original."""

    file = models.ForeignKey(SourceFile, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="part_number_in_file")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"


class SourceRow(models.Model):
    """
    One row in our units and our zone. Append-only.

    Its id is its file and line, so that no two rows share one. Nobody looks it up: it has a summary of blocks and no index,
    which took a quarter of the loading of a large file. What another file of the account told already is not kept again
    (reconciliation.rows). Its file and account are no foreign keys to the database, which would look each up for each of a
    million rows: one verb writes rows, in the transaction that makes their file, and neither files nor accounts are ever deleted.
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("payment")
        REFUND = "refund", _("refund")
        ACCESS = "access", _("access")

    class Status(models.TextChoices):
        DONE = "done", _("done")  # the money moved; the invoice is closed; the course is open
        NOT_DONE = "not_done", _("not done")  # declined; the invoice is open; the course is closed

    id = models.BigIntegerField(primary_key=True)
    file = models.ForeignKey(
        SourceFile, on_delete=models.PROTECT, related_name="rows", db_constraint=False, db_index=False
    )
    line = models.PositiveIntegerField()
    side = models.CharField(max_length=10, choices=Side.choices)
    account = models.ForeignKey(
        MerchantAccount,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices)
    order_number = models.BigIntegerField(null=True)
    reference = models.TextField(blank=True)  # theirs: PaymentID, mdOrder, the CRM's deal
    student_ref = models.TextField(blank=True)  # our id or theirs
    course_ref = models.TextField(blank=True)
    amount_minor = models.BigIntegerField(null=True)
    fee_minor = models.BigIntegerField(null=True)
    net_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    occurred_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("statement row")
        verbose_name_plural = _("statement rows")
        # Rows arrive file by file, in the order of time and number, so that a summary of blocks finds them; it costs next to
        # nothing to keep.
        indexes = [
            models.Index(
                fields=["account", "order_number"],
                condition=models.Q(kind="refund") | models.Q(order_number__isnull=True),
                name="rare_source_rows",
            ),
            BrinIndex(
                fields=["file", "occurred_at", "order_number"],
                autosummarize=True,
                name="source_rows_by_blocks",
            ),
            BrinIndex(fields=["id"], autosummarize=True, name="source_rows_by_id"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.line}"

    @staticmethod
    def first_id_of(file: SourceFile) -> int:
        """Return what the ids of a file's rows begin at; a line is added to it."""
        return file.pk << 32


class BadRow(models.Model):
    """A line that could not be read, and why. The others of its file are taken."""

    file = models.ForeignKey(SourceFile, on_delete=models.PROTECT, related_name="bad_rows")
    line = models.PositiveIntegerField(_("line"))
    reason = models.CharField(_("reason"), max_length=40)  # a code of reconciliation.sources.reasons
    detail = models.TextField(blank=True)  # the cell that it is about
    cells = models.TextField(_("text"))  # the line, bounded

    class Meta:
        verbose_name = _("unreadable row")
        verbose_name_plural = _("unreadable rows")

    def __str__(self) -> str:
        return f"{self.file_id}:{self.line} {self.reason}"
