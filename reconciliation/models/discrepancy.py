"""A break: where two sides say different things of one fact."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import MerchantAccount, Payment
from common import clock, fsm
from courses.models import Course
from reconciliation.models.profile import Side
from reconciliation.models.run import Run
from students.models import Student


class Discrepancy(fsm.Stateful):
    """
    One break of one month. Unique by what it is about, so that running again keeps what was decided.

    What the one statement that writes breaks puts into them (account, run, payment, student, course) it takes from rows that are
    never deleted. So the database does not look it up once more for each of thousands; what people decide it does look up.
    """

    class Kind(models.TextChoices):
        MISSING_IN_LEDGER = "missing_in_ledger", _("they have it, we do not")
        MISSING_AT_PROVIDER = "missing_at_provider", _("we say paid, the bank has nothing")
        MISSING_IN_CRM = "missing_in_crm", _("paid, and the CRM does not know")
        ACCESS_MISSING = "access_missing", _("should be open, the LMS holds it closed")
        ACCESS_WITHOUT_MONEY = "access_without_money", _("open in the LMS without a ground")
        AMOUNT_MISMATCH = "amount_mismatch", _("another amount")
        CURRENCY_MISMATCH = "currency_mismatch", _("another currency")
        STATUS_MISMATCH = "status_mismatch", _("paid on one side only")
        DATA_MISMATCH = "data_mismatch", _("another order, reference or student")
        DUPLICATE = "duplicate", _("twice")
        REFUND_DRIFT = "refund_drift", _("refunds differ")
        FEE_MISMATCH = "fee_mismatch", _("amount less fee is not the net")
        TIMING = "timing", _("at the edge of the month")
        UNALLOCATED = "unallocated", _("money that stands for nothing")

    class State(models.TextChoices):
        OPEN = "open", _("open")  # the last run found it, and nobody has decided
        RESOLVED = "resolved", _("resolved")  # a person decided, with a reason
        CLOSED_BY_FACTS = "closed_by_facts", _("closed by the facts")  # the sides agree now

    # A month with one of these open cannot be closed (the sums of the sides differ, or somebody has what is not paid).
    CRITICAL_KINDS = [
        Kind.MISSING_IN_LEDGER,
        Kind.MISSING_AT_PROVIDER,
        Kind.AMOUNT_MISMATCH,
        Kind.CURRENCY_MISMATCH,
        Kind.STATUS_MISMATCH,
        Kind.DUPLICATE,
        Kind.REFUND_DRIFT,
        Kind.ACCESS_MISSING,
        Kind.ACCESS_WITHOUT_MONEY,
    ]

    side = models.CharField(_("side"), max_length=10, choices=Side.choices)
    account = models.ForeignKey(
        MerchantAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="discrepancies",
        verbose_name=_("merchant account"),
        db_constraint=False,
        db_index=False,
    )
    month = models.DateField(_("month"))
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    key = models.CharField(max_length=200)  # "order:1001", "ref:…", "access:12:3"
    state = fsm.StateField(_("state"), choices=State.choices, default=State.OPEN)
    payment = models.ForeignKey(
        Payment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="discrepancies",
        db_constraint=False,
    )
    linked_payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # what a person says that the other side's row means
    student = models.ForeignKey(
        Student,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="discrepancies",
        db_constraint=False,
    )
    course = models.ForeignKey(
        Course,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    ours_minor = models.BigIntegerField(_("our amount"), null=True, blank=True)
    theirs_minor = models.BigIntegerField(_("their amount"), null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    facts = models.JSONField(default=dict)  # what each side says: states, references, file and line
    decided_ours_minor = models.BigIntegerField(
        null=True, blank=True
    )  # what a person decided on; other sums open it again
    decided_theirs_minor = models.BigIntegerField(null=True, blank=True)
    last_run = models.ForeignKey(
        Run, on_delete=models.PROTECT, related_name="discrepancies", db_constraint=False, db_index=False
    )
    last_seen_at = models.DateTimeField(_("last found"), default=clock.now)
    opened_at = models.DateTimeField(_("found"), default=clock.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("owner"),
        db_index=False,
    )
    resolution = models.CharField(_("resolution"), max_length=30, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("discrepancy")
        verbose_name_plural = _("discrepancies")
        ordering = ["month", "kind", "id"]
        permissions = [("resolve_discrepancy", "Can resolve a discrepancy")]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "side", "account", "kind", "key"],
                nulls_distinct=False,
                name="one_discrepancy_per_fact",
            )
        ]
        indexes = [
            models.Index(
                fields=["month", "kind"], condition=models.Q(state="open"), name="open_discrepancies"
            ),
            models.Index(
                fields=["owner"], condition=models.Q(owner__isnull=False), name="discrepancies_of_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.kind} {self.key}"

    @property
    def is_critical(self) -> bool:
        return self.kind in self.CRITICAL_KINDS

    @fsm.transition(field=state, source=State.OPEN, target=State.RESOLVED, timeline="break_resolved")
    def resolve(self, *, resolution: str, reason: str, resolved_by_id: int | None) -> None:
        """A person decided, knowing the facts as they are now."""
        self.resolution = resolution
        self.reason = reason
        self.resolved_by_id = resolved_by_id
        self.closed_at = clock.now()
        self.decided_ours_minor = self.ours_minor
        self.decided_theirs_minor = self.theirs_minor

    @fsm.transition(
        field=state, source=State.OPEN, target=State.CLOSED_BY_FACTS, timeline="break_closed_by_facts"
    )
    def close_by_facts(self) -> None:
        """The sides agree now."""

    @fsm.transition(
        field=state,
        source=[State.RESOLVED, State.CLOSED_BY_FACTS],
        target=State.OPEN,
        timeline="break_reopened",
    )
    def reopen(self) -> None:
        """It is there again, or with other facts than were decided on."""
