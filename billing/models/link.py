"""The payment request: everything that was fixed before anyone paid."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Installment, Invoice
from common import clock, fsm
from courses.models import Course, Enrollment, Group
from students.models import Student


class PaymentLink(fsm.Stateful):
    """
    What a student gets: student, course, group, period, amount, currency and expiry, frozen (a trigger refuses changes).

    Its address is `token_id` + `token_secret`; the id finds the row, the secret is compared in constant time.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")  # can be paid
        PAID = "paid", _("paid")  # verified money covers it, even if it came late
        EXPIRED = "expired", _("expired")  # its time is over and no attempt was open
        CANCELLED = "cancelled", _("cancelled")  # a person took it back
        SUPERSEDED = "superseded", _("replaced")  # a newer link took its place

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="links", verbose_name=_("student")
    )
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="links", verbose_name=_("invoice")
    )
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="links")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+", verbose_name=_("course"))
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+", verbose_name=_("group"))
    period_from = models.DateField(_("from"))
    period_to = models.DateField(_("to"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    expires_at = models.DateTimeField(_("valid until"))
    token_id = models.CharField(max_length=12, unique=True)
    token_secret = models.CharField(max_length=32)
    state = fsm.StateField(_("state"), choices=State.choices, default=State.ACTIVE)
    crm_deal_id = models.CharField(_("CRM deal"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    opened_at = models.DateTimeField(_("first opened"), null=True, blank=True)
    warned_at = models.DateTimeField(_("told that it ends"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    close_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("payment link")
        verbose_name_plural = _("payment links")
        ordering = ["-created_at", "-id"]
        permissions = [
            ("send_paymentlink", "Can send a payment link to a student"),
            ("cancel_paymentlink", "Can cancel a payment link"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="link_amount_positive"),
            models.CheckConstraint(condition=Q(period_to__gte=F("period_from")), name="link_period_in_order"),
        ]
        indexes = [
            models.Index(fields=["expires_at", "id"], condition=Q(state="active"), name="links_to_expire")
        ]

    def __str__(self) -> str:
        return self.token_id

    @property
    def token(self) -> str:
        return self.token_id + self.token_secret

    @fsm.transition(
        field=state,
        source=[State.ACTIVE, State.EXPIRED, State.CANCELLED, State.SUPERSEDED],
        target=State.PAID,
        timeline="link_paid",
    )
    def pay(self) -> None:
        """Verified money covers it; late money counts."""
        self.closed_at = clock.now()

    @fsm.transition(field=state, source=State.ACTIVE, target=State.EXPIRED, timeline="link_expired")
    def expire(self) -> None:
        """Its time is over."""
        self.closed_at = clock.now()

    @fsm.transition(field=state, source=State.ACTIVE, target=State.CANCELLED, timeline="link_cancelled")
    def cancel(self, *, reason: str) -> None:
        """A person took it back."""
        self.closed_at = clock.now()
        self.close_reason = reason

    @fsm.transition(field=state, source=State.ACTIVE, target=State.SUPERSEDED, timeline="link_superseded")
    def supersede(self, *, reason: str) -> None:
        """A newer link takes its place."""
        self.closed_at = clock.now()
        self.close_reason = reason


class PaymentLinkLine(models.Model):
    """An installment and how much of it the link asks. `is_open` follows the link's state by a trigger."""

    link = models.ForeignKey(PaymentLink, on_delete=models.PROTECT, related_name="lines")
    installment = models.ForeignKey(Installment, on_delete=models.PROTECT, related_name="link_lines")
    amount_minor = models.BigIntegerField(_("amount"))
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["installment"], condition=Q(is_open=True), name="one_open_link_per_installment"
            ),
            models.UniqueConstraint(fields=["link", "installment"], name="installment_once_in_link"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="link_line_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.link_id}:{self.installment_id}"
