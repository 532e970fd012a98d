"""Money that goes back: what was asked for and decided, and one row for each payment it is taken from."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, Payment
from common import clock, fsm
from courses.models import RefundPolicyVersion
from students.models import Student


class RefundRequest(fsm.Stateful):
    """One wish to send money back, with the amount that the policy suggests and what becomes of access."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("waits for approval")  # another person has not decided yet
        APPROVED = "approved", _("approved")  # another person agreed; the money is reserved
        REJECTED = "rejected", _("rejected")  # another person said no

    class AccessDecision(models.TextChoices):
        KEEP = "keep", _("stays as it is")
        END_NOW = "end_now", _("ends when the money is back")
        SHORTEN = "shorten", _("ends on a day")

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="refund_requests", verbose_name=_("student")
    )
    invoice = models.ForeignKey(
        Invoice,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="refund_requests",
        verbose_name=_("invoice"),
    )  # null: credit goes back, money that stands for nothing
    payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("payment")
    )  # set: only from this payment
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount"))
    suggested_minor = models.BigIntegerField(_("suggested amount"))
    suggestion = models.JSONField(default=list)  # the lines that lead to the suggested amount
    policy_version = models.ForeignKey(
        RefundPolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))
    change_reason = models.TextField(_("why another amount"), blank=True)
    school_cancels = models.BooleanField(_("the school cancels"), default=False)
    keep_owed = models.BooleanField(_("the student still owes it"), default=False)
    prefer_cancel = models.BooleanField(_("cancel the whole payment if the bank still can"), default=False)
    access_decision = models.CharField(
        _("access"), max_length=10, choices=AccessDecision.choices, default=AccessDecision.KEEP
    )
    access_until = models.DateField(_("access until"), null=True, blank=True)
    access_applied_at = models.DateTimeField(null=True, blank=True, editable=False)
    state = fsm.StateField(_("state"), choices=State.choices, default=State.REQUESTED)
    key = models.CharField(
        max_length=36, null=True, blank=True, unique=True, editable=False
    )  # of the form it was asked with: the same form sent twice asks once
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    requested_at = models.DateTimeField(_("asked for"), default=clock.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    class Meta:
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        ordering = ["-requested_at", "-id"]
        permissions = [
            ("request_refund", "Can ask for a refund"),
            ("approve_refund", "Can decide about another person's refund request"),
            ("approve_large_refund", "Can approve a refund above the policy's limit"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_request_amount_positive"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="refund_needs_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="requested") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="refund_decision_has_person",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=F("suggested_minor")) | ~Q(change_reason=""),
                name="changed_refund_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(access_decision="shorten") | Q(access_until__isnull=False),
                name="shortened_access_has_day",
            ),
        ]
        indexes = [models.Index(fields=["state", "-requested_at", "-id"], name="refund_requests_by_state")]

    def __str__(self) -> str:
        return f"{self.pk} · {self.amount_minor} {self.currency}"

    @fsm.transition(field=state, source=State.REQUESTED, target=State.APPROVED, timeline="refund_approved")
    def approve(self, *, by_id: int, reason: str) -> None:
        """Another person agreed."""
        self.decided_by_id = by_id
        self.decided_at = clock.now()
        self.decision_reason = reason

    @fsm.transition(field=state, source=State.REQUESTED, target=State.REJECTED, timeline="refund_rejected")
    def reject(self, *, by_id: int, reason: str) -> None:
        """Another person said no."""
        self.decided_by_id = by_id
        self.decided_at = clock.now()
        self.decision_reason = reason


