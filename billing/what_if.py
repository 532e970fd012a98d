"""What a payment would open, asked before anybody pays. The same functions decide as when money comes; nothing is stored."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from access import grants, rules, why
from billing import allocation, balances, entitlement
from billing.models import Invoice
from common import clock

NOON = dt.timedelta(hours=12)
A_MOMENT = dt.timedelta(microseconds=1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the money would stand for, in minor units, which windows access would have, and what would hold on the day."""

    shares: Sequence[tuple[allocation.Line, int]]
    credit_minor: int
    grounds: Sequence[rules.Ground]
    explanation: why.Explanation
    is_reviewed: bool


def would_open(*, invoice: Invoice, amount_minor: int, paid_on: dt.date, on: dt.date) -> Answer:
    """
    Return what a student would have at the end of the day `on` if she paid so much at noon of `paid_on` and nothing else.

    The sum serves the oldest parts first, as a link for all of them would. What is paid and opened already counts. Reads only.
    `invoice` comes with its enrollment's group and the rule.
    """
    schedule = [
        allocation.Line(line.installment, line.paid_minor, line.adjusted_minor)
        for line in balances.schedule_of(invoice_id=invoice.pk)
    ]
    asked = [allocation.Share(line.installment.pk, line.remaining_minor) for line in schedule]
    shares, credit = allocation.allocate(amount_minor=amount_minor, asked=asked, schedule=schedule)
    by_part = {share.installment_id: share.amount_minor for share in shares}
    for line in schedule:
        line.paid_minor += by_part.get(line.installment.pk, 0)
    rule = entitlement.rule_of(invoice.access_rule_version)
    deserved = entitlement.grounds_of(
        rule=rule,
        schedule=schedule,
        touched=entitlement.parts_to_open(rule=rule, schedule=schedule, touched=by_part),
        paid_at=clock.start_of(paid_on) + NOON,
        pauses=entitlement.pauses_of(enrollment_id=invoice.enrollment_id),
    )
    live = grants.live_grounds(student_id=invoice.student_id, course_id=invoice.enrollment.group.course_id)
    known = {ground.source for ground in live}
    grounds = [*live, *(ground for ground in deserved if by_part and ground.source not in known)]
    return Answer(
        shares=[(line, by_part[line.installment.pk]) for line in schedule if line.installment.pk in by_part],
        credit_minor=credit,
        grounds=sorted(grounds, key=lambda ground: (ground.opens_at, ground.source)),
        explanation=why.explain_grounds(grounds=grounds, at=clock.end_of(on) - A_MOMENT),
        is_reviewed=invoice.plan_version.manual_review,
    )
