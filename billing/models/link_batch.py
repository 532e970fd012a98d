from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Installment
from billing.models.link import PaymentLink
from common import clock
from courses.models import Group


class LinkBatch(models.Model):
    """Links asked for at once: whose, up to which due date, by whom. Its lines say what became of each installment."""

    request_id = models.UUIDField(_("number of the request"), unique=True)  # a form sent twice is one batch
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group")
    )
    due_until = models.DateField(_("due until"))
    sends_mail = models.BooleanField(_("sent by e-mail"), default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for"), default=clock.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("links made at once")
        verbose_name_plural = _("links made at once")
        indexes = [
            models.Index(fields=["id"], condition=Q(finished_at=None), name="link_batch_unfinished"),
        ]

    def __str__(self) -> str:
        return f"{self.group or ''} {self.due_until}".strip()


class LinkBatchLine(models.Model):
    """One installment of a batch, and what became of it."""

    class Outcome(models.TextChoices):
        """What became of the wish for a link."""

        WAITING = "waiting", _("waits for its turn")
        MADE = "made", _("link made")
        THERE = "there", _("had an active link already")
        REFUSED = "refused", _("no link possible")

    class Mail(models.TextChoices):
        """What became of the mail."""

        NONE = "", _("not asked for")
        STARTED = "started", _("begun")  # a death here leaves it so: nobody knows whether it went out
        SENT = "sent", _("sent")
        NO_ADDRESS = "no_address", _("no e-mail address")
        FAILED = "failed", _("could not be sent")

    batch = models.ForeignKey(
        LinkBatch, on_delete=models.PROTECT, related_name="lines", verbose_name=_("links made at once")
    )
    installment = models.ForeignKey(
        Installment, on_delete=models.PROTECT, related_name="+", verbose_name=_("installment")
    )
    outcome = models.CharField(_("result"), max_length=10, choices=Outcome, default=Outcome.WAITING)
    refusal = models.CharField(_("why not"), max_length=40, blank=True)  # the code of the error that said no
    mail = models.CharField(_("e-mail"), max_length=10, choices=Mail, default=Mail.NONE, blank=True)
    link = models.ForeignKey(
        PaymentLink,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("payment link"),
    )

    class Meta:
        default_permissions = ()
        verbose_name = _("link of a batch")
        verbose_name_plural = _("links of a batch")
        constraints = [
            models.UniqueConstraint(fields=["batch", "installment"], name="link_batch_line_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["made", "there"], link__isnull=False)
                | Q(outcome__in=["waiting", "refused"], link__isnull=True),
                name="link_batch_line_has_its_link",
            ),
        ]
        indexes = [
            models.Index(
                fields=["batch", "id"], condition=Q(outcome="waiting"), name="link_batch_line_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.installment_id}: {self.outcome}"
