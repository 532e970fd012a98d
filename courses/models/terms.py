"""
The terms a manager edits: payment plan, access rule, refund policy.

Each edit makes a new version; versions never change (the serving role has no right to), and invoices point at versions, so
that yesterday's promise stays what it was.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock


class Terms(models.Model):
    """A name under which versions follow one another; the newest version is the one that new invoices take."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """One immutable state of some terms."""

    number = models.PositiveIntegerField(_("version"))
    params = models.JSONField(_("further parameters"), default=dict, blank=True)
    created_at = models.DateTimeField(_("since"), default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )

    class Meta:
        abstract = True


class AccessRule(Terms):
    class Meta(Terms.Meta):
        verbose_name = _("access rule")
        verbose_name_plural = _("access rules")


class AccessRuleVersion(Version):
    """What a payment opens, from when until when (the pure thinking is in access/rules.py)."""

    class Opens(models.TextChoices):
        AT_PAYMENT = "at_payment", _("as soon as the first part is paid")
        ON_PERIOD_START = "on_period_start", _("on the first day of the paid period")
        AT_SHARE = "at_share", _("as soon as a share of the whole price is paid")

    class Ends(models.TextChoices):
        WITH_PERIOD = "with_period", _("with the paid period")
        NEVER = "never", _("stays open")

    rule = models.ForeignKey(AccessRule, on_delete=models.PROTECT, related_name="versions")
    opens = models.CharField(_("opens"), max_length=20, choices=Opens.choices, default=Opens.AT_PAYMENT)
    ends = models.CharField(_("ends"), max_length=20, choices=Ends.choices, default=Ends.WITH_PERIOD)
    grace_days = models.PositiveSmallIntegerField(_("days of grace after a due date"), default=5)
    open_in_grace = models.BooleanField(_("open during grace"), default=True)
    partial_days = models.PositiveSmallIntegerField(_("days opened by a part payment"), default=0)
    share_percent = models.PositiveSmallIntegerField(_("share of the price, percent"), null=True, blank=True)
    not_before = models.DateField(_("never before"), null=True, blank=True)
    wait_days = models.PositiveSmallIntegerField(_("days after the payment"), default=0)

    class Meta:
        ordering = ["rule", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="access_rule_version_number"),
            models.CheckConstraint(
                condition=Q(
                    opens="at_share",
                    share_percent__isnull=False,  # a comparison with nothing would not refuse it
                    share_percent__gte=1,
                    share_percent__lte=100,
                )
                | (~Q(opens="at_share") & Q(share_percent__isnull=True)),
                name="access_rule_share_where_it_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"


class RefundPolicy(Terms):
    class Meta(Terms.Meta):
        verbose_name = _("refund policy")
        verbose_name_plural = _("refund policies")


class RefundPolicyVersion(Version):
    """What is given back when; `params` holds the tiers that the refund interpreter reads."""

    policy = models.ForeignKey(RefundPolicy, on_delete=models.PROTECT, related_name="versions")

    class Meta:
        ordering = ["policy", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="refund_policy_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"


class PaymentPlan(Terms):
    class Meta(Terms.Meta):
        verbose_name = _("payment plan")
        verbose_name_plural = _("payment plans")


class PaymentPlanVersion(Version):
    """How a price is divided (the pure thinking is in billing/schedule.py)."""

    class Kind(models.TextChoices):
        ONE_OFF = "one_off", _("all at once")
        EQUAL_PARTS = "equal_parts", _("equal parts")
        MONTHLY = "monthly", _("monthly over the course")
        PREPAYMENT = "prepayment", _("a first part, then the rest")
        BY_MODULE = "by_module", _("a part for each module")
        FREE_DATES = "free_dates", _("on chosen dates")

    plan = models.ForeignKey(PaymentPlan, on_delete=models.PROTECT, related_name="versions")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    parts = models.PositiveSmallIntegerField(_("number of parts"), default=1)
    due_day = models.PositiveSmallIntegerField(_("day of the month"), null=True, blank=True)
    allow_partial = models.BooleanField(_("a part of an installment may be paid"), default=False)
    link_valid_days = models.PositiveSmallIntegerField(_("days a link is valid"), default=7)
    renew_links = models.BooleanField(_("an expired link is renewed when the student asks"), default=True)
    manual_review = models.BooleanField(_("a person confirms before access opens"), default=False)
    access_rule_version = models.ForeignKey(
        AccessRuleVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("access rule")
    )
    refund_policy_version = models.ForeignKey(
        RefundPolicyVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("refund policy")
    )

    class Meta:
        ordering = ["plan", "-number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="payment_plan_version_number")]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"
