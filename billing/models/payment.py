"""One attempt to pay, what the provider said of it, and what the money stands for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Installment
from billing.models.link import PaymentLink
from billing.models.merchant_account import MerchantAccount
from common import clock, fsm
from courses.models import Course, Group
from students.models import Student


class Payment(fsm.Stateful):
    """One attempt at one merchant account for one link, with our order number and theirs."""

    class State(models.TextChoices):
        CREATED = "created", _("created")  # our number is committed, the bank has not answered yet
        AT_PROVIDER = "at_provider", _("at the bank")  # the student has the bank's page
        UNKNOWN = "unknown", _("outcome unknown")  # no readable answer; asked again until it is final
        VERIFIED = "verified", _("verified")  # our own look-up says paid, and all facts agree
        FAILED = "failed", _("declined")  # the bank says no
        EXPIRED = "expired", _("not paid")  # never attempted, and the bank's session is long over
        HELD = "held", _("held")  # money came but the facts differ; a person decides
        PARTLY_REFUNDED = "partly_refunded", _("partly refunded")  # some of it went back
        REFUNDED = "refunded", _("refunded")  # all of it went back
        DISPUTED = "disputed", _("disputed")  # the card holder complains at the bank

    OPEN_STATES = [State.CREATED, State.AT_PROVIDER, State.UNKNOWN]
    CAPTURED_STATES = [State.VERIFIED, State.PARTLY_REFUNDED, State.REFUNDED, State.DISPUTED]
    ASKED_STATES = [*OPEN_STATES, State.FAILED, State.EXPIRED]
    CAN_VERIFY = [*OPEN_STATES, State.FAILED, State.EXPIRED, State.HELD]

    link = models.ForeignKey(
        PaymentLink, on_delete=models.PROTECT, related_name="payments", verbose_name=_("link")
    )
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="payments", verbose_name=_("student")
    )
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+", verbose_name=_("course"))
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+", verbose_name=_("group"))
    account = models.ForeignKey(
        MerchantAccount, on_delete=models.PROTECT, related_name="payments", verbose_name=_("merchant account")
    )
    order_number = models.BigIntegerField(_("order number"))
    provider_ref = models.CharField(_("provider's reference"), max_length=64, blank=True)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = fsm.StateField(_("state"), choices=State.choices, default=State.CREATED)
    page_url = models.URLField(max_length=1000, blank=True)
    created_at = models.DateTimeField(_("started"), default=clock.now, editable=False)
    session_ends_at = models.DateTimeField(_("the bank's page is open until"))
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    captured_minor = models.BigIntegerField(_("received"), default=0)  # what the provider says it took
    refunded_minor = models.BigIntegerField(_("refunded"), default=0)  # refunds in flight included
    provider_refunded_minor = models.BigIntegerField(
        default=0
    )  # the refunded total as the provider last reported it
    hold_reason = models.TextField(_("why it is held"), blank=True)
    next_lookup_at = models.DateTimeField(_("next look-up"), null=True, blank=True)
    last_lookup_at = models.DateTimeField(_("last look-up"), null=True, blank=True)
    lookups = models.PositiveIntegerField(_("look-ups"), default=0)
    was_attempted = models.BooleanField(default=False)  # any answer other than "not attempted" was seen

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-created_at", "-id"]
        permissions = [
            ("ask_provider", "Can ask the provider about a payment now"),
            ("enter_manual_payment", "Can enter cash and bank transfers with their documents"),
            ("resolve_held_payment", "Can decide about held and doubtful money"),
            ("allocate_credit", "Can let a student's credit stand for an installment"),
            ("confirm_review", "Can confirm a payment that a plan wants reviewed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "order_number"], name="one_payment_per_order_number"),
            models.UniqueConstraint(
                fields=["account", "provider_ref"],
                condition=~Q(provider_ref=""),
                name="one_payment_per_provider_ref",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0) & Q(refunded_minor__lte=models.F("captured_minor")),
                name="refunded_within_captured",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["verified", "partly_refunded", "refunded", "disputed"])
                | (Q(verified_at__isnull=False) & Q(captured_minor__gt=0)),
                name="verified_payment_has_proof",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_lookup_at", "id"],
                condition=Q(next_lookup_at__isnull=False),
                name="payments_to_look_up",
            ),
            models.Index(
                fields=["id"],
                condition=Q(provider_refunded_minor__gt=0),
                name="payments_refunded_at_provider",
            ),
            models.Index(
                fields=["account", "verified_at"],
                condition=Q(state__in=["verified", "partly_refunded"]),
                name="payments_to_ask_again",
            ),
        ]

    def __str__(self) -> str:
        return str(self.order_number)

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @fsm.transition(
        field=state, source=State.CREATED, target=State.AT_PROVIDER, timeline="payment_at_provider"
    )
    def hand_over(self, *, provider_ref: str, page_url: str) -> None:
        """The bank gave us its page for this attempt."""
        self.provider_ref = provider_ref
        self.page_url = page_url

    @fsm.transition(
        field=state,
        source=[State.CREATED, State.AT_PROVIDER],
        target=State.UNKNOWN,
        timeline="payment_unknown",
    )
    def lose_sight(self) -> None:
        """No readable answer: the outcome is not known."""

    @fsm.transition(
        field=state, source=State.UNKNOWN, target=State.AT_PROVIDER, timeline="payment_seen_again"
    )
    def find_again(self) -> None:
        """The bank answers again and has not decided."""

    @fsm.transition(field=state, source=CAN_VERIFY, target=State.VERIFIED, timeline="payment_verified")
    def verify(self, *, captured_minor: int, provider_ref: str) -> None:
        """Our own look-up says paid, and reference, amount and currency are what was fixed."""
        self.captured_minor = captured_minor
        self.provider_ref = provider_ref or self.provider_ref
        self.verified_at = clock.now()
        self.next_lookup_at = None
        self.hold_reason = ""

    @fsm.transition(
        field=state,
        source=[*OPEN_STATES, State.FAILED, State.EXPIRED],
        target=State.HELD,
        timeline="payment_held",
    )
    def hold(self, *, captured_minor: int, reason: str) -> None:
        """Money came but reference, amount or currency differ."""
        self.captured_minor = captured_minor
        self.hold_reason = reason
        self.next_lookup_at = None

    @fsm.transition(field=state, source=OPEN_STATES, target=State.FAILED, timeline="payment_failed")
    def fail(self) -> None:
        """The bank says no."""

    @fsm.transition(field=state, source=State.HELD, target=State.FAILED, timeline="payment_not_ours")
    def give_up(self) -> None:
        """A person decided that the held money is not ours."""
        self.captured_minor = 0
        self.hold_reason = ""

    @fsm.transition(field=state, source=OPEN_STATES, target=State.EXPIRED, timeline="payment_expired")
    def expire(self) -> None:
        """Never attempted, and the bank's session plus a day is over."""
        self.next_lookup_at = None

    @fsm.transition(
        field=state,
        source=[State.VERIFIED, State.PARTLY_REFUNDED],
        target=State.PARTLY_REFUNDED,
        timeline="payment_partly_refunded",
    )
    def refund_partly(self) -> None:
        """Some of it is back with the student."""

    @fsm.transition(
        field=state,
        source=[State.VERIFIED, State.PARTLY_REFUNDED],
        target=State.REFUNDED,
        timeline="payment_refunded",
    )
    def refund_all(self) -> None:
        """All of it is back with the student."""


class PaymentLookup(models.Model):
    """One question to a provider and its answer: the evidence. Append-only; card data masked, no secrets."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="answers")
    asked_at = models.DateTimeField(default=clock.now)
    asked_by = models.CharField(max_length=20)  # sweeper, return, callback, operator, page, start
    took_ms = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=20)  # ReportedStatus, or "unavailable", "refused"
    raw_code = models.CharField(max_length=60, blank=True)
    raw_message = models.TextField(blank=True)
    raw = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index("payment", models.F("id").desc(), name="lookups_by_payment")]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.status}"


class Allocation(models.Model):
    """Which verified money stands for which installment. Signed and append-only: to move money is minus there, plus here."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    installment = models.ForeignKey(Installment, on_delete=models.PROTECT, related_name="allocations")
    amount_minor = models.BigIntegerField(_("amount"))
    made_at = models.DateTimeField(default=clock.now)
    reason = models.CharField(max_length=60)  # settled, transfer, refund, by hand

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="allocation_not_zero")]
        indexes = [
            models.Index(fields=["payment"], condition=Q(amount_minor__lt=0), name="allocations_taken_back")
        ]

    def __str__(self) -> str:
        return f"{self.payment_id}→{self.installment_id} {self.amount_minor}"
