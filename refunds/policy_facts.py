"""What the policy of an invoice is asked with: the facts of the invoice and its group on this day."""

from django.db.models import Count, Q, Sum

from billing.models import Allocation, Invoice
from common import clock
from courses import pausing
from courses.models import Lesson
from refunds import policy


def suggestion_for(
    *, invoice: Invoice, school_cancels: bool = False, at_most_minor: int | None = None
) -> policy.Suggestion:
    """
    Return what the invoice's own version of the policy suggests today, in minor units with its lines.

    `at_most_minor` bounds it by what can still be sent back. Reads only. Raises UnreadablePolicy.
    """
    suggested = policy.suggest(
        policy=policy.read(invoice.refund_policy_version.params),
        facts=facts_of(invoice=invoice, school_cancels=school_cancels),
    )
    if at_most_minor is None or suggested.amount_minor <= at_most_minor:
        return suggested
    over = policy.Line("limit", at_most_minor - suggested.amount_minor)
    return policy.Suggestion(amount_minor=at_most_minor, lines=(*suggested.lines, over))


def facts_of(*, invoice: Invoice, school_cancels: bool) -> policy.Facts:
    """Return the facts of an invoice as they are today: what is paid net of refunds, and how far the group is."""
    group = invoice.enrollment.group
    paused = Q(pk__isnull=True)
    for days in pausing.days_of(
        enrollment_id=invoice.enrollment_id
    ):  # lessons within a pause are not the student's
        paused |= Q(starts_at__gte=clock.start_of(days.first), starts_at__lt=clock.end_of(days.last))
    lessons = (
        Lesson.objects.filter(group=group, cancelled_at__isnull=True)
        .exclude(paused)
        .aggregate(total=Count("pk"), held=Count("pk", filter=Q(held_at__isnull=False)))
    )
    paid = Allocation.objects.filter(installment__invoice=invoice).aggregate(sum=Sum("amount_minor"))["sum"]
    return policy.Facts(
        currency=invoice.currency,
        paid_minor=max(0, paid or 0),
        full_minor=invoice.full_minor,
        lessons_held=lessons["held"],
        lessons_total=lessons["total"],
        starts_on=invoice.enrollment.period_from,
        purchased_on=clock.day_of(invoice.issued_at),
        on=clock.today(),
        school_cancels=school_cancels,
    )


def credit_suggestion(*, credit_minor: int, currency: str) -> policy.Suggestion:
    """Return the suggestion for money that stands for nothing: all of it, whatever the policy."""
    return policy.Suggestion(amount_minor=credit_minor, lines=(policy.Line("credit", credit_minor),))