class Refund(fsm.Stateful):
    """Money of one payment that goes back: its way to the bank, and how it ended."""

    class State(models.TextChoices):
        APPROVED = "approved", _("approved")  # reserved; nothing was asked of the bank yet
        REJECTED = "rejected", _("taken back")  # somebody took it back before it was sent
        SENT = "sent", _("sent")  # booked and committed; the bank is being asked or has said yes
        SETTLED = "settled", _("money is back")  # the bank's refunded total holds it
        FAILED = "failed", _("refused")  # surely nothing moved; everything is booked back
        UNKNOWN = "unknown", _("outcome unknown")  # the answer was lost; counts as refunded until known
        MANUAL = "manual", _("sent by bank transfer")  # a person sent it; its document is noted
        EXTERNAL = "external", _("found at the bank")  # somebody sent it in the bank's own cabinet

    class Channel(models.TextChoices):
        PROVIDER = "provider", _("through the bank that took it")
        MANUAL = "manual", _("by bank transfer")
        EXTERNAL = "external", _("in the bank's cabinet")

    IN_FLIGHT = [State.SENT, State.UNKNOWN]
    BOOKED = [State.SENT, State.UNKNOWN, State.SETTLED, State.MANUAL, State.EXTERNAL]
    BACK = [State.SETTLED, State.MANUAL, State.EXTERNAL]
    RESERVING = [State.APPROVED, *BOOKED]

    request = models.ForeignKey(
        RefundRequest,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="refunds",
        verbose_name=_("request"),
    )  # null: found at the bank
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("student")
    )
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    channel = models.CharField(_("way"), max_length=10, choices=Channel.choices, default=Channel.PROVIDER)
    whole = models.BooleanField(_("cancel of the whole payment"), default=False)
    state = fsm.StateField(_("state"), choices=State.choices, default=State.APPROVED)
    created_at = models.DateTimeField(_("made"), default=clock.now, editable=False)
    provider_total_before_minor = models.BigIntegerField(null=True, blank=True)  # refunded before it was sent
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    settled_at = models.DateTimeField(_("back"), null=True, blank=True)
    next_lookup_at = models.DateTimeField(_("next step"), null=True, blank=True)
    lookups = models.PositiveIntegerField(_("look-ups"), default=0)
    answer_code = models.CharField(_("the bank's code"), max_length=60, blank=True)
    answer_message = models.TextField(_("the bank's words"), blank=True)
    document_number = models.CharField(_("document number"), max_length=64, blank=True)
    document_date = models.DateField(_("document date"), null=True, blank=True)
    evidence = models.BinaryField(null=True, blank=True)
    evidence_name = models.CharField(max_length=120, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    explained_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # a person said what one found at the bank means
    mail_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    mailed_at = models.DateTimeField(_("student told"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at", "-id"]
        permissions = [
            ("enter_manual_refund", "Can enter a refund made by bank transfer with its document"),
            ("withdraw_refund", "Can take back an approved refund that was not sent"),
            ("conclude_refund", "Can decide about a refund whose outcome is not known"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=~Q(currency="AMD") | Q(amount_minor__gte=100) | Q(state="external"),
                name="refund_at_least_one_dram",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(state__in=["sent", "unknown"]),
                name="one_refund_in_flight_per_payment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "unknown", "settled"])
                | Q(provider_total_before_minor__isnull=False, sent_at__isnull=False),
                name="sent_refund_knows_total_before",
            ),
            models.CheckConstraint(
                condition=~Q(state="manual") | (~Q(document_number="") & Q(document_date__isnull=False)),
                name="manual_refund_has_document",
            ),
            models.CheckConstraint(
                condition=Q(request__isnull=False) | Q(state="external"), name="refund_has_request"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_lookup_at", "id"],
                condition=Q(next_lookup_at__isnull=False),
                name="refunds_to_work_on",
            ),
            models.Index(
                fields=["mail_due_at", "id"], condition=Q(mail_due_at__isnull=False), name="refunds_to_tell"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} · {self.amount_minor} {self.currency}"

    @property
    def is_in_flight(self) -> bool:
        return self.state in self.IN_FLIGHT

    @property
    def answer(self) -> str:
        """What the bank said, in its own words; that nothing came from it, in those of the reader."""
        if self.answer_code in {"no-answer", "not-sent"}:
            return _now("no answer came")
        return f"{self.answer_code} {self.answer_message}".strip()

    @fsm.transition(field=state, source=State.APPROVED, target=State.REJECTED, timeline="refund_withdrawn")
    def withdraw(self) -> None:
        """A person took it back before it was sent."""
        self.next_lookup_at = None

    @fsm.transition(field=state, source=State.APPROVED, target=State.SENT, timeline="refund_sent")
    def send(self, *, total_before_minor: int, whole: bool) -> None:
        """It is booked, and the bank may be asked once this is committed."""
        self.provider_total_before_minor = total_before_minor
        self.whole = whole
        self.sent_at = clock.now()

    @fsm.transition(field=state, source=State.SENT, target=State.UNKNOWN, timeline="refund_unknown")
    def lose_sight(self) -> None:
        """The bank's answer was lost, and its total does not show the money yet."""

    @fsm.transition(field=state, source=IN_FLIGHT, target=State.SETTLED, timeline="refund_settled")
    def settle(self) -> None:
        """The bank's refunded total grew by it."""
        self.settled_at = clock.now()
        self.next_lookup_at = None
        self.mail_due_at = self.settled_at

    @fsm.transition(
        field=state, source=[State.APPROVED, *IN_FLIGHT], target=State.FAILED, timeline="refund_failed"
    )
    def fail(self) -> None:
        """Surely nothing moved."""
        self.next_lookup_at = None

    @fsm.transition(field=state, source=State.APPROVED, target=State.MANUAL, timeline="refund_manual")
    def enter(self) -> None:
        """A person sent the money by bank transfer and noted its document."""
        self.settled_at = clock.now()
        self.sent_at = self.settled_at
        self.next_lookup_at = None
        self.mail_due_at = self.settled_at
