from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import clock, fsm
from courses.models import (
    AccessRuleVersion,
    Enrollment,
    LegalEntity,
    Module,
    PaymentPlanVersion,
    RefundPolicyVersion,
)
from students.models import Payer, Student


class Invoice(models.Model):
    """The full price of one enrollment in one currency for one legal entity, on fixed terms."""

    number = models.CharField(_("number"), max_length=30, unique=True)
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("enrollment")
    )
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("student")
    )
    payer = models.ForeignKey(
        Payer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invoices",
        verbose_name=_("payer"),
    )
    legal_entity = models.ForeignKey(
        LegalEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("legal entity")
    )
    currency = models.CharField(_("currency"), max_length=3)
    full_minor = models.BigIntegerField(_("full price"))
    plan_version = models.ForeignKey(
        PaymentPlanVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("payment plan")
    )
    access_rule_version = models.ForeignKey(AccessRuleVersion, on_delete=models.PROTECT, related_name="+")
    refund_policy_version = models.ForeignKey(RefundPolicyVersion, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued"), default=clock.now)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancel_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment"],
                condition=Q(cancelled_at__isnull=True),
                name="one_live_invoice_per_enrollment",
            ),
            models.CheckConstraint(condition=Q(full_minor__gt=0), name="invoice_full_price_positive"),
        ]

    def __str__(self) -> str:
        return self.number


class Adjustment(models.Model):
    """What lowers (positive) or raises again (negative) what an invoice asks: a discount, a credit note. Append-only."""

    class Kind(models.TextChoices):
        DISCOUNT = "discount", _("discount")
        CREDIT_NOTE = "credit_note", _("credit note")

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="adjustments")
    installment = models.ForeignKey(
        "billing.Installment", null=True, on_delete=models.PROTECT, related_name="adjustments"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    reason = models.TextField(_("reason"))
    made_at = models.DateTimeField(_("made"), default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"


class Installment(fsm.Stateful):
    """One line of an invoice's schedule. Paid is derived from allocations; the state says how a person reads it."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("scheduled")  # its due date is to come
        DUE = "due", _("due")  # due date reached, nothing paid
        PARTLY_PAID = "partly_paid", _("partly paid")  # something is allocated, something remains
        PAID = "paid", _("paid")  # allocated in full
        OVERDUE = "overdue", _("overdue")  # grace is over, something remains
        CANCELLED = "cancelled", _("cancelled")  # nobody owes it any more
        MOVED = "moved", _("moved")  # a transfer carried it to another invoice

    OPEN_STATES = [State.SCHEDULED, State.DUE, State.PARTLY_PAID, State.OVERDUE]

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="installments", verbose_name=_("invoice")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    module = models.ForeignKey(
        Module, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("module")
    )
    period_from = models.DateField(_("from"))
    period_to = models.DateField(_("to"))
    expected_minor = models.BigIntegerField(_("expected"))
    due_date = models.DateField(_("due"))
    grace_date = models.DateField(_("grace until"))
    state = fsm.StateField(_("state"), choices=State.choices, default=State.SCHEDULED)

    class Meta:
        verbose_name = _("installment")
        verbose_name_plural = _("installments")
        ordering = ["invoice", "number"]
        permissions = [("move_due_date", "Can move a due date")]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "number"], name="installment_number_in_invoice"),
            models.CheckConstraint(condition=Q(expected_minor__gt=0), name="installment_expected_positive"),
            models.CheckConstraint(
                condition=Q(period_to__gte=F("period_from")), name="installment_period_in_order"
            ),
            models.CheckConstraint(
                condition=Q(grace_date__gte=F("due_date")), name="installment_grace_after_due"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_date", "id"], condition=Q(state="scheduled"), name="installments_to_fall_due"
            ),
            models.Index(
                fields=["grace_date", "id"],
                condition=Q(state__in=["due", "partly_paid"]),
                name="installments_to_become_overdue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.number}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @fsm.transition(field=state, source=State.SCHEDULED, target=State.DUE, timeline="installment_due")
    def fall_due(self) -> None:
        """Its due date is reached."""

    @fsm.transition(
        field=state,
        source=[State.DUE, State.PARTLY_PAID],
        target=State.OVERDUE,
        timeline="installment_overdue",
    )
    def become_overdue(self) -> None:
        """Its grace is over and something remains."""

    @fsm.transition(
        field=state, source=OPEN_STATES, target=State.PARTLY_PAID, timeline="installment_partly_paid"
    )
    def pay_partly(self) -> None:
        """Money is allocated and something remains."""

    @fsm.transition(field=state, source=OPEN_STATES, target=State.PAID, timeline="installment_paid")
    def pay(self) -> None:
        """Money is allocated in full."""

    @fsm.transition(field=state, source=OPEN_STATES, target=State.CANCELLED, timeline="installment_cancelled")
    def cancel(self) -> None:
        """Nobody owes it any more."""

    @fsm.transition(
        field=state, source=[*OPEN_STATES, State.PAID], target=State.MOVED, timeline="installment_moved"
    )
    def move(self) -> None:
        """A transfer carried it: nothing is owed and nothing is paid of it here any more."""

    @fsm.transition(
        field=state,
        source=[*OPEN_STATES, State.PAID],
        target=State.CANCELLED,
        timeline="installment_given_back",
    )
    def give_back(self) -> None:
        """What was paid of it went back, and credit notes left nothing to owe."""

    @fsm.transition(
        field=state,
        source=[*OPEN_STATES, State.CANCELLED],
        target=State.PAID,
        timeline="installment_paid_again",
    )
    def stand_paid(self) -> None:
        """A credit note or a refund that failed leaves it paid in full."""

    @fsm.transition(
        field=state,
        source=[State.SCHEDULED, State.DUE, State.PAID, State.CANCELLED],
        target=State.PARTLY_PAID,
        timeline="installment_paid_in_part",
    )
    def stand_partly(self) -> None:
        """A refund took a part of it back and it is still owed, or a refund that failed gave a part again."""

    @fsm.transition(
        field=state,
        source=[State.PAID, State.PARTLY_PAID, State.CANCELLED],
        target=State.SCHEDULED,
        timeline="installment_owed_again",
    )
    def owe_again(self) -> None:
        """What was paid of it went back and it is still owed; the calendar makes it due and overdue."""

    @fsm.transition(
        field=state,
        source=[State.DUE, State.OVERDUE],
        target=State.SCHEDULED,
        timeline="installment_waits_again",
    )
    def wait_again(self) -> None:
        """Its due date was moved to a day to come, and nothing is paid of it."""

    @fsm.transition(
        field=state,
        source=State.OVERDUE,
        target=State.PARTLY_PAID,
        timeline="installment_waits_again",
    )
    def wait_partly_paid(self) -> None:
        """Its due date was moved to a day to come, and a part of it is paid."""
